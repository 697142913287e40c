import CSQLite

/// A compiled statement. It keeps its connection alive and belongs to the same thread.
///
/// ```swift
/// let statement = try connection.prepare("SELECT name FROM person WHERE age > ?1")
/// try statement.bind([.integer(30)])
/// while try statement.step() { print(statement.text(0)) }
/// ```
package final class Statement {
  /// Valid until `deinit`.
  private let handle: OpaquePointer
  private let connection: Connection
  private var hasRow = false

  /// Columns of a row; 0 for a statement that gives none.
  package let columnCount: Int

  init(_ handle: OpaquePointer, of connection: Connection) {
    self.handle = handle
    self.connection = connection
    columnCount = Int(sqlite3_column_count(handle))
  }

  deinit {
    sqlite3_finalize(handle)
  }

  /// Binds one parameter, counted from 1. What was bound stays over ``reset()``.
  /// - Throws: `SQLITE_RANGE` for an index without parameter, `SQLITE_MISUSE` while rows are being read,
  ///   `SQLITE_TOOBIG`, and `SQLITE_MISMATCH` for NaN, which SQLite would turn into NULL.
  package func bind(_ value: SQLiteValue, at index: Int) throws(SQLiteError) {
    guard let position = Int32(exactly: index) else {
      throw SQLiteError(code: SQLITE_RANGE, message: "no parameter has this index", what: "bind")
    }
    let code =
      switch value {
      case .null: sqlite3_bind_null(handle, position)
      case .integer(let number): sqlite3_bind_int64(handle, position, number)
      case .real(let number): number.isNaN ? SQLITE_MISMATCH : sqlite3_bind_double(handle, position, number)
      case .text(var text): text.withUTF8 { csqlite_bind_text(handle, position, $0.baseAddress, UInt64($0.count)) }
      case .blob(let bytes):
        bytes.withUnsafeBytes { csqlite_bind_blob(handle, position, $0.baseAddress, UInt64($0.count)) }
      }
    guard code != SQLITE_MISMATCH else {
      throw SQLiteError(code: code, message: "NaN cannot be stored", what: "bind")
    }
    try connection.check(code, "bind")
  }

  /// Resets the statement and binds all its parameters, the first value to parameter 1.
  /// - Throws: `SQLITE_RANGE` unless there are as many values as parameters.
  package func bind(_ values: [SQLiteValue]) throws(SQLiteError) {
    reset()
    guard values.count == Int(sqlite3_bind_parameter_count(handle)) else {
      throw SQLiteError(code: SQLITE_RANGE, message: "as many values as parameters are needed", what: "bind")
    }
    for (index, value) in values.enumerated() { try bind(value, at: index + 1) }
  }

  /// Goes to the next row. `true`: a row can be read; `false`: no more rows, and the statement is reset, so that the next
  /// step would run it anew. A failed step resets it, too.
  package func step() throws(SQLiteError) -> Bool {
    let code = sqlite3_step(handle)
    hasRow = code == SQLITE_ROW
    if hasRow { return true }
    guard code == SQLITE_DONE else {
      let error = SQLiteError.last(of: connection.handle, code: code, what: "step")
      sqlite3_reset(handle)
      throw error
    }
    sqlite3_reset(handle)
    return false
  }

  /// Runs the statement to its end with these values, skipping rows.
  package func run(_ values: [SQLiteValue] = []) throws(SQLiteError) {
    try bind(values)
    while try step() {}
  }

  /// Ends reading rows and lets go of their locks. Bound values stay.
  package func reset() {
    hasRow = false
    // Its result repeats the failure of the last step, which was thrown there.
    sqlite3_reset(handle)
  }

  /// The name of a column, counted from 0; empty for an index out of range.
  package func columnName(_ index: Int) -> String {
    guard (0..<columnCount).contains(index), let name = sqlite3_column_name(handle, Int32(index)) else { return "" }
    return String(cString: name)
  }

  // MARK: Columns of the current row, counted from 0
  //
  // Without a row, or with an index out of range, a column reads as NULL. Conversions between storage classes are
  // SQLite's (https://www.sqlite.org/c3ref/column_blob.html).

  /// A column in its own storage class. Text that is not UTF-8 is repaired.
  package func value(_ index: Int) -> SQLiteValue {
    guard let column = column(index) else { return .null }
    return switch sqlite3_column_type(handle, column) {
    case SQLITE_INTEGER: .integer(sqlite3_column_int64(handle, column))
    case SQLITE_FLOAT: .real(sqlite3_column_double(handle, column))
    case SQLITE_TEXT: .text(text(index))
    case SQLITE_BLOB: .blob(bytes(index))
    default: .null
    }
  }

  /// A column as text; empty for NULL.
  package func text(_ index: Int) -> String {
    guard let column = column(index), let start = sqlite3_column_text(handle, column) else { return "" }
    let count = Int(sqlite3_column_bytes(handle, column))
    return String(decoding: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
  }

  /// A column as an integer; 0 for NULL and for text that is no number.
  package func integer(_ index: Int) -> Int64 {
    column(index).map { sqlite3_column_int64(handle, $0) } ?? 0
  }

  /// A column as a floating-point number; 0 for NULL and for text that is no number.
  package func real(_ index: Int) -> Double {
    column(index).map { sqlite3_column_double(handle, $0) } ?? 0
  }

  /// A column's bytes; empty for NULL.
  package func bytes(_ index: Int) -> [UInt8] {
    withBytes(index) { [UInt8]($0) }
  }

  package func isNull(_ index: Int) -> Bool {
    column(index).map { sqlite3_column_type(handle, $0) == SQLITE_NULL } ?? true
  }

  /// Reads a column's bytes where SQLite has them. The pointer is valid inside `body` only.
  package func withBytes<T>(_ index: Int, _ body: (UnsafeRawBufferPointer) -> T) -> T {
    guard let column = column(index), let start = sqlite3_column_blob(handle, column) else {
      return body(UnsafeRawBufferPointer(start: nil, count: 0))
    }
    return body(UnsafeRawBufferPointer(start: start, count: Int(sqlite3_column_bytes(handle, column))))
  }

  /// SQLite leaves open what a read outside a row does, so it never sees one.
  private func column(_ index: Int) -> Int32? {
    hasRow && (0..<columnCount).contains(index) ? Int32(index) : nil
  }
}
