import Dataverse
import JSONStream
import Policy

/// Writes the parts of an answer that may stay.
struct DataverseSink: AnswerSink, Sendable {
  /// A member that rows may have.
  private struct Part: Sendable {
    /// Its name as a JSON token.
    var token: [UInt8]
    /// The row that had it last; two in one row would leave it to the reader which of them counts.
    var row = -1
  }

  var writer = JSONWriter()
  /// Rows that are over.
  private(set) var rows = 0
  private let result: ResultShape
  private let context: String
  private let nextLink: @Sendable (_ skiptoken: String) throws -> String
  /// Columns, their annotations and the row's own tag, by name.
  private var parts: [String: Part] = [:]
  private var sawCount = false
  private var sawNextLink = false

  init(shape: DataverseShape) {
    result = shape.result
    context = shape.context
    nextLink = shape.nextLink
    let terms = shape.annotations.filter { !$0.isEmpty && !$0.contains("*") }
    // A member whose name looks like an annotation is none: the name alone decides.
    for member in shape.members where !member.contains("@") {
      allow(member)
      for term in terms { allow("\(member)@\(term)") }
    }
    allow(DataverseSink.etag)
    if result == .collection { begin() }
  }

  private static let etag = "@odata.etag"

  private mutating func allow(_ name: String) {
    parts[name] = Part(token: JSONText.encode(name))
  }

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

  mutating func beginRow() {
    if result == .entity { begin() } else { writer.beginObject() }
  }

  mutating func endRow() {
    writer.endObject()
    rows += 1
  }

  mutating func member(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    guard let index = index(of: name) else { return try refuseListOrError(name) }
    guard parts.values[index].row != rows else { throw ShapeError("A row has two members of one name.") }
    guard event == .string || name != DataverseSink.etag else { throw ShapeError("The tag of a row is no text.") }
    parts.values[index].row = rows
    writer.rawName(parts.values[index].token)
    writer.raw(text)
  }

  mutating func structure(_ name: String) throws(ShapeError) {
    guard index(of: name) == nil else { throw ShapeError("A column holds structure where a value is expected.") }
    // The service reports a failure behind the status line as a member of the object that it is writing.
    if name == "error" { throw DataverseSink.holdsError }
    try refuseListOrError(name)
  }

  /// Where one row is expected, an error or a list is not a row without columns.
  private func refuseListOrError(_ name: String) throws(ShapeError) {
    guard result == .entity else { return }
    if name == "error" { throw DataverseSink.holdsError }
    if name == "value" { throw ShapeError("The answer holds a list where one row is expected.") }
  }

  /// Byte for byte: Swift takes names for equal that are only canonically equivalent.
  private func index(of name: String) -> Dictionary<String, Part>.Index? {
    guard let index = parts.index(forKey: name), parts.keys[index].utf8.elementsEqual(name.utf8) else { return nil }
    return index
  }

  private static let holdsError = ShapeError("The answer holds an error behind a good status.")
}
