package import Dataverse
package import JSONStream

/// Reads one Dataverse collection answer into rows, chunk by chunk, as strictly as answers are rewritten: what is no
/// answer fails as a whole. An `error` member, two members of one name in a row, a second or misplaced next link and
/// structure in place of a value are errors.
package struct RowPageReader: Sendable {
  private var stream: AnswerStream<RowSink>?

  /// - Parameters:
  ///   - columns: the properties that are kept; all that are no annotations when `nil`.
  ///   - limits: what the JSON of the answer may cost.
  package init(columns: Set<String>?, limits: JSONLimits = JSONLimits()) {
    let sink = RowSink(columns: RowColumns(Array(columns ?? [])), keepsAll: columns == nil)
    stream = AnswerStream(form: .collection, sink: sink, limits: limits)
  }

  /// Keeps `columns` and nothing else.
  package init(columns: RowColumns) {
    stream = AnswerStream(form: .collection, sink: RowSink(columns: columns, keepsAll: false))
  }

  /// Rows held so far.
  package var rowCount: Int { stream?.sink.rows.count ?? 0 }

  /// Bytes of memory that the rows held so far take: for limits that stop an answer before it is whole.
  package var byteCount: Int { stream?.sink.byteCount ?? 0 }

  /// Takes the next bytes of the answer.
  /// - Throws: why it cannot be used; after that, an error for every call.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) {
    // Moved out while it works: nothing is copied, and after an error nothing goes on.
    guard var current = stream.take() else { throw RowPageReader.isOver }
    try current.feed(chunk)
    stream = current
  }

  /// Says that the answer is over, and hands over its rows; the reader is then spent.
  /// - Throws: when the answer is not whole.
  package mutating func finish() throws(ShapeError) -> RowPage {
    guard var current = stream.take() else { throw RowPageReader.isOver }
    try current.finish()
    let sink = current.sink
    return RowPage(
      rows: sink.rows, skiptoken: sink.controls.skiptoken, count: sink.controls.count, byteCount: sink.byteCount)
  }

  private static let isOver = ShapeError("The answer is over or has failed before.")
}

/// The properties that are taken of rows, made ready to be found: once for many answers.
package struct RowColumns: Sendable {
  fileprivate var table = NameTable()
  /// By their numbers in the table: rows share the text of their names.
  package fileprivate(set) var names: [String] = []

  /// The properties by their names, case-sensitive; one that is named twice counts once.
  package init(_ columns: [String]) {
    names.reserveCapacity(columns.count)
    table.reserveCapacity(columns.count)
    for column in columns { add(column) }
  }

  /// - Returns: the number of the name, old or new.
  @discardableResult
  fileprivate mutating func add(_ name: String) -> Int {
    let number = table.insert(name)
    if number == names.count { names.append(name) }
    return number
  }
}

/// Keeps the rows of an answer.
private struct RowSink: AnswerSink, Sendable {
  private(set) var rows: [DataverseRow] = []
  private(set) var byteCount = 0
  private(set) var controls = AnswerControls()
  private var columns: RowColumns
  /// By the number of the name, the row that had it last. Two in one row would leave it to the reader which of them counts.
  private var lastRows: [Int] = []
  private let keepsAll: Bool
  private var row = DataverseRow()

  init(columns: RowColumns, keepsAll: Bool) {
    self.columns = columns
    self.keepsAll = keepsAll
    lastRows = [Int](repeating: -1, count: columns.names.count)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    _ = try controls.take(name, event, text)
  }

  mutating func beginRows() {}
  mutating func endRows() {}
  mutating func endAnswer() {}

  mutating func beginRow() {
    row = DataverseRow()
    if let last = rows.last { row.reserve(like: last) }
  }

  mutating func endRow() {
    byteCount += row.byteCount
    rows.append(row)
  }

  mutating func find(_ name: UnsafeBufferPointer<UInt8>) -> Int {
    let found = columns.table.find(token: name)
    guard found == NameTable.none, keepsAll else { return found }
    do throws(JSONStreamError) {
      let text = try JSONText.decodeString(name)
      guard !text.contains("@") else { return NameTable.none }
      lastRows.append(-1)
      return columns.add(text)
    } catch {
      // The reader gives no name that cannot be decoded.
      return NameTable.none
    }
  }

  mutating func member(_ member: Int, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    guard lastRows[member] != rows.count else { throw ShapeError("A row has two members of one name.") }
    lastRows[member] = rows.count
    row.append(columns.names[member], text)
  }

  func structure(_ member: Int) throws(ShapeError) {
    guard !columns.names[member].contains("@") else { return }
    throw ShapeError("A column holds structure where a value is expected.")
  }
}
