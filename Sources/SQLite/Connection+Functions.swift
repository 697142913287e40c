import CSQLite

extension Connection {
  /// Makes a Swift function callable in SQL, until the connection closes or the name is given to another.
  ///
  /// - Parameters:
  ///   - argumentCount: 0 to 127, or -1 for any number.
  ///   - deterministic: the same arguments always give the same result, with no effect besides. Only then may the
  ///     function stand in an index, and SQLite may call it less often than written.
  ///   - body: runs on the connection's thread. It must not use the connection.
  package func createFunction(
    _ name: String, argumentCount: Int, deterministic: Bool, _ body: @escaping ([SQLiteValue]) -> SQLiteValue
  ) throws(SQLiteError) {
    guard let count = Int32(exactly: argumentCount) else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "too many arguments", what: "create function")
    }
    let flags = SQLITE_UTF8 | (deterministic ? SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS : 0)
    // SQLite owns the box from here on: it calls the last callback when the function goes, and also when this call fails.
    let box = Unmanaged.passRetained(FunctionBox(body)).toOpaque()
    let code = sqlite3_create_function_v2(
      handle, name, count, flags, box,
      { context, count, arguments in
        guard let user = sqlite3_user_data(context) else { return }
        let body = Unmanaged<FunctionBox>.fromOpaque(user).takeUnretainedValue().body
        var values: [SQLiteValue] = []
        values.reserveCapacity(Int(count))
        for index in 0..<Int(count) { values.append(SQLiteValue(arguments?[index])) }
        body(values).set(asResultOf: context)
      },
      nil, nil, { if let box = $0 { Unmanaged<FunctionBox>.fromOpaque(box).release() } })
    try check(code, "create function")
  }
}

private final class FunctionBox {
  let body: ([SQLiteValue]) -> SQLiteValue
  init(_ body: @escaping ([SQLiteValue]) -> SQLiteValue) { self.body = body }
}

extension SQLiteValue {
  /// An argument of a function called from SQL.
  fileprivate init(_ argument: OpaquePointer?) {
    switch sqlite3_value_type(argument) {
    case SQLITE_INTEGER: self = .integer(sqlite3_value_int64(argument))
    case SQLITE_FLOAT: self = .real(sqlite3_value_double(argument))
    case SQLITE_TEXT:
      let start = sqlite3_value_text(argument)
      let count = Int(sqlite3_value_bytes(argument))
      self = .text(String(decoding: UnsafeBufferPointer(start: start, count: start == nil ? 0 : count), as: UTF8.self))
    case SQLITE_BLOB:
      let start = sqlite3_value_blob(argument)
      let count = Int(sqlite3_value_bytes(argument))
      self = .blob([UInt8](UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : count)))
    default: self = .null
    }
  }

  fileprivate func set(asResultOf context: OpaquePointer?) {
    switch self {
    case .null: sqlite3_result_null(context)
    case .integer(let number): sqlite3_result_int64(context, number)
    case .real(let number): sqlite3_result_double(context, number)
    case .text(var text): text.withUTF8 { csqlite_result_text(context, $0.baseAddress, UInt64($0.count)) }
    case .blob(let bytes): bytes.withUnsafeBytes { csqlite_result_blob(context, $0.baseAddress, UInt64($0.count)) }
    }
  }
}
