import TestSupport
import JSONStream
import Testing

/// Where chunks are cut changes nothing: neither events nor error nor its offset.
@Suite struct SplitTests {
  @Test(arguments: [
    "{\"@odata.context\":\"https:\\/\\/x\\/$metadata#a\",\"value\":[{\"a@b\":\"Ä 漢 😀\",\"a\":-12.50e+3,\"c\":null},{}]}",
    "\u{FEFF} [ true , false , null , 0 , -0.0 , \"\\ud83d\\ude00\\u00e9\\n\" ] ",
    "123.456e78", "\"\"", "[[[[[]]]]]",
    "[tru3]", "{\"a\":01}", "\"\\ud800\\u0041\"", "[1,2", "{\"a\":1}}", "\u{FEFF}\u{FEFF}", "[1.e]", "\"a\nb\"", "-",
    "", "nul",
  ])
  func giveTheSame(_ text: String) {
    let document = Array(text.utf8)
    let whole = reading(document)
    for chunks in everySplit(document) { #expect(reading(chunks) == whole) }
  }

  @Test func giveTheSameForIllFormedBytes() {
    for document in [
      [0x22, 0xF0, 0x9F, 0x98, 0x22], [0x22, 0xED, 0xA0, 0x80, 0x22], [0xEF, 0xBB, 0x31], [0x5B, 0xC3, 0xA4, 0x5D],
    ] as [[UInt8]] {
      let whole = reading(document)
      #expect(whole.error != nil)
      for chunks in everySplit(document) { #expect(reading(chunks) == whole) }
    }
  }

  /// Hexadecimal digits, of which whole escapes are read four at a time: every byte in every place of each half of a pair.
  @Test func giveTheSameForEveryByteOfEscapes() {
    for escape in ["\\u00e9", "\\uD83D", "\\ud83D\\udE00", "\\uDFFF", "\\u09aF"] {
      let bytes = Array(escape.utf8)
      for place in bytes.indices {
        for byte in UInt8.min...UInt8.max {
          var document = [UInt8(ascii: "\"")] + bytes + [UInt8(ascii: "x"), UInt8(ascii: "\"")]
          document[place + 1] = byte
          #expect(reading(document) == reading(document.map { [$0] }), "\(escape), \(place): \(byte)")
        }
      }
    }
  }

  @Test func giveTheSameForEveryEscapedUnit() {
    for unit in UInt32(0)...0xFFFF {
      let digits = String(unit, radix: 16, uppercase: unit % 2 == 0)
      let escape = "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      let isAlone = !(0xD800...0xDFFF).contains(unit)
      #expect((reading("\"\(escape)\"".utf8).error == nil) == isAlone, "\(escape)")
      guard unit % 16 == 0 else { continue }
      #expect(
        (reading("\"\(escape)\\uDC00\"".utf8).error == nil) == (0xD800...0xDBFF).contains(unit),
        "\(escape) as the first")
      #expect(
        (reading("\"\\ud800\(escape)\"".utf8).error == nil) == (0xDC00...0xDFFF).contains(unit),
        "\(escape) as the second")
    }
  }

  /// A reader that begins anew knows nothing of what it read, or failed to read, before.
  @Test(arguments: ["", "[1,2]", "{\"a\":[", "\"abc", "tru", "12", "{]", "[[[[[["])
  func beginAnew(before: String) throws {
    let document = Array(#"{"a":[1,"b",null],"c":{"d":-1.5e3}}"#.utf8)
    let whole = reading(document)
    for chunks in everySplit(document) {
      var reader = JSONReader(limits: JSONLimits(depth: 4))
      var recorder = Recorder()
      try? reader.read(Array(before.utf8), into: &recorder)
      reader.restart()
      recorder = Recorder()
      for chunk in chunks { try reader.read(chunk, into: &recorder) }
      try reader.finish(into: &recorder)
      #expect(recorder.events == whole.events)
    }
  }

  @Test func giveTheSameForRandomDocuments() {
    for seed in 0..<60 {
      var generator = DocumentGenerator(seed: UInt64(seed))
      let document = generator.document()
      let whole = reading(document)
      #expect(whole.error == nil)
      for chunks in everySplit(document) { #expect(reading(chunks) == whole, "seed \(seed)") }
    }
  }

  /// Documents with a few bytes changed, removed or doubled, read whole and in random pieces: never a crash, and the
  /// same verdict.
  @Test func giveTheSameForDamagedDocuments() {
    var random = SeededGenerator(seed: 7)
    let bytes = Array("{}[]\":,\\u0019eE+-.tfn \n".utf8) + [0x00, 0x1F, 0x80, 0xBF, 0xC2, 0xE0, 0xED, 0xEF, 0xF4, 0xFF]
    for seed in 0..<1500 {
      var generator = DocumentGenerator(seed: UInt64(seed % 200))
      var document = generator.document()
      for _ in 0..<Int.random(in: 1...3, using: &random) where !document.isEmpty {
        let place = Int.random(in: 0..<document.count, using: &random)
        switch Int.random(in: 0..<3, using: &random) {
        case 0: document[place] = bytes.randomElement(using: &random) ?? 0
        case 1: document.remove(at: place)
        default: document.insert(bytes.randomElement(using: &random) ?? 0, at: place)
        }
      }
      var chunks: [[UInt8]] = []
      var rest = document[...]
      while !rest.isEmpty {
        let length = Int.random(in: 0...min(9, rest.count), using: &random)
        chunks.append(Array(rest.prefix(length)))
        rest = rest.dropFirst(length)
      }
      let limits = JSONLimits(depth: 5, tokenBytes: 40, documentBytes: 300)
      #expect(reading(chunks, limits: limits) == reading(document, limits: limits), "seed \(seed)")
    }
  }
}
