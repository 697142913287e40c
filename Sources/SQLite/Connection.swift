import CSQLite
import Glibc

/// One open database.
///
/// Not `Sendable`, and opened without SQLite's own mutexes: it belongs to the thread that uses it. Put it into the
/// state of a ``DatabaseThread`` to use it from concurrent code.
package final class Connection {
  /// How long a step waits for a lock that another process holds, in milliseconds.
  package static let busyTimeout: Int32 = 5000

  /// SQLite's handle. Valid until `deinit`; ``Statement`` holds this object, so no statement outlives it.
  let handle: OpaquePointer
  private let isReadOnly: Bool

  /// Opens the database in a file, or a fresh one in memory for `":memory:"`.
  ///
  /// A missing file is created with permission bits 0600 unless `readOnly`; SQLite gives its `-wal` and `-shm` files the
  /// bits of the file itself. The bits of an existing file are left alone. The file is read with the first statement,
  /// so what is no database fails there.
  ///
  /// - Throws: `SQLITE_CANTOPEN` with the reason when the folder is missing or not writable, or the path is not that
  ///   of a regular file.
  package init(path: String, readOnly: Bool = false) throws(SQLiteError) {
    if path != ":memory:" { try Connection.prepareFile(path, readOnly: readOnly) }
    var opened: OpaquePointer?
    let flags = (readOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE) | SQLITE_OPEN_NOMUTEX
    let code = sqlite3_open_v2(Connection.fileName(path), &opened, flags, nil)
    guard code == SQLITE_OK, let opened else {
      // SQLite hands out a handle even on failure, for its message.
      let error = SQLiteError.last(of: opened, code: code, what: "open database")
      sqlite3_close_v2(opened)
      throw error
    }
    handle = opened
    isReadOnly = readOnly
    sqlite3_extended_result_codes(handle, 1)
    sqlite3_busy_timeout(handle, Connection.busyTimeout)
    // A file may come from anyone: its schema must not reach functions with effects or SQLite's own tables, and "…" is
    // a name, never a string by mistake.
    let settings: [(Int32, Int32)] = [
      (Int32(SQLITE_DBCONFIG_DEFENSIVE), 1), (Int32(SQLITE_DBCONFIG_TRUSTED_SCHEMA), 0),
      (Int32(SQLITE_DBCONFIG_DQS_DML), 0), (Int32(SQLITE_DBCONFIG_DQS_DDL), 0),
    ]
    for (option, value) in settings {
      try check(csqlite_db_config_flag(handle, option, value), "configure database")
    }
  }

  deinit {
    sqlite3_close_v2(handle)
  }

  /// Runs one or more statements; rows they give are discarded.
  package func execute(_ sql: String) throws(SQLiteError) {
    try Connection.refuseNUL(sql)
    try check(sqlite3_exec(handle, sql, nil, nil, nil), "execute")
  }

  /// Compiles exactly one statement.
  /// - Throws: also when `sql` holds no statement, or more than one.
  package func prepare(_ sql: String) throws(SQLiteError) -> Statement {
    try Connection.refuseNUL(sql)
    var compiled: OpaquePointer?
    var rest: OpaquePointer?
    var codes: (first: Int32, rest: Int32) = (SQLITE_OK, SQLITE_OK)
    sql.withCString { text in
      var tail: UnsafePointer<CChar>?
      codes.first = sqlite3_prepare_v2(handle, text, -1, &compiled, &tail)
      // Compiling what follows tells blanks and comments (no statement) from a second statement.
      if codes.first == SQLITE_OK, compiled != nil, let tail, tail.pointee != 0 {
        codes.rest = sqlite3_prepare_v2(handle, tail, -1, &rest, nil)
      }
    }
    try check(codes.first, "prepare")
    guard let compiled else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "the text holds no statement", what: "prepare")
    }
    guard codes.rest == SQLITE_OK, rest == nil else {
      sqlite3_finalize(rest)
      sqlite3_finalize(compiled)
      throw SQLiteError(code: SQLITE_MISUSE, message: "the text holds more than one statement", what: "prepare")
    }
    return Statement(compiled, of: self)
  }

  /// Runs `body` in a transaction: committed when it returns, rolled back when it throws.
  ///
  /// Inside another transaction it is a savepoint of that one. A transaction that may write takes the write lock at its
  /// start, so that it waits there instead of failing half-way.
  package func transaction<T>(_ body: () throws(SQLiteError) -> T) throws(SQLiteError) -> T {
    let isNested = sqlite3_get_autocommit(handle) == 0
    try execute(isNested ? "SAVEPOINT nested" : isReadOnly ? "BEGIN" : "BEGIN IMMEDIATE")
    do throws(SQLiteError) {
      let result = try body()
      try execute(isNested ? "RELEASE nested" : "COMMIT")
      return result
    } catch {
      var error = error
      // Some failures (a full disk, lost memory) have rolled everything back already.
      if sqlite3_get_autocommit(handle) == 0 {
        do throws(SQLiteError) {
          try execute(isNested ? "ROLLBACK TO nested; RELEASE nested" : "ROLLBACK")
        } catch let second {
          error.what += ", then \(second.what) of the rollback (SQLite code \(second.code))"
        }
      }
      throw error
    }
  }

  /// Rows changed by the latest INSERT, UPDATE or DELETE.
  package var changes: Int { Int(sqlite3_changes64(handle)) }

  /// The path as SQLite must get it: a library built to read URIs would take `file:…` as one.
  static func fileName(_ path: String) -> String {
    path.hasPrefix("file:") ? "./" + path : path
  }

  func check(_ code: Int32, _ what: String) throws(SQLiteError) {
    guard code == SQLITE_OK else { throw SQLiteError.last(of: handle, code: code, what: what) }
  }

  /// A NUL would end the text for SQLite and silently drop what follows.
  private static func refuseNUL(_ sql: String) throws(SQLiteError) {
    guard !sql.utf8.contains(0) else {
      throw SQLiteError(code: SQLITE_MISUSE, message: "the text of a statement holds U+0000", what: "prepare")
    }
  }

  /// Sees to it that the path is that of a regular file, creating it when it may be created.
  private static func prepareFile(_ path: String, readOnly: Bool) throws(SQLiteError) {
    func refusal(_ reason: String) -> SQLiteError {
      SQLiteError(code: SQLITE_CANTOPEN, message: reason, what: "open database")
    }
    guard !path.isEmpty, !path.utf8.contains(0) else { throw refusal("the path is empty or holds U+0000") }
    if !readOnly {
      // Only ever an exclusive creation: opening and closing an existing file here would drop the locks that another
      // connection of this process holds on it (POSIX record locks belong to the process).
      let descriptor = open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
      if descriptor >= 0 {
        close(descriptor)
        return
      }
      let reason = errno
      guard reason == EEXIST || reason == EISDIR else {
        throw refusal("\(path) cannot be created: \(String(cString: strerror(reason)))")
      }
    }
    var status = stat()
    guard stat(path, &status) == 0 else {
      throw refusal("\(path) cannot be opened: \(String(cString: strerror(errno)))")
    }
    guard status.st_mode & S_IFMT == S_IFREG else { throw refusal("\(path) is not a regular file") }
  }
}
