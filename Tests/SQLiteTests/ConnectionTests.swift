import CSQLite
import Glibc
import Testing

@testable import SQLite

@Suite struct ConnectionTests {
  @Test func filesAreCreatedForTheOwnerOnly() throws {
    let folder = try TemporaryFolder()
    let connection = try Connection(path: folder.file("a.db"))
    try connection.execute("PRAGMA journal_mode=WAL; CREATE TABLE t(a); INSERT INTO t VALUES(1)")
    #expect(folder.permissions("a.db") == 0o600)
    #expect(folder.permissions("a.db-wal") == 0o600)
    #expect(folder.permissions("a.db-shm") == 0o600)
  }

  @Test(arguments: [
    ("missing/a.db", false, "cannot be created: No such file or directory"),
    ("none.db", true, "cannot be opened: No such file or directory"),
    ("folder.db", false, "is not a regular file"),
    ("folder.db", true, "is not a regular file"),
    ("dangling.db", false, "cannot be opened: No such file or directory"),
  ])
  func unusablePathsAreRefusedWithTheReason(name: String, readOnly: Bool, reason: String) throws {
    let folder = try TemporaryFolder()
    mkdir(folder.file("folder.db"), 0o700)
    defer { rmdir(folder.file("folder.db")) }
    symlink(folder.file("nowhere"), folder.file("dangling.db"))
    let error = #expect(throws: SQLiteError.self) { try Connection(path: folder.file(name), readOnly: readOnly) }
    #expect(error?.code == SQLITE_CANTOPEN)
    #expect(error?.message == "\(folder.file(name)) \(reason)")
  }

  @Test(arguments: ["", "a\0b"])
  func emptyAndCutPathsAreRefused(path: String) {
    #expect(
      throws: SQLiteError(
        code: SQLITE_CANTOPEN, message: "the path is empty or holds U+0000", what: "open database")
    ) { try Connection(path: path) }
  }

  /// Tested on the name alone: such a path is relative, and tests must not change the folder of the process.
  @Test(arguments: [("file:b.db?mode=memory", "./file:b.db?mode=memory"), ("a.db", "a.db"), ("/file:a", "/file:a")])
  func aPathThatLooksLikeAURIStaysAPath(path: String, name: String) {
    #expect(Connection.fileName(path) == name)
  }

  @Test func readOnlyConnectionsDoNotWrite() throws {
    let folder = try TemporaryFolder()
    try Connection(path: folder.file("a.db")).execute("CREATE TABLE t(a); INSERT INTO t VALUES(7)")
    let connection = try Connection(path: folder.file("a.db"), readOnly: true)
    let error = #expect(throws: SQLiteError.self) { try connection.execute("DELETE FROM t") }
    #expect(error?.primaryCode == SQLITE_READONLY)
    #expect(try connection.transaction { () throws(SQLiteError) in try connection.integers("SELECT a FROM t") } == [7])
  }

  @Test func aFileThatIsNoDatabaseIsTold() throws {
    let folder = try TemporaryFolder()
    let file = fopen(folder.file("a.db"), "w")
    fputs(String(repeating: "no database, ", count: 500), file)
    fclose(file)
    let connection = try Connection(path: folder.file("a.db"))
    let error = #expect(throws: SQLiteError.self) { try connection.execute("SELECT * FROM sqlite_schema") }
    #expect(error?.meansDamagedFile == true)
  }

  @Test(arguments: [
    ("", "the text holds no statement"), (" -- nothing\n", "the text holds no statement"),
    ("SELECT 1; SELECT 2", "the text holds more than one statement"),
    ("SELECT 1; SELEKT", "the text holds more than one statement"),
    ("SELECT 1\0", "the text of a statement holds U+0000"),
    ("SELEKT 1", "near \"SELEKT\": syntax error"),
    ("SELECT \"no such column\"", "no such column: no such column"),
  ])
  func onlyOneWholeStatementIsPrepared(sql: String, message: String) throws {
    let connection = try Connection(path: ":memory:")
    let error = #expect(throws: SQLiteError.self) { try connection.prepare(sql) }
    #expect(error?.message == message)
    #expect(error?.what == "prepare")
  }

  @Test(arguments: ["SELECT 1;", "SELECT 1 ; -- done", "/* a */ SELECT 1;\n\t"])
  func blanksAndCommentsAroundAStatementPass(sql: String) throws {
    #expect(try Connection(path: ":memory:").integers(sql) == [1])
  }

  @Test func textAfterNULIsNotDropped() throws {
    let connection = try Connection(path: ":memory:")
    #expect(throws: SQLiteError.self) { try connection.execute("SELECT 1;\0 DROP TABLE t") }
  }

  @Test func transactionsCommitOrLeaveNothing() throws {
    let connection = try Connection(path: ":memory:")
    try connection.execute("CREATE TABLE t(a UNIQUE)")
    #expect(
      try connection.transaction { () throws(SQLiteError) -> Int in
        try connection.execute("INSERT INTO t VALUES(1)")
        return connection.changes
      } == 1)
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in
        try connection.execute("INSERT INTO t VALUES(2)")
        try connection.execute("INSERT INTO t VALUES(1)")
      }
    }
    #expect(error?.code == 2067)  // SQLITE_CONSTRAINT_UNIQUE
    #expect(error?.what == "execute")
    #expect(try connection.integers("SELECT a FROM t") == [1])
  }

  @Test func anInnerTransactionFailsAlone() throws {
    let connection = try Connection(path: ":memory:")
    try connection.execute("CREATE TABLE t(a)")
    try connection.transaction { () throws(SQLiteError) in
      try connection.execute("INSERT INTO t VALUES(1)")
      let inner = SQLiteError(code: 1, message: "no", what: "test")
      do throws(SQLiteError) {
        try connection.transaction { () throws(SQLiteError) in
          try connection.execute("INSERT INTO t VALUES(2)")
          throw inner
        }
      } catch {
        #expect(error == inner)
      }
      try connection.transaction { () throws(SQLiteError) in try connection.execute("INSERT INTO t VALUES(3)") }
    }
    #expect(try connection.integers("SELECT a FROM t ORDER BY a") == [1, 3])
  }

  @Test func aTransactionThatEndedItselfKeepsItsError() throws {
    let connection = try Connection(path: ":memory:")
    let error = #expect(throws: SQLiteError.self) {
      try connection.transaction { () throws(SQLiteError) in try connection.execute("ROLLBACK; SELEKT") }
    }
    #expect(error?.message == "near \"SELEKT\": syntax error")
    try connection.execute("BEGIN; COMMIT")
  }
}

extension Connection {
  /// The first column of every row.
  func integers(_ sql: String) throws(SQLiteError) -> [Int64] {
    let statement = try prepare(sql)
    var found: [Int64] = []
    while try statement.step() { found.append(statement.integer(0)) }
    return found
  }
}
