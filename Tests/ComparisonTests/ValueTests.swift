import TestSupport
import Testing

@testable import Comparison

@Suite struct ValueTests {
  /// Two values as JSON → whether they are the same by the usual rules.
  static let pairs: [(String, String, Bool)] = [
    ("1", "1.0", true), ("1", "10e-1", true), ("100", "1E+2", true), ("0", "-0.000e9", true), ("1", "-1", false),
    ("0.1", "0.10000000000000000000001", false), ("9007199254740993", "9007199254740992", false),
    ("9223372036854775807", "9223372036854775807.0", true), ("1e400", "1e401", false), ("1e400", "10e399", true),
    ("1e99999999999999999999", "1e99999999999999999999", true),
    ("1e99999999999999999999", "1e99999999999999999998", false),
    ("3743.740", "3743.74", true), ("12", "120", false), ("1", "\"1\"", false), ("true", "false", false),
    ("true", "\"true\"", false), ("null", "0", false), ("null", "null", true),
    (#""2020-01-01T00:00:00Z""#, #""2020-01-01T00:00:00.000Z""#, true),
    (#""2020-01-01T00:00:00Z""#, #""2020-01-01T00:00:00+00:00""#, true),
    (#""2020-01-01T00:00:00Z""#, #""2019-12-31T16:30:00-07:30""#, true),
    (#""2020-01-01T00:00Z""#, #""2020-01-01T00:00:00z""#, true),
    (#""2020-01-01T00:00:00.1230000Z""#, #""2020-01-01T00:00:00.123Z""#, true),
    (#""2020-01-01T00:00:00.1230001Z""#, #""2020-01-01T00:00:00.123Z""#, false),
    (#""2020-01-01T00:00:00Z""#, #""2020-01-01T00:00:00""#, false),
    (#""2020-01-01T00:00:00Z""#, #""2020-01-01""#, false),
    (#""2020-02-29T24:00:00Z""#, #""2020-03-01T00:00:00Z""#, false),
    (#""2019-02-29T00:00:00Z""#, #""2019-03-01T00:00:00Z""#, false),
    (#""0001-01-01T00:00:00Z""#, #""0001-01-01T01:00:00+01:00""#, true),
    (#""ce759201f786d590bf2134bff576c369""#, #""CE759201-F786-D590-BF21-34BFF576C369""#, true),
    (#""{ce759201-f786-d590-bf21-34bff576c369}""#, #""ce759201f786d590bf2134bff576c369""#, true),
    (#""ce759201f786d590bf2134bff576c36""#, #""CE759201F786D590BF2134BFF576C36""#, false),
    (#""ce759201f-786-d590-bf21-34bff576c369""#, #""ce759201f786d590bf2134bff576c369""#, false),
    // One accented letter in two spellings: the same to `String`, and different to whoever reads the answer.
    (#""é""#, "\"e\u{301}\"", false), (#""é""#, #""\u00e9""#, true), (#""a""#, #""A""#, false),
    ("[1,2]", "[2,1]", false), (#"[{"a":1},{"a":2}]"#, #"[{"a":2},{"a":1}]"#, true), ("[]", "{}", false),
    (#"{"a":1,"b":2}"#, #"{"b":2,"a":1.0}"#, true), (#"{"a":1}"#, #"{"A":1}"#, false),
    (#"{"a":1}"#, #"{"a":1,"b":null}"#, false),
  ]

  @Test(arguments: pairs)
  func valuesAreTheSameOrNot(left: String, right: String, same: Bool) throws {
    let form = CanonicalForm(rules: ComparisonRules())
    let forms = try [left, right].map { form.bytes(of: try JSONValue(Array($0.utf8))) }
    #expect((forms[0] == forms[1]) == same)
    // What finds differences and what only tells whether there are any must agree, whichever side is which.
    #expect(try differences(#"{"x":\#(left)}"#, #"{"x":\#(right)}"#).isEmpty == same)
    #expect(try differences(#"{"x":\#(right)}"#, #"{"x":\#(left)}"#).isEmpty == same)
  }

  @Test func rulesChangeWhatIsTheSame() throws {
    let guid = #"{"x":"CE759201-F786-D590-BF21-34BFF576C369"}"#
    #expect(try differences(guid, #"{"x":"ce759201f786d590bf2134bff576c369"}"#) { $0.exactIDs = true }.count == 1)
    #expect(try differences(#"{"Name":1,"name":2}"#, #"{"name":2,"NAME":1}"#) { $0.ignoresNameCase = true }.isEmpty)
    #expect(try differences(#"{"Name":1}"#, #"{"NAME":3}"#) { $0.ignoresNameCase = true } == ["Name: 1 and 3"])
    #expect(try differences(#"{"a":1}"#, #"{"a":1,"b":null}"#) { $0.absentIsNull = true }.isEmpty)
    #expect(try differences(#"{"a":1}"#, #"{"a":1,"b":0}"#) { $0.absentIsNull = true }.count == 1)
  }

  /// Instants against a calendar that is counted day by day.
  @Test func daysAreCountedAsTheCalendarDoes() {
    var day: Int64 = 0
    for year in 1970...2110 {
      for month in 1...12 {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        let length = month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
        for date in [1, length] {
          let text = "\(year)-\(month < 10 ? "0" : "")\(month)-\(date < 10 ? "0" : "")\(date)T00:00:00Z"
          #expect(Instant(text)?.seconds == (day + Int64(date) - 1) * 86_400, "\(text)")
        }
        day += Int64(length)
      }
    }
    #expect(Instant("1969-12-31T23:59:59Z")?.seconds == -1)
  }

  @Test(arguments: [
    "", "2020", "2020-01-01T00:00:60Z", "2020-13-01T00:00:00Z", "2020-00-01T00:00:00Z", "2020-01-00T00:00:00Z",
    "2020-01-01T00:00:00.Z", "2020-01-01T00:00:00+0100", "2020-01-01T00:00:00ZZ", "2020-01-01 00:00:00Z",
    "2020-01-01T00:00:00+24:00", "+020-01-01T00:00:00Z", "2020-01-01T00:00:00.\(String(repeating: "0", count: 64))Z",
  ])
  func otherTextsAreNoInstants(text: String) { #expect(Instant(text) == nil) }

  /// The same document, written in another order and with other spellings of its numbers and dates.
  @Test func respellingChangesNothing() throws {
    var numbers = SeededGenerator(seed: 5)
    for _ in 0..<300 {
      let value = Respelled.make(depth: 3, using: &numbers)
      let (left, right) = (value.text(shuffled: false, using: &numbers), value.text(shuffled: true, using: &numbers))
      #expect(try differences(left, right).isEmpty, "\(left) and \(right)")
      let other = #"{"value":\#(left),"more":1}"#
      #expect(try !differences(left, other).isEmpty)
    }
  }

  private indirect enum Respelled {
    case number(Int), instant(Int), text(String), null
    case object([(String, Respelled)]), rows([Respelled])

    static func make(depth: Int, using numbers: inout SeededGenerator) -> Respelled {
      switch Int.random(in: 0..<(depth > 0 ? 6 : 4), using: &numbers) {
      case 0: .number(Int.random(in: -99...99, using: &numbers))
      case 1: .instant(Int.random(in: 10...59, using: &numbers))
      case 2: .text(String(UInt8.random(in: 0...255, using: &numbers), radix: 16))
      case 3: .null
      case 4:
        .object(
          (0..<Int.random(in: 0..<4, using: &numbers)).map { ("m\($0)", make(depth: depth - 1, using: &numbers)) })
      default:
        .rows(
          (0..<Int.random(in: 0..<4, using: &numbers)).map {
            .object([("CustomerId", .number($0)), ("x", make(depth: depth - 1, using: &numbers))])
          })
      }
    }

    func text(shuffled: Bool, using numbers: inout SeededGenerator) -> String {
      switch self {
      case .number(let value): return shuffled ? "\(value).00e0" : "\(value)"
      case .instant(let minute):
        return shuffled ? "\"2024-02-29T01:\(minute):00.00+01:00\"" : "\"2024-02-29T00:\(minute):00Z\""
      case .text(let text): return "\"\(text)\""
      case .null: return "null"
      case .object(let members):
        let parts = (shuffled ? members.shuffled(using: &numbers) : members).map {
          "\"\($0.0)\":\($0.1.text(shuffled: shuffled, using: &numbers))"
        }
        return "{\(parts.joined(separator: ","))}"
      case .rows(let rows):
        let parts = (shuffled ? rows.shuffled(using: &numbers) : rows).map {
          $0.text(shuffled: shuffled, using: &numbers)
        }
        return "[\(parts.joined(separator: ","))]"
      }
    }
  }

  /// Pattern, path of the member → whether it is left out.
  @Test(arguments: [
    ("Name", "Name", true), ("name", "NAME", true), ("Name", "a/Name", true), ("a/Name", "Name", false),
    ("a/Name", "b/a/Name", true), ("a/Name", "b/Name", false), ("*@odata.etag", "x@odata.etag", true),
    ("x@*", "x@odata.etag", true), ("*data*", "x@odata.etag", true), ("*", "x", true), ("Nam", "Name", false),
    ("*/Name", "a/Name", true), ("*/Name", "Name", false),
  ])
  func membersAreLeftOutByName(pattern: String, path: String, matches: Bool) throws {
    var ignored = IgnoredMembers.none
    try ignored.add(pattern)
    let names = path.split(separator: "/").map(String.init)
    #expect(ignored.matches(names.dropLast(), names[names.count - 1]) == matches)
  }

  @Test(arguments: ["", "a//b", "/a", "a/", "a*b"])
  func otherPatternsAreMistakes(pattern: String) {
    var ignored = IgnoredMembers.none
    #expect(throws: ComparisonMistake.self) { try ignored.add(pattern) }
  }

  @Test func usualPatternsAreAllUnderstood() throws {
    var ignored = IgnoredMembers.none
    for pattern in IgnoredMembers.usualPatterns { try ignored.add(pattern) }
    #expect(IgnoredMembers.usual.matches(["value"], "ownerid@odata.navigationLink"))
    #expect(IgnoredMembers.usual.matches([], "@odata.context"))
    #expect(!IgnoredMembers.usual.matches([], "@odata.count"))
  }
}
