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
  private let levels: RowLevels
  /// Where in ``levels`` the row that is being read is, behind those around it.
  private var path = [0]
  private let hasCount: Bool
  /// For each member of each level the row that had it last; two in one row would leave it to the reader which of them
  /// counts.
  private var lastRows: [Int]
  /// The row that is being read, as a number that no other row has, behind those around it.
  private var row = 0
  private var outerRows: [Int] = []
  private var lastNumber = 0
  /// The tag of a row of the answer; `nil` where none may leave.
  private let etagMember: Int?
  private var sawCount = false
  private var sawNextLink = false

  init(shape: DataverseShape) {
    result = shape.result
    context = shape.context
    nextLink = shape.nextLink
    hasCount = shape.hasCount
    var members: [RowMembers] = []
    RowMembers.append(shape.members, terms: shape.annotations, to: &members)
    etagMember = shape.hasTags ? members[0].allow(DataverseSink.etag, as: .tag) : nil
    for level in members.indices { members[level].addRefused(isOnlyRow: result == .entity && level == 0) }
    levels = RowLevels(members)
    lastRows = [Int](repeating: 0, count: levels.count)
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
    case DataverseSink.etag where result == .entity:
      if let etagMember { try member(etagMember, event, text) }
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

  private var isExpanded: Bool { path.count > 1 }

  mutating func beginRow() {
    if result == .entity, !isExpanded { begin() } else { writer.beginObject() }
    number()
  }

  private mutating func number() {
    lastNumber += 1
    row = lastNumber
  }

  mutating func endRow() {
    writer.endObject()
    if !isExpanded { rows += 1 }
  }

  mutating func beginExpanded(_ member: Int, isCollection: Bool) throws(ShapeError) -> Bool {
    guard case .expanded(let child) = levels.kind(of: member) else { return false }
    try note(member)
    writer.member(nameAndColon: levels.nameAndColon(of: member), UnsafeBufferPointer(start: nil, count: 0))
    path.append(child)
    outerRows.append(row)
    if isCollection {
      writer.beginArray()
    } else {
      writer.beginObject()
      number()
    }
    return true
  }

  mutating func endExpanded(isCollection: Bool) {
    if isCollection { writer.endArray() } else { writer.endObject() }
    path.removeLast()
    row = outerRows.popLast() ?? row
  }

  var nameScope: Int { path[path.count - 1] }

  // MARK: Members

  func find(_ name: UnsafeBufferPointer<UInt8>) -> Int { levels.find(name, level: nameScope) }

  mutating func member(_ member: Int, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    switch levels.kind(of: member) {
    case .column: break
    case .tag:
      guard event == .string else { throw ShapeError("The tag of a row is no text.") }
    case .expanded:
      guard event == .null else { throw ShapeError("A value stands where expanded rows are expected.") }
    case .link: return try refuseCutCollection(event, text)
    case .error:
      guard result == .entity, !isExpanded else { return }
      throw DataverseSink.holdsError
    case .list: throw DataverseSink.holdsList
    }
    try note(member)
    writer.member(nameAndColon: levels.nameAndColon(of: member), text)
  }

  /// Notes that the row has a member.
  private mutating func note(_ member: Int) throws(ShapeError) {
    guard lastRows[member] != row else { throw ShapeError("A row has two members of one name.") }
    lastRows[member] = row
  }

  func structure(_ member: Int) throws(ShapeError) {
    switch levels.kind(of: member) {
    case .column, .tag, .expanded: throw ShapeError("A column holds structure where a value is expected.")
    case .link: return
    // The service reports a failure behind the status line as a member of the object that it is writing.
    case .error: throw DataverseSink.holdsError
    case .list: throw DataverseSink.holdsList
    }
  }

  /// An expanded collection that goes on behind a link must not be taken for whole. Without a token the link leads to
  /// the collection itself: Dataverse gives it with collections that are whole, but only on the first level.
  private func refuseCutCollection(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    guard !isExpanded, event == .string, try NextLink.skiptokenIfAny(text) == nil else {
      throw ShapeError("An expanded collection is not whole.")
    }
  }

  private static let holdsError = ShapeError("The answer holds an error behind a good status.")
  private static let holdsList = ShapeError("The answer holds a list where one row is expected.")
}
