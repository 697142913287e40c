import JSONStream
import Testing

@Suite struct NameTableTests {
  private static func find(_ token: String, _ table: NameTable) -> Int {
    Array(token.utf8).withUnsafeBufferPointer { table.find(token: $0) }
  }

  /// Names of every length up to some words of eight bytes, and pairs that differ in one byte only.
  private static let names: [String] =
    (0..<40).map { String(repeating: "n", count: $0) }
    + (1..<40).map { String(repeating: "n", count: $0 - 1) + "m" }
    + (1..<40).map { "m" + String(repeating: "n", count: $0) }
    + ["é", "e\u{301}", "漢字", "a@b.C", "😀"]

  @Test func findsWhatIsInItAndNothingElse() {
    let table = NameTable(Self.names)
    #expect(table.count == Self.names.count)
    for (number, name) in Self.names.enumerated() {
      #expect(Self.find("\"\(name)\"", table) == number, "\(name)")
      #expect(Self.find("\"\(name)x\"", table) == NameTable.none)
      #expect(Self.find("\"x\(name)\"", table) == NameTable.none)
      #expect(table[number].utf8.elementsEqual(name.utf8))
    }
  }

  @Test func escapesSpellTheSameName() {
    let table = NameTable(["abc", "q\"", "b\\", "back\\u0061", "\n", "😀"])
    for (token, number) in [
      (#""\u0061bc""#, 0), (#""a\u0062\u0063""#, 0), (#""q\"""#, 1), (#""q\u0022""#, 1), (#""b\\""#, 2),
      (#""back\\u0061""#, 3), (#""\n""#, 4), (#""\u000a""#, 4), (#""\ud83d\ude00""#, 5), (#""😀""#, 5),
      (#""back\u0061""#, NameTable.none), (#""abcd""#, NameTable.none), (#""\u0061""#, NameTable.none),
      (#""""#, NameTable.none), ("\"", NameTable.none), ("", NameTable.none),
    ] {
      #expect(Self.find(token, table) == number, "\(token)")
    }
  }

  @Test func aNameHasOneNumber() {
    var table = NameTable()
    #expect(Self.find("\"a\"", table) == NameTable.none)
    #expect(table.insert("a") == 0)
    #expect(table.insert("b") == 1)
    #expect(table.insert("a") == 0)
    // Canonically equivalent is not equal.
    #expect(table.insert("é") == 2)
    #expect(table.insert("e\u{301}") == 3)
    #expect(table.count == 4)
  }

  /// Room for fewer or more names than come.
  @Test(arguments: [0, 1, 2, 3, 100])
  func roomChangesNothing(count: Int) {
    var table = NameTable()
    table.reserveCapacity(count)
    #expect(Self.find("\"column_0\"", table) == NameTable.none)
    for number in 0..<50 { #expect(table.insert("column_\(number)") == number) }
    table.reserveCapacity(count)
    for number in 0..<50 { #expect(Self.find("\"column_\(number)\"", table) == number) }
    #expect(Self.find("\"column_50\"", table) == NameTable.none)
    #expect(table.count == 50)
  }

  @Test func manyNamesAreFound() {
    var table = NameTable()
    for number in 0..<3000 { #expect(table.insert("column_\(number)") == number) }
    for number in 0..<3000 { #expect(Self.find("\"column_\(number)\"", table) == number) }
    #expect(Self.find("\"column_3000\"", table) == NameTable.none)
  }
}
