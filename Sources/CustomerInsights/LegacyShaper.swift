package import Dataverse
import JSONStream

/// How rows of a Dataverse answer become legacy rows.
package struct LegacyShape: Sendable {
  /// The legacy entity.
  package var entity: String
  /// Property name → legacy name; what is not here is dropped.
  package var columns: [String: String]
  /// The column whose JSON object becomes members of the row.
  package var unfold: String?
  /// Which of its members to show, in lower case; all when `nil`.
  package var unfoldMembers: Set<String>?
  /// The properties that hold points in time: an offset that the service may write there becomes UTC. All other values
  /// stay as they are, digit for digit; of the members of a JSON column nobody knows which are times.
  package var times: Set<String>
  /// Whether the answer shows how many rows there are. What was not asked for is not shown.
  package var hasCount = false

  /// Tells shapes of one Dataverse query apart: the query says which columns are read, and so which are shown, but not
  /// which members of a JSON column are.
  package var identity: String {
    "\(entity)|\(unfoldMembers.map { $0.sorted().joined(separator: ",") } ?? "*")"
  }

  package init(
    entity: String, columns: [String: String], unfold: String? = nil, unfoldMembers: Set<String>? = nil,
    times: Set<String> = []
  ) {
    self.entity = entity
    self.columns = columns
    self.unfold = unfold
    self.unfoldMembers = unfoldMembers
    self.times = times
  }
}

/// Rewrites a Dataverse answer in the legacy shape, row by row.
///
/// Rows have their legacy names and nothing that the legacy API did not have: no system columns, no row keys, no
/// annotations. A JSON column is unfolded behind the row's own members. Of its members the first spelling of a name
/// counts, and one that a column of the row already has (without case: the models write `CustomerID`) is left out. A JSON
/// column that holds no flat-named object is shown as the text that it is, under the column's own name.
package struct LegacyShaper: Sendable {
  private var stream: AnswerStream<LegacySink>?

  /// - Parameters:
  ///   - context: the whole `@odata.context` URL.
  ///   - nextLink: makes our next link of the upstream's `$skiptoken`, decoded once.
  package init(
    shape: LegacyShape, context: String, nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    // Whoever transfers the answer bounds its length.
    stream = AnswerStream(
      form: .collection, sink: LegacySink(shape: shape, context: context, nextLink: nextLink),
      limits: JSONLimits(documentBytes: .max))
  }

  /// Takes the next bytes of the upstream; gives what is finished of ours.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) -> [UInt8] {
    // Moved out while it works: its buffers are not copied, and after an error nothing goes on.
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.feed(chunk)
    let out = current.sink.writer.take()
    stream = current
    return out
  }

  /// Says that the upstream's answer is over.
  package mutating func finish() throws(ShapeError) -> [UInt8] {
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.finish()
    return current.sink.writer.take()
  }
}

struct LegacySink: AnswerSink, Sendable {
  /// A column that rows may show.
  private struct Part {
    /// Its legacy name as a JSON token, with its colon: a range of `tokens`.
    var token: Range<Int>
    /// Whether it holds points in time.
    var isTime = false
    /// The row that had it last; two in one row would leave it to the reader which of them counts.
    var row = -1
  }

  var writer = JSONWriter()
  private var names = NameTable()
  /// By the number of the name; the JSON column has one behind them.
  private var parts: [Part] = []
  private var tokens: [UInt8] = []
  /// The number of the JSON column.
  private var unfolded = NameTable.none
  private var column: JSONColumn
  /// Columns that go by the name that the JSON column has while it holds no object.
  private let bareColumns: [Int]
  private var row = 0
  private let shape: LegacyShape
  private let nextLink: @Sendable (String) throws -> String
  private var controls = AnswerControls()
  private static let repeated = ShapeError("A row has two members of one name.")
  /// Whether the current row has something in the JSON column, which comes behind its other members.
  private var isHeld = false
  /// Whether that is an object, which `column` then has.
  private var isUnfolded = false
  /// The token of what is no object.
  private var held: [UInt8] = []

  init(shape: LegacyShape, context: String, nextLink: @escaping @Sendable (String) throws -> String) {
    self.shape = shape
    self.nextLink = nextLink
    // Legacy names in lower case and the columns that have them.
    var columns: [String: [Int]] = [:]
    for (column, name) in shape.columns.sorted(by: { $0.key < $1.key }) where column != shape.unfold {
      let start = tokens.count
      tokens += JSONText.encode(name) + [UInt8(ascii: ":")]
      let number = names.insert(column)
      parts.append(Part(token: start..<tokens.count, isTime: shape.times.contains(column)))
      columns[name.lowercased(), default: []].append(number)
    }
    if let unfold = shape.unfold {
      unfolded = names.insert(unfold)
      parts.append(Part(token: 0..<0))
    }
    column = JSONColumn(columns: columns, wanted: shape.unfoldMembers)
    bareColumns = columns[shape.bareName.lowercased()] ?? []
    writer.beginObject()
    writer.name("@odata.context")
    writer.string(context)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    switch try controls.take(name, event, text) {
    case .nextLink:
      let link: String
      do {
        link = try nextLink(controls.skiptoken ?? "")
      } catch {
        throw ShapeError("The next link could not be sealed.")
      }
      writer.name(name)
      writer.string(link)
    case .count where shape.hasCount:
      writer.name(name)
      writer.raw(text)
    case .count, .other: return
    }
  }

  mutating func beginRows() {
    writer.name("value")
    writer.beginArray()
  }

  mutating func endRows() { writer.endArray() }
  mutating func endAnswer() { writer.endObject() }

  mutating func beginRow() {
    writer.beginObject()
    isHeld = false
    held.removeAll(keepingCapacity: true)
  }

  mutating func endRow() {
    if isHeld { unfold() }
    writer.endObject()
    row += 1
  }

  func find(_ name: UnsafeBufferPointer<UInt8>) -> Int { names.find(token: name) }

  mutating func member(_ member: Int, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    guard parts[member].row != row else { throw LegacySink.repeated }
    parts[member].row = row
    guard member != unfolded else {
      guard event != .null else { return }
      isHeld = true
      isUnfolded = column.read(text)
      // What is no object is shown as it is.
      if !isUnfolded { held.append(contentsOf: text) }
      return
    }
    let token = parts[member].token
    if parts[member].isTime, let utc = Timestamp.utc(ofToken: text) {
      utc.withUnsafeBufferPointer { write(token, $0) }
    } else {
      write(token, text)
    }
  }

  private mutating func write(_ token: Range<Int>, _ value: UnsafeBufferPointer<UInt8>) {
    tokens.withUnsafeBufferPointer { writer.member(nameAndColon: UnsafeBufferPointer(rebasing: $0[token]), value) }
  }

  func structure(_ member: Int) throws(ShapeError) {
    throw ShapeError("A column holds structure where a value is expected.")
  }

  /// Writes what is in the JSON column.
  private mutating func unfold() {
    guard isUnfolded else {
      guard !bareColumns.contains(where: { parts[$0].row == row }) else { return }
      writer.name(shape.bareName)
      writer.raw(held)
      return
    }
    for member in column.members {
      let spelling = column.spelling(member)
      guard spelling.isWanted, !spelling.columns.contains(where: { parts[column.namesakes[$0]].row == row }),
        column.take(member)
      else { continue }
      column.withTexts(of: member) { writer.member(nameAndColon: $0, $1) }
    }
  }
}
