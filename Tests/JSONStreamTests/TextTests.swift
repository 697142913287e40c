import TestSupport
import JSONStream
import Testing

@Suite struct TextTests {
  private func decode(_ token: [UInt8]) throws -> [UInt8] {
    try token.withUnsafeBufferPointer { (raw) throws(JSONStreamError) in try JSONText.decode(raw) }
  }

  private func equals(_ token: String, _ text: String) -> Bool {
    Array(token.utf8).withUnsafeBufferPointer { JSONText.equals($0, text) }
  }

  @Test(arguments: [
    ("\"\"", ""), ("\"abc\"", "abc"), ("\"\\\"\\\\\\/\"", "\"\\/"), ("\"\\b\\f\\n\\r\\t\"", "\u{8}\u{C}\n\r\t"),
    ("\"\\u0041b\\u00E9\\u00e9\"", "Abéé"), ("\"\\uD83D\\uDE00!\"", "😀!"), ("\"x\\u0000y\"", "x\u{0}y"),
    ("\"漢\\n\"", "漢\n"),
    ("\"\\uDBFF\\uDFFF\\uFFFF\"", "\u{10FFFF}\u{FFFF}"),
  ])
  func decodes(_ token: String, _ text: String) throws {
    #expect(try decode(Array(token.utf8)) == Array(text.utf8))
    let string = try Array(token.utf8).withUnsafeBufferPointer { (raw) throws(JSONStreamError) in
      try JSONText.decodeString(raw)
    }
    #expect(Array(string.utf8) == Array(text.utf8))
  }

  /// What was in the room before does not matter.
  @Test func decodesIntoRoomThatIsUsedAgain() throws {
    var room: [UInt8] = []
    for (token, text) in [
      (#""a long text without any escape""#, "a long text without any escape"), (#""\"\u00e9\"""#, "\"é\""),
      (#""""#, ""),
      (#""\ud83d\ude00\n""#, "😀\n"), (#""1234567\t1234567890\\""#, "1234567\t1234567890\\"),
    ] {
      let count = try Array(token.utf8).withUnsafeBufferPointer { (raw) throws(JSONStreamError) in
        try JSONText.decode(raw, into: &room)
      }
      #expect(Array(room[..<count]) == Array(text.utf8), "\(token)")
    }
  }

  @Test(arguments: [
    "", "\"", "a", "abc", "\"abc", "abc\"", "\"\\\"", "\"\\x\"", "\"\\u00\"", "\"\\u00g0\"", "\"\\ud800\"",
    "\"\\ud800\\n____\"",
    "\"\\udc00\"", "\"\\ud800\\u0041\"",
  ])
  func refuses(_ token: String) {
    #expect(throws: JSONStreamError.self) { try decode(Array(token.utf8)) }
    #expect(throws: JSONStreamError.self) {
      try Array(token.utf8).withUnsafeBufferPointer { (raw) throws(JSONStreamError) in try JSONText.decodeString(raw) }
    }
    #expect(!equals(token, "a") && !equals(token, "b"))
  }

  @Test(arguments: [
    ("a\"b\\c/d", "\"a\\\"b\\\\c/d\""), ("\u{0}\u{1}\u{1F} \u{7F}", "\"\\u0000\\u0001\\u001f \u{7F}\""),
    ("\u{8}\u{C}\n\r\t", "\"\\b\\f\\n\\r\\t\""), ("é漢😀", "\"é漢😀\""), ("", "\"\""),
  ])
  func encodes(_ text: String, _ token: String) {
    #expect(JSONText.encode(text) == Array(token.utf8))
  }

  @Test func encodeAndDecodeAreInverse() throws {
    var random = SeededGenerator(seed: 3)
    for _ in 0..<500 {
      var text = String.UnicodeScalarView()
      for _ in 0..<Int.random(in: 0..<20, using: &random) {
        let limit: UInt32 = [0x80, 0x80, 0x800, 0x10000, 0x110000].randomElement(using: &random) ?? 0x80
        if let scalar = Unicode.Scalar(UInt32.random(in: 0..<limit, using: &random)) { text.append(scalar) }
      }
      let token = JSONText.encode(String(text))
      #expect(reading(token).error == nil)
      #expect(try decode(token) == Array(String(text).utf8))
      #expect(token.withUnsafeBufferPointer { JSONText.equals($0, String(text)) })
    }
  }

  @Test(arguments: [
    ("\"value\"", "value", true), ("\"\"", "", true), ("\"valu\"", "value", false), ("\"value2\"", "value", false),
    ("\"valuE\"", "value", false), ("\"\\u0076alue\"", "value", true), ("\"\\u0077alue\"", "value", false),
    ("\"a\\/b\"", "a/b", true), ("\"a\\\\b\"", "a\\b", true), ("\"a\\nb\"", "a\\nb", false),
    ("\"\\u0040odata.etag\"", "@odata.etag", true),
    // Canonically equivalent, but other names.
    ("\"\u{E9}\"", "e\u{301}", false), ("\"e\u{301}\"", "\u{E9}", false), ("\"e\u{301}\"", "e\u{301}", true),
  ])
  func comparesWhatANameSpells(_ token: String, _ text: String, _ same: Bool) {
    #expect(equals(token, text) == same)
  }
}
