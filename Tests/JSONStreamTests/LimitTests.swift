import JSONStream
import Testing

/// Each limit at n and n + 1, for every split.
@Suite struct LimitTests {
  @Test(arguments: ["[", "{\"a\":"])
  func depth(_ opening: String) {
    func document(_ levels: Int) -> [UInt8] {
      let closing = opening == "[" ? "]" : "}"
      let innermost = opening == "[" ? "" : "0"
      return Array(
        (String(repeating: opening, count: levels) + innermost + String(repeating: closing, count: levels)).utf8)
    }
    let limits = JSONLimits(depth: 3)
    for chunks in everySplit(document(3)) { #expect(reading(chunks, limits: limits).error == nil) }
    for chunks in everySplit(document(4)) {
      let error = reading(chunks, limits: limits).error
      #expect(error?.code == .depth)
      #expect(error?.offset == 3 * opening.utf8.count)
    }
  }

  @Test func depthIsThatOfOpenLevels() {
    #expect(reading("[[],[],[[]]]".utf8, limits: JSONLimits(depth: 3)).error == nil)
    #expect(reading("1".utf8, limits: JSONLimits(depth: 0)).error == nil)
    #expect(reading("[]".utf8, limits: JSONLimits(depth: 0)).error?.code == .depth)
    #expect(reading([UInt8](repeating: 0x5B, count: 100_000)).error?.offset == 32)
  }

  /// A token of so many bytes passes, and with one less it does not. What else is wrong with it does not matter then.
  @Test(arguments: [
    "\"abc\"", "\"\"", "\"é漢😀\"", "\"\\u00e9\\n\"", "\"\\ud83d\\ude00\"", "\"12345678901234567890\"", "12345",
    "-1.5e+10", "0",
    "true", "false", "null",
  ])
  func token(_ text: String) {
    let length = text.utf8.count
    for document in [text, "[\(text)]", " [9,\(text) ,8] "] + (text.hasPrefix("\"") ? ["{\(text):1}"] : []) {
      let start = document.utf8.count - document.drop { $0 != text.first }.utf8.count
      for chunks in everySplit(Array(document.utf8)) {
        #expect(reading(chunks, limits: JSONLimits(tokenBytes: length)).error == nil)
        let error = reading(chunks, limits: JSONLimits(tokenBytes: length - 1)).error
        #expect(error?.code == .tokenTooLong)
        #expect(length == 1 || error?.offset == start)
      }
    }
  }

  @Test(arguments: ["\"", "-", "1", "t", "\"abc"])
  func noToken(_ text: String) {
    #expect(reading(text.utf8, limits: JSONLimits(tokenBytes: 0)).error?.code == .tokenTooLong)
    #expect(reading(text.utf8, limits: JSONLimits(tokenBytes: -1)).error?.code == .tokenTooLong)
  }

  @Test func document() {
    let document = Array(" [1, 2] ".utf8)
    let whole = reading(document)
    for chunks in everySplit(document) {
      #expect(reading(chunks, limits: JSONLimits(documentBytes: document.count)) == whole)
      let longer = reading(chunks, limits: JSONLimits(documentBytes: document.count - 1))
      #expect(longer.events == whole.events)
      #expect(longer.error?.code == .documentTooLong)
      #expect(longer.error?.offset == document.count - 1)
    }
    #expect(reading("".utf8, limits: JSONLimits(documentBytes: -5)).error?.code == .truncated)
    #expect(reading("1".utf8, limits: JSONLimits(documentBytes: -5)).error?.code == .documentTooLong)
  }
}
