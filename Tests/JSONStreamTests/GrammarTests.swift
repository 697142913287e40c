import JSONStream
import Testing

@Suite struct GrammarTests {
  @Test(arguments: [
    ("{}", ["{", "}"]),
    ("[]", ["[", "]"]),
    (" [ ] ", ["[", "]"]),
    ("{\"a\":1}", ["{", "name \"a\"", "number 1", "}"]),
    ("{\"\":\"\"}", ["{", "name \"\"", "string \"\"", "}"]),
    (
      "{\"a\":{\"b\":[1,{}]},\"c\":null}",
      ["{", "name \"a\"", "{", "name \"b\"", "[", "number 1", "{", "}", "]", "}", "name \"c\"", "null null", "}"]
    ),
    ("[true,false,null]", ["[", "bool true", "bool false", "null null", "]"]),
    ("[[],[[]]]", ["[", "[", "]", "[", "[", "]", "]", "]"]),
    ("\"top\"", ["string \"top\""]),
    ("true", ["bool true"]),
    ("null ", ["null null"]),
    ("-0", ["number -0"]),
    ("0", ["number 0"]),
    ("20000.0000", ["number 20000.0000"]),
    (
      "[9007199254740993,-1.50e+10,1E400,0.1e-2]",
      ["[", "number 9007199254740993", "number -1.50e+10", "number 1E400", "number 0.1e-2", "]"]
    ),
    ("{\"a\":1,\"a\":2}", ["{", "name \"a\"", "number 1", "name \"a\"", "number 2", "}"]),
    ("\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\"", ["string \"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0000\""]),
    ("\"\\uD83D\\uDE00\\ud834\\udd1e\"", ["string \"\\uD83D\\uDE00\\ud834\\udd1e\""]),
    ("\"\\uFFFE\\uFFFF\"", ["string \"\\uFFFE\\uFFFF\""]),
    (
      "\"\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\u{2028}\"",
      ["string \"\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}\u{10000}\u{10FFFF}\u{2028}\""]
    ),
    ("\u{FEFF}[1]", ["[", "number 1", "]"]),
    ("\u{FEFF} 1", ["number 1"]),
  ])
  func takes(_ document: String, _ events: [String]) {
    #expect(reading(document.utf8) == Outcome(events: events))
  }

  /// Document, code, offset of the first byte that is wrong.
  @Test(
    arguments: [
      ("", .truncated, 0), (" ", .truncated, 1), ("{", .truncated, 1), ("[", .truncated, 1), ("[1", .truncated, 2),
      ("[1,", .truncated, 3), ("{\"a\"", .truncated, 4), ("{\"a\":", .truncated, 5), ("{\"a\":1", .truncated, 6),
      ("{\"a\":1,", .truncated, 7), ("\"a", .truncated, 2), ("\"\\", .truncated, 2), ("\"\\u00", .truncated, 5),
      ("tru", .truncated, 3), ("-", .truncated, 1), ("1.", .truncated, 2), ("1e", .truncated, 2),
      ("1e+", .truncated, 3),
      ("\u{FEFF}", .truncated, 3), ("\"\\ud800", .truncated, 7),
      ("]", .syntax, 0), ("}", .syntax, 0), ("[}", .syntax, 1), ("{]", .syntax, 1), ("[1}", .syntax, 2),
      ("{\"a\":1]", .syntax, 6), ("[1]]", .syntax, 3), ("[1],", .syntax, 3), ("[1] 2", .syntax, 4),
      ("{}{}", .syntax, 2),
      ("1 1", .syntax, 2), ("\"a\"\"b\"", .syntax, 3), ("null x", .syntax, 5), ("nullx", .syntax, 4),
      ("[,]", .syntax, 1), ("[1,]", .syntax, 3), ("[1,,2]", .syntax, 3), ("[1 2]", .syntax, 3), ("[1:2]", .syntax, 2),
      ("{,}", .syntax, 1), ("{\"a\":1,}", .syntax, 7), ("{\"a\" 1}", .syntax, 5), ("{\"a\",1}", .syntax, 4),
      ("{\"a\":}", .syntax, 5), ("{\"a\"}", .syntax, 4), ("{\"a\"::1}", .syntax, 5), ("{a:1}", .syntax, 1),
      ("{1:1}", .syntax, 1), ("{null:1}", .syntax, 1), ("{'a':1}", .syntax, 1), ("{\"a\":1 \"b\":2}", .syntax, 7),
      ("{[]:1}", .syntax, 1), ("{\"a\" \"b\"}", .syntax, 5), (":", .syntax, 0), (",", .syntax, 0),
      ("True", .syntax, 0), ("nul1", .syntax, 3), ("fals]", .syntax, 4), ("truE", .syntax, 3), ("NaN", .syntax, 0),
      ("nan", .syntax, 1), ("Infinity", .syntax, 0), ("-Infinity", .syntax, 1), ("undefined", .syntax, 0),
      ("01", .syntax, 1), ("-01", .syntax, 2), ("+1", .syntax, 0), (".5", .syntax, 0), ("-.5", .syntax, 1),
      ("1.]", .syntax, 2), ("[1.e2]", .syntax, 3), ("1e]", .syntax, 2), ("[1e+]", .syntax, 4), ("0x10", .syntax, 1),
      ("--1", .syntax, 1), ("1.2.3", .syntax, 3), ("1e2.5", .syntax, 3), ("1_000", .syntax, 1), ("[-]", .syntax, 2),
      ("1a", .syntax, 1), ("１", .syntax, 1),
      ("\"\t\"", .syntax, 1), ("\"\n\"", .syntax, 1), ("\"\u{0}\"", .syntax, 1), ("\"12345678\u{1F}\"", .syntax, 9),
      ("\"\\x41\"", .syntax, 2), ("\"\\'\"", .syntax, 2), ("\"\\a\"", .syntax, 2), ("\"\\U0041\"", .syntax, 2),
      ("\"\\u00G0\"", .syntax, 5), ("\"\\u 041\"", .syntax, 3), ("\"\\\u{0}\"", .syntax, 2), ("'a'", .syntax, 0),
      ("// c\n1", .syntax, 0), ("/**/1", .syntax, 0), ("#\n1", .syntax, 0), ("\u{0B}1", .syntax, 0),
      ("\u{A0}1", .syntax, 0), ("1\u{0}", .syntax, 1), ("\u{0}", .syntax, 0),
      ("\u{FEFF}\u{FEFF}1", .syntax, 3), (" \u{FEFF}1", .syntax, 1), ("[\u{FEFF}]", .syntax, 1),
      ("\"\\ud800\"", .encoding, 7), ("\"\\udc00\"", .encoding, 6), ("\"\\ud800x\"", .encoding, 7),
      ("\"\\ud800\\n\"", .encoding, 8), ("\"\\ud800\\ud800\"", .encoding, 12), ("\"\\ud800\\u0041\"", .encoding, 12),
      ("\"\\udc00\\ud800\"", .encoding, 6), ("\"\\ud83d\\ude00\\ude00\"", .encoding, 18),
    ] as [(String, JSONStreamError.Code, Int)])
  func refuses(_ document: String, _ code: JSONStreamError.Code, _ offset: Int) {
    let error = reading(document.utf8).error
    #expect(error?.code == code)
    #expect(error?.offset == offset)
  }

  /// Bytes between two quotes, and which of them is the first wrong one.
  @Test(
    arguments: [
      ([0x80], 0), ([0xBF], 0), ([0xFE], 0), ([0xFF], 0),
      ([0xC0, 0x80], 0), ([0xC1, 0xBF], 0), ([0xC2, 0x20], 1), ([0xC2, 0xC2], 1),
      ([0xE0, 0x9F, 0xBF], 1), ([0xE0, 0xA0, 0x7F], 2), ([0xE1, 0x80, 0xC0], 2), ([0xED, 0xA0, 0x80], 1),
      ([0xED, 0xBF, 0xBF], 1), ([0xEF, 0xBF, 0x22], 2),
      ([0xF0, 0x8F, 0xBF, 0xBF], 1), ([0xF0, 0x90, 0x80, 0x7F], 3), ([0xF4, 0x90, 0x80, 0x80], 1),
      ([0xF5, 0x80, 0x80, 0x80], 0), ([0xF1, 0x80, 0x80], 3),
      ([0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0xFF], 8),
    ] as [([UInt8], Int)])
  func refusesIllFormedUTF8(_ bytes: [UInt8], _ wrong: Int) {
    let quote = UInt8(ascii: "\"")
    let error = reading([quote] + bytes + [quote]).error
    #expect(error?.code == .encoding)
    #expect(error?.offset == wrong + 1)
  }

  /// Outside strings only ASCII stands; of what begins like a byte order mark, only the mark passes.
  @Test(arguments: [[0xEF], [0xEF, 0xBB]] as [[UInt8]])
  func refusesAHalfByteOrderMark(_ mark: [UInt8]) {
    #expect(reading(mark).error?.code == .truncated)
    #expect(reading(mark + Array("1".utf8)).error?.code == .syntax)
  }

  /// Every byte at every place of a plain run, so that the search eight at a time misses none.
  @Test func findsEverySpecialByteAtEveryPlace() {
    for length in 0..<20 {
      for place in 0...length {
        for byte in UInt8.min...UInt8.max where byte < 0x20 || byte >= 0x80 || byte == 0x22 || byte == 0x5C {
          var inner = [UInt8](repeating: 0x61, count: length)
          inner.insert(byte, at: place)
          let outcome = reading([0x22] + inner + [0x22])
          #expect(
            outcome.error != nil && outcome.error?.offset ?? 0 >= place + 1, "byte \(byte) at \(place) of \(length)")
        }
      }
    }
  }

  @Test func staysStopped() {
    var reader = JSONReader()
    var recorder = Recorder()
    let first = #expect(throws: JSONStreamError.self) { try reader.read(Array("[1,}".utf8), into: &recorder) }
    let again = #expect(throws: JSONStreamError.self) { try reader.read(Array("2]".utf8), into: &recorder) }
    let end = #expect(throws: JSONStreamError.self) { try reader.finish(into: &recorder) }
    #expect(first?.offset == 3)
    #expect(again == first)
    #expect(end == first)
    #expect(recorder.events == ["[", "number 1"])
  }

  @Test func takesNothingAfterTheEnd() throws {
    var reader = JSONReader()
    var recorder = Recorder()
    try reader.read(Array("12".utf8), into: &recorder)
    try reader.finish(into: &recorder)
    try reader.finish(into: &recorder)
    #expect(throws: JSONStreamError.self) { try reader.read(Array("3".utf8), into: &recorder) }
    #expect(recorder.events == ["number 12"])
  }
}
