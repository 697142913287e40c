import TestSupport
import JSONStream
import ODataURL
import Testing

@testable import CustomerInsights

@Suite struct RowOrderTests {
  /// - Parameter ofMembers: whether names are those of members of the JSON column.
  private static func order(_ items: [(String, Bool)], ofMembers: Bool = false) throws -> RowOrder {
    RowOrder(try items.map { OrderItem(try expression($0.0).naming { _ in ofMembers }, descending: $0.1) })
  }

  /// The tokens of column `a` in ascending order, and in descending order.
  private static func sorted(_ tokens: [String]) throws -> [[String]] {
    let rows = tokens.map { row(["a": $0]) }
    return try [false, true].map { descending in
      try order([("a", descending)]).sorted(rows).map { String(decoding: $0["a"] ?? [], as: UTF8.self) }
    }
  }

  @Test(arguments: [
    ["null", "false", "true", "-1e999999999", "-2", "-1.5", "0", "9", "10", "9007199254740992.5", "9007199254740993"],
    [#""2020-01-01T01:00:00+02:00""#, #""2020-01-01""#, #""2020-01-01T00:00:00.5Z""#, #""2020-01-01T00:00:01Z""#],
    [#""""#, #""10""#, #""9""#, #""a""#, #""B""#, #""c""#, #""ä""#], ["null", "1", #""2019-01-01""#, #""1""#],
  ])
  func valuesOfEachKindHaveTheirOrder(tokens: [String]) throws {
    var random = SeededGenerator(seed: 5)
    for _ in 0..<5 {
      let sorted = try Self.sorted(tokens.shuffled(using: &random))
      #expect(sorted[0] == tokens)
      #expect(sorted[1] == tokens.reversed())
    }
  }

  @Test func numbersInTheJSONColumnMayBeText() throws {
    let values = ["null", #""NaN""#, "-1", #""2""#, "9", #""10""#, #""9.5e1""#, #""x10""#, #""X9""#, "{}"]
    var random = SeededGenerator(seed: 6)
    let rows = values.shuffled(using: &random).map { unfolded(#"{"A":\#($0)}"#) }
    let sorted = try Self.order([("a", false)], ofMembers: true).sorted(rows).map { $0.string("json") }
    #expect(sorted == values.map { #"{"A":\#($0)}"# })
  }

  @Test func whatIsNotThereSortsAsNull() throws {
    let rows = [
      row(["a": "1", "b": "1"]), row(["b": "2"]), row(["json": "null", "b": "3"]), row(["a": "0", "b": "4"]),
    ]
    let sorted = try Self.order([("a", false)]).sorted(rows).map { $0["b"] }
    #expect(sorted == ["2", "3", "4", "1"].map { Array($0.utf8) })
  }

  @Test func noItemsLeaveTheRowsAlone() throws {
    let rows = [row(["a": "2"]), row(["a": "1"])]
    #expect(RowOrder([]).sorted(rows) == rows)
    #expect(try Self.order([("a", false)]).sorted([]).isEmpty)
  }

  @Test func itemsCountOneAfterTheOtherAndEqualRowsStay() throws {
    var random = SeededGenerator(seed: 7)
    for _ in 0..<50 {
      let rows = (0..<60).map { index in
        row(["a": "\(random.below(3))", "b": "\(random.below(3)).0", "place": "\(index)"])
      }
      func number(_ row: DataverseRow, _ name: String) -> Double {
        row[name].flatMap { Double(String(decoding: $0, as: UTF8.self)) } ?? 0
      }
      let expected = rows.sorted {
        (number($0, "a"), -number($0, "b"), number($0, "place"))
          < (number($1, "a"), -number($1, "b"), number($1, "place"))
      }
      #expect(try Self.order([("a", false), ("b", true)]).sorted(rows) == expected)
    }
  }

  /// Any two values compare one way, and the order of any three is sound.
  @Test func theOrderIsTotal() throws {
    let tokens = [
      "null", "true", "1", "1.0", #""1""#, #""01""#, #""NaN""#, #""INF""#, #""a""#, #""A""#, #""2020-01-01""#,
      #""2020-01-01T00:00:00Z""#, "[]", "{}", #""""#, "-1e99999999999999999999",
    ].map { unfolded(#"{"a":\#($0)}"#) }
    let order = try Self.order([("a", false)], ofMembers: true)
    func isBefore(_ left: DataverseRow, _ right: DataverseRow) -> Bool {
      // Stable: a pair that is turned round was in strict order.
      order.sorted([right, left]) == [left, right] && left != right
    }
    for left in tokens {
      for right in tokens where left != right {
        #expect(!(isBefore(left, right) && isBefore(right, left)))
        for third in tokens where isBefore(left, right) && isBefore(right, third) {
          #expect(isBefore(left, third))
        }
      }
    }
  }

  @Test(arguments: [("a", true), ("tolower(a)", true), ("length(a)", true), ("a add 1", false), ("year(a)", false)])
  func whatCanBeSortedByIsKnownBefore(item: String, expected: Bool) throws {
    #expect(RowOrder.canSort([OrderItem(try expression(item))]) == expected)
  }
}
