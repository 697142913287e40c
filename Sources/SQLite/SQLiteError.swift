import CSQLite

/// What SQLite, or a check of this layer before it, refused.
///
/// No bound value stands in it: SQLite's messages name tables, columns and words of the statement, and statements here
/// carry their values as parameters.
package struct SQLiteError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Extended result code (<https://www.sqlite.org/rescode.html>).
  package var code: Int32
  /// SQLite's message, or this layer's own.
  package var message: String
  /// The step that failed, as a few words.
  package var what: String

  package init(code: Int32, message: String, what: String) {
    self.code = code
    self.message = message
    self.what = what
  }

  package var description: String { "\(what): \(message) (SQLite code \(code))" }

  /// The low byte of the extended code, by which kinds of failure are told apart.
  package var primaryCode: Int32 { code & 0xff }

  /// The file is not a sound database: damaged, cut short, or something else altogether.
  package var meansDamagedFile: Bool {
    primaryCode == SQLITE_CORRUPT || primaryCode == SQLITE_NOTADB || code == CSQLITE_IOERR_SHORT_READ
      || primaryCode == SQLITE_FORMAT
  }

  /// The statement does not fit the tables that are there.
  package var meansOtherTables: Bool { primaryCode == SQLITE_ERROR || primaryCode == SQLITE_SCHEMA }

  /// There can be no database at this path, or no writing to it, until somebody sees to it.
  package var meansUnusablePath: Bool {
    [SQLITE_PERM, SQLITE_READONLY, SQLITE_CANTOPEN, SQLITE_AUTH].contains(primaryCode)
  }

  /// The storage under the database fails or is full: the next try would fare no better.
  package var meansFailedStorage: Bool {
    primaryCode == SQLITE_FULL || primaryCode == SQLITE_IOERR || meansUnusablePath
  }

  /// The failure of the last call on `database`.
  static func last(of database: OpaquePointer?, code: Int32, what: String) -> SQLiteError {
    let text = database.flatMap { sqlite3_errmsg($0) } ?? sqlite3_errstr(code)
    return SQLiteError(code: code, message: text.map { String(cString: $0) } ?? "unknown error", what: what)
  }
}
