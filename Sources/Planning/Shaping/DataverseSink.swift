import Dataverse
import JSONStream
import Policy

/// Writes the parts of an answer that may stay.
struct DataverseSink: AnswerSink, Sendable {
  var writer = JSONWriter()
  /// Rows that are over; expanded ones are part of theirs.
  private(set) var rows = 0
  private let result: ResultShape
  private let context: String
  private let nextLink: @Sendable (_ skiptoken: String) throws -> String
  /// What rows may have: those of the answer first, then those expanded in them.
  private var levels: [RowMembers] = []
  /// Where in ``levels`` the row that is being read is, behind those around it.
  private var path = [0]
  private let hasCount: Bool
  private var sawCount = false
  private var sawNextLink = false

  init(shape: DataverseShape) {
    result = shape.result
    context = shape.context
    nextLink = shape.nextLink
    hasCount = shape.hasCount
    RowMembers.append(shape.members, terms: shape.annotations, to: &levels)
    levels[0].allow(DataverseSink.etag)
    if result == .collection { begin() }
  }

  private static let etag = "@odata.etag"

  private mutating func begin() {
    writer.beginObject()
    writer.name("@odata.context")
    writer.string(context)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    switch name {
    case "error": throw DataverseSink.holdsError
    case "@odata.count":
      guard event == .number, !sawCount, result == .collection else { throw ShapeError("The count is misplaced.") }
      sawCount = true
      guard hasCount else { return }
      writer.name(name)
      writer.raw(text)
    case "@odata.nextLink":
      guard event == .string, !sawNextLink, result == .collection else {
        throw ShapeError("The next link is misplaced.")
      }
      sawNextLink = true
      writer.name(name)
      writer.string(try ourLink(text))
    case DataverseSink.etag where result == .entity: try member(name, event, text)
    default: return
    }
  }

  private func ourLink(_ upstream: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String {
    let token = try NextLink.skiptoken(upstream)
    do {
      return try nextLink(token)
    } catch {
      // The reason may quote the token, which is the upstream's secret.
      throw ShapeError("The next link could not be sealed.")
    }
  }

  mutating func beginRows() {
    writer.name("value")
    writer.beginArray()
  }

  mutating func endRows() { writer.endArray() }

  mutating func endAnswer() { writer.endObject() }

  // MARK: Rows

  private var level: Int { path[path.count - 1] }
  private var isExpanded: Bool { path.count > 1 }

  mutating func beginRow() {
    if result == .entity, !isExpanded { begin() } else { writer.beginObject() }
    levels[level].beginRow()
  }

  mutating func endRow() {
    writer.endObject()
    if !isExpanded { rows += 1 }
  }

  mutating func beginExpanded(_ name: String, isCollection: Bool) throws(ShapeError) -> Bool {
    guard let part = levels[level].part(name), let child = levels[level].child(of: part) else { return false }
    try take(part)
    path.append(child)
    if isCollection {
      writer.beginArray()
    } else {
      writer.beginObject()
      levels[child].beginRow()
    }
    return true
  }

  mutating func endExpanded(isCollection: Bool) {
    if isCollection { writer.endArray() } else { writer.endObject() }
    path.removeLast()
  }

  // MARK: Members

  mutating func member(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    guard let part = levels[level].part(name) else {
      try refuseCutCollection(name, event, text)
      return try refuseListOrError(name)
    }
    guard event == .null || levels[level].child(of: part) == nil else {
      throw ShapeError("A value stands where expanded rows are expected.")
    }
    guard event == .string || name != DataverseSink.etag else { throw ShapeError("The tag of a row is no text.") }
    try take(part)
    writer.raw(text)
  }

  /// Writes the name of a member.
  private mutating func take(_ part: RowMembers.Place) throws(ShapeError) {
    guard let token = levels[level].take(part) else { throw ShapeError("A row has two members of one name.") }
    writer.rawName(token)
  }

  mutating func structure(_ name: String) throws(ShapeError) {
    guard levels[level].part(name) == nil else {
      throw ShapeError("A column holds structure where a value is expected.")
    }
    // The service reports a failure behind the status line as a member of the object that it is writing.
    if name == "error" { throw DataverseSink.holdsError }
    try refuseListOrError(name)
  }

  /// An expanded collection that goes on behind a link must not be taken for whole. Without a token the link leads to
  /// the collection itself: Dataverse gives it with collections that are whole, but only on the first level.
  private func refuseCutCollection(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    guard name.hasSuffix(DataverseSink.nextLinkSuffix) else { return }
    let base = String(name.dropLast(DataverseSink.nextLinkSuffix.count))
    guard let part = levels[level].part(base), levels[level].child(of: part) != nil else { return }
    guard !isExpanded, event == .string, try NextLink.skiptokenIfAny(text) == nil else {
      throw ShapeError("An expanded collection is not whole.")
    }
  }

  private static let nextLinkSuffix = "@odata.nextLink"

  /// Where one row is expected, an error or a list is not a row without columns.
  private func refuseListOrError(_ name: String) throws(ShapeError) {
    guard result == .entity, !isExpanded else { return }
    if name == "error" { throw DataverseSink.holdsError }
    if name == "value" { throw ShapeError("The answer holds a list where one row is expected.") }
  }

  private static let holdsError = ShapeError("The answer holds an error behind a good status.")
}
