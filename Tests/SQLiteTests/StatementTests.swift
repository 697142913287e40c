import CSQLite
import Testing

@testable import SQLite

@Suite struct StatementTests {
  private static let values: [SQLiteValue] = [
    .null, .integer(0), .integer(.min), .integer(.max), .real(-0.5), .real(.infinity), .real(1e300), .text(""),
    .text("Zoë 😀"), .text("a\0b"), .text(String(repeating: "x", count: 70_000)), .blob([]), .blob([0, 255, 0]),
    .blob([UInt8](repeating: 7, count: 300_000)),
  ]

  @Test(arguments: values) func valuesComeBackAsTheyWent(value: SQLiteValue) throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT ?1, typeof(?1)")
    try statement.bind([value])
    #expect(try statement.step())
    #expect(statement.value(0) == value)
    let type =
      switch value {
      case .null: "null"
      case .integer: "integer"
      case .real: "real"
      case .text: "text"
      case .blob: "blob"
      }
    #expect(statement.text(1) == type)
    #expect(try !statement.step())
  }

  @Test(arguments: values) func functionsGetAndGiveValuesAsTheyAre(value: SQLiteValue) throws {
    let connection = try Connection(path: ":memory:")
    try connection.createFunction("same", argumentCount: 1, deterministic: true) { $0.first ?? .text("none") }
    let statement = try connection.prepare("SELECT same(?1)")
    try statement.bind([value])
    #expect(try statement.step())
    #expect(statement.value(0) == value)
  }

  @Test func notANumberIsRefusedRatherThanTurnedIntoNull() throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT ?1")
    #expect(throws: SQLiteError(code: SQLITE_MISMATCH, message: "NaN cannot be stored", what: "bind")) {
      try statement.bind(.real(.nan), at: 1)
    }
  }

  @Test(arguments: [(0, SQLITE_RANGE), (3, SQLITE_RANGE), (.max, SQLITE_RANGE), (1, SQLITE_OK), (2, SQLITE_OK)])
  func parametersAreCountedFromOne(index: Int, code: Int32) throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT ?1, ?2")
    do throws(SQLiteError) {
      try statement.bind(.integer(1), at: index)
      #expect(code == SQLITE_OK)
    } catch {
      #expect(error.code == code)
    }
  }

  @Test(arguments: [0, 1, 3]) func theNumberOfValuesMustFit(count: Int) throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT ?1, ?2")
    let error = #expect(throws: SQLiteError.self) {
      try statement.bind([SQLiteValue](repeating: .integer(1), count: count))
    }
    #expect(error?.code == SQLITE_RANGE)
  }

  @Test func columnsConvertAndOutsideOfARowAreNull() throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT 12 AS a, '3.5' AS b, x'414200' AS c, NULL AS d")
    #expect(statement.columnCount == 4)
    #expect((0..<5).map(statement.columnName) == ["a", "b", "c", "d", ""])
    #expect(statement.value(0) == .null)
    #expect(try statement.step())
    #expect(statement.integer(0) == 12)
    #expect(statement.text(0) == "12")
    #expect(statement.real(1) == 3.5)
    #expect(statement.integer(1) == 3)
    #expect(statement.bytes(2) == [0x41, 0x42, 0])
    #expect(statement.withBytes(2) { $0.count } == 3)
    #expect(statement.isNull(3) && statement.text(3).isEmpty && statement.bytes(3).isEmpty)
    #expect(statement.withBytes(3) { $0.count } == 0)
    for index in [-1, 4, .max] {
      #expect(statement.value(index) == .null && statement.isNull(index) && statement.integer(index) == 0)
      #expect(statement.columnName(index).isEmpty)
    }
    #expect(try !statement.step())
    #expect(statement.isNull(0))
  }

  @Test func aStatementRunsAgainWithOtherValues() throws {
    let connection = try Connection(path: ":memory:")
    try connection.execute("CREATE TABLE t(a INTEGER PRIMARY KEY)")
    let insert = try connection.prepare("INSERT INTO t VALUES(?1)")
    for number in 1...5 { try insert.run([.integer(Int64(number))]) }
    #expect(throws: SQLiteError.self) { try insert.run([.integer(3)]) }
    try insert.run([.integer(6)])
    let select = try connection.prepare("SELECT a FROM t WHERE a > ?1 ORDER BY a")
    try select.bind([.integer(2)])
    #expect(try select.step())
    // Rebinding in the middle of the rows starts over.
    try select.bind([.integer(4)])
    var found: [Int64] = []
    while try select.step() { found.append(select.integer(0)) }
    #expect(found == [5, 6])
  }

  @Test func aStatementKeepsItsConnectionAlive() throws {
    let statement = try Connection(path: ":memory:").prepare("SELECT 5")
    #expect(try statement.step())
    #expect(statement.integer(0) == 5)
  }

  @Test func errorsHoldNoBoundValue() throws {
    let connection = try Connection(path: ":memory:")
    try connection.execute("CREATE TABLE t(a TEXT UNIQUE CHECK(length(a) < 20))")
    let insert = try connection.prepare("INSERT INTO t VALUES(?1)")
    try insert.run([.text("secret")])
    for value in ["secret", "secret and far too long for it"] {
      let error = #expect(throws: SQLiteError.self) { try insert.run([.text(value)]) }
      #expect(error.map { !"\($0)".contains("secret") } == true)
    }
  }
}

@Suite struct FunctionTests {
  @Test func functionsServeQueriesAndIndexes() throws {
    let connection = try Connection(path: ":memory:")
    try connection.createFunction("reversed", argumentCount: 1, deterministic: true) { arguments in
      guard case .text(let text)? = arguments.first else { return .null }
      return .text(String(text.reversed()))
    }
    try connection.execute(
      """
      CREATE TABLE t(a TEXT); CREATE INDEX i ON t(reversed(a));
      INSERT INTO t VALUES('abc'), ('de'), ('f'), (''), (NULL)
      """)
    let found = try connection.prepare("SELECT a FROM t WHERE reversed(a) = 'cba'")
    #expect(try found.step() && found.text(0) == "abc")
  }

  @Test func closuresAreReleased() throws {
    final class Witness {}
    weak var function: Witness?
    weak var refused: Witness?
    do {
      let connection = try Connection(path: ":memory:")
      let witnesses = (Witness(), Witness())
      (function, refused) = witnesses
      try connection.createFunction("f", argumentCount: -1, deterministic: false) { _ in
        withExtendedLifetime(witnesses.0) { .null }
      }
      #expect(throws: SQLiteError.self) {
        try connection.createFunction("g", argumentCount: 1000, deterministic: false) { _ in
          withExtendedLifetime(witnesses.1) { .null }
        }
      }
      #expect(function != nil)
    }
    #expect(function == nil && refused == nil)
  }

  @Test func manyArguments() throws {
    let connection = try Connection(path: ":memory:")
    try connection.createFunction("count_of", argumentCount: -1, deterministic: true) { .integer(Int64($0.count)) }
    #expect(try connection.integers("SELECT count_of() UNION ALL SELECT count_of(1, NULL, 'x')") == [0, 3])
  }
}
