import TestSupport
import Foundation
import ODataURL
import Testing

@testable import CustomerInsights

@Suite struct ExactValueTests {
  @Test(arguments: [
    ("0", "-0.000e5", 0), ("1", "1.0", 0), ("100", "1e2", 0), ("1e-2", "0.01", 0), ("007", "7", 0), ("1E+2", "100", 0),
    ("0.1", "0.10000000000000000000000000000000000001", -1), ("-1", "1", -1), ("-2", "-1", -1), ("-0.1", "0", -1),
    ("9", "10", -1), ("99", "100", -1), ("0.09", "0.1", -1),
    ("123456789012345678901234567890", "123456789012345678901234567891", -1),
    ("1e999999999", "1e999999998", 1), ("1e999999999", "-INF", 1), ("INF", "1e99999999999999999", 1), ("INF", "INF", 0),
    ("-INF", "-1e99999999999999999", -1), ("1e-999999999", "0", 1), ("0e99999999999999999999999", "0", 0),
    ("10e99999999999999999", "1e99999999999999999", 1),
    ("1e100000000000000000", "1e99999999999999999", 1), ("1e999999999999999999", "0.1e1000000000000000000", 0),
    ("10e999999999999999999", "1e1000000000000000000", 0), ("1000000e999999999999999999", "1e1000000000000000005", 0),
    ("0.000001e1000000000000000004", "1e999999999999999998", 0),
    ("100e-1000000000000000001", "1e-999999999999999999", 0),
    ("10e99999999999999999999", "1e100000000000000000000", 0),
    ("1e-99999999999999999999", "0.1e-99999999999999999998", 0),
    ("1e99999999999999999999", "1e99999999999999999998", 1), ("1e-99999999999999999999", "1e-99999999999999999998", -1),
    ("-1e99999999999999999999", "-1e99999999999999999998", -1), ("1e00000000000000000000002", "100", 0),
    ("1e-99999999999999999999", "0", 1), ("1e99999999999999999999", "INF", -1), ("2e100000000000000000000", "1e-5", 1),
  ])
  func numbersCompareByValue(left: String, right: String, expected: Int) throws {
    let (left, right) = (try #require(ExactNumber(left.utf8)), try #require(ExactNumber(right.utf8)))
    #expect(left.compared(with: right) == expected)
    #expect(right.compared(with: left) == -expected)
    #expect((left == right) == (expected == 0))
  }

  @Test(arguments: [
    "", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "1 ", " 1", "1,0", "--1", "inf", "Infinity", "nan", "-NaN", "1e5.0",
    "1_0", "١",
  ])
  func otherTextIsNoNumber(text: String) {
    #expect(ExactNumber(text.utf8) == nil)
  }

  @Test func notANumberComparesWithNothing() throws {
    let nan = try #require(ExactNumber("NaN".utf8))
    #expect(nan.isNaN && nan.compared(with: nan) == nil && nan.compared(with: ExactNumber(1)) == nil)
  }

  @Test func numbersInManyFormsCompareAsIntegersDo() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<3000 {
      let (left, right) = (random.below(2000) - 1000, random.below(2000) - 1000)
      let numbers = try [left, right].map { value in
        // A thousandth of the integer, with its point moved by an exponent.
        let shift = random.below(40) - 20
        let digits = String(abs(value)) + String(repeating: "0", count: random.below(3))
        let scale = digits.count - String(abs(value)).count
        let text =
          "\(value < 0 ? "-" : "")\(random.pick(["", "0", "00"]))\(digits)\(random.pick(["", ".0"]))e\(shift - scale)"
        return (try #require(ExactNumber(text.utf8)), shift)
      }
      guard numbers[0].1 == numbers[1].1 else { continue }
      #expect(numbers[0].0.compared(with: numbers[1].0) == (left - right).signum())
    }
    #expect(ExactNumber(.min).compared(with: ExactNumber(.max)) == -1)
  }

  // MARK: Times

  @Test(
    arguments: [
      ("2020-01-01T02:00:00+02:00", "2020-01-01T00:00:00Z"),
      ("2020-01-01T02:00:00.1234567890123450+02:30", "2019-12-31T23:30:00.1234567890123450Z"),
      ("2019-12-31T23:30:00-01:00", "2020-01-01T00:30:00Z"), ("2020-02-28T23:59-14:00", "2020-02-29T13:59Z"),
      ("2100-03-01T00:00:00+00:01", "2100-02-28T23:59:00Z"), ("2020-01-01T00:00:00+00:00", "2020-01-01T00:00:00Z"),
      ("2020-01-01t00:00:00-00:00", "2020-01-01T00:00:00Z"), ("0001-01-01T00:00:00+14:00", "0000-12-31T10:00:00Z"),
      // No change, or no time.
      ("2020-01-01T00:00:00Z", nil), ("2020-01-01T00:00:00.000z", nil), ("2020-01-01T00:00:00", nil),
      ("2020-01-01", nil),
      ("2020-02-30T00:00:00+01:00", nil), ("2020-01-01T24:00:00+01:00", nil), ("2020-01-01T00:60:00+01:00", nil),
      ("2020-01-01T00:00:60+01:00", nil), ("2020-01-01T00:00:00+14:01", nil), ("2020-01-01T00:00:00.+01:00", nil),
      ("2020-01-01 00:00:00+01:00", nil), ("2020-01-01T00:00:00+0100", nil), ("2020-01-01T00:00:00+01:00x", nil),
      ("2020-01-01T00:00:00+01:0", nil), ("0000-01-01T00:00:00+01:00", nil), ("9999-12-31T23:59:59-01:00", nil),
      ("a text of some length, really", nil), ("", nil),
    ] as [(String, String?)])
  func offsetsBecomeUTC(text: String, expected: String?) {
    let token = Array("\"\(text)\"".utf8)
    let utc = token.withUnsafeBufferPointer { Timestamp.utc(ofToken: $0) }
    #expect(utc.map { String(decoding: $0, as: UTF8.self) } == expected.map { "\"\($0)\"" })
    // In UTC it is the same instant, and needs no more change.
    if let utc, let before = Timestamp(token[1..<token.count - 1]), let after = Timestamp(utc[1..<utc.count - 1]) {
      #expect(Instant(before) == Instant(after))
      #expect(utc.withUnsafeBufferPointer { Timestamp.utc(ofToken: $0) } == nil)
    }
  }

  @Test(arguments: ["null", "12345678901234567890123456", "true", "\"", "\"\"", ""])
  func whatIsNoTextIsNoTime(token: String) {
    #expect(Array(token.utf8).withUnsafeBufferPointer { Timestamp.utc(ofToken: $0) } == nil)
  }

  @Test func daysCountAsFoundationCounts() throws {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = try #require(TimeZone(secondsFromGMT: 0))
    var random = SeededGenerator(seed: 4)
    // From 1600 on: Foundation's calendar is Julian before 1582.
    for days in [-1, 0, 1, 58, 59, 60, 11_016, 11_017]
      + (0..<2000).map({ _ in Int64(random.below(3_000_000) - 135_000) })
    {
      let date = calendar.dateComponents(
        [.year, .month, .day], from: Date(timeIntervalSince1970: Double(days) * 86_400))
      let civil = Timestamp.civil(days)
      #expect(date.year == Int(civil.year) && date.month == civil.month && date.day == civil.day)
      #expect(Timestamp.days(civil.year, civil.month, civil.day) == days)
    }
    for days in stride(from: Int64(-800_000), to: 100_000, by: 1237) {
      let civil = Timestamp.civil(days)
      #expect(Timestamp.days(civil.year, civil.month, civil.day) == days)
    }
  }

  @Test(arguments: [
    ("2020-01-01T10:00:00+02:00", "2020-01-01T08:00:00Z", 0), ("2020-01-01T10:00:00Z", "2020-01-01T10:00:00.0000Z", 0),
    ("2020-01-01T10:00:00.1Z", "2020-01-01T10:00:00.09999999999999999Z", 1), ("2020-01-01", "2020-01-01T00:00Z", 0),
    ("0000-01-01", "0001-01-01", -1), ("2020-01-01T00:00:00", "2020-01-01T00:00:00Z", 0),
    ("2020-01-01T10:00:00.123456789012Z", "2020-01-01T10:00:00.1234567890121Z", -1),
  ])
  func instantsCompareByTime(left: String, right: String, expected: Int) throws {
    let instants = try [left, right].map { Instant(try #require(Timestamp(Array($0.utf8)[...]))) }
    #expect(instants[0].compared(with: instants[1]) == expected)
    #expect(instants[1].compared(with: instants[0]) == -expected)
  }

  @Test(arguments: [
    "2020-01-01T10:00:00+02:00", "1969-12-31T23:59:59.999999999999Z", "0001-01-01T00:00:00.5-14:00",
    "2020-02-29T23:59Z",
    "2020-02-29",
  ])
  func literalsAndTextAreTheSameInstants(text: String) throws {
    let instant = Instant(try #require(Timestamp(Array(text.utf8)[...])))
    let tree = try expression(text)
    switch tree[tree.root] {
    case .literal(.dateTimeOffset(let literal)): #expect(Instant(literal) == instant)
    case .literal(.date(let literal)): #expect(Instant(literal) == instant)
    default: Issue.record("\(tree[tree.root])")
    }
  }
}
