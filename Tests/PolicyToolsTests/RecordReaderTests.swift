import TestSupport
import Testing

@testable import PolicyTools

@Suite struct RecordReaderTests {
  static func read(_ bytes: [UInt8], chunk: Int = .max) -> [RecordedLine] {
    var reader = RecordReader(legacyEntities: ["customer"])
    var lines: [RecordedLine] = []
    var rest = bytes[...]
    while !rest.isEmpty {
      let part = Array(rest.prefix(chunk))
      part.withUnsafeBufferPointer { reader.read($0) { lines.append($0) } }
      rest = rest.dropFirst(part.count)
    }
    reader.finish { lines.append($0) }
    return lines
  }

  static func query(_ target: String, _ method: String = "GET", _ time: String? = nil) -> RecordedLine {
    .query(RecordedQuery(method: method, target: target, time: time.flatMap { LogInstant($0) }))
  }

  static let lines: [(String, RecordedLine)] = [
    ("/api/data/v9.2/a?$top=1", query("/api/data/v9.2/a?$top=1")),
    ("https://o.example/api/data/v9.2/a", query("/api/data/v9.2/a")),
    ("  msdynci_a?$top=1", query("/api/data/v9.2/msdynci_a?$top=1")),
    ("PATCH /api/data/v9.2/a", query("/api/data/v9.2/a", "PATCH")),
    ("", .blank), ("# comment", .blank),
    (
      #"10.0.0.1 - ada [21/Nov/2026:09:51:03 +0100] "GET /a?$filter=b%20eq%20'c' HTTP/1.1" 200 12 "-" "curl/8""#,
      query("/a?$filter=b%20eq%20'c'", "GET", "2026-11-21T08:51:03Z")
    ),
    (#"- - - [x] "GET /a?b=\x22c\x22 \\ d HTTP/2.0" 304 0"#, query(#"/a?b="c" \ d"#)),
    (#"- - - [x] "GET /a HTTP/1.1" 404 0"#, .unusable(.failed)),
    (#"- - - [x] "\x16\x03\x01" 400 0"#, query(#"/api/data/v9.2/- - - [x] "\x16\x03\x01" 400 0"#)),
    (#"{"time":"2026-11-21T09:51:03.5Z","target":"/a?x=\u0041"}"#, query("/a?x=A", "GET", "2026-11-21T09:51:03Z")),
    (#"{"url":"https://h/a","method":"POST","status":200}"#, query("/a", "POST")),
    (#"{"url":"/a","status":403}"#, .unusable(.failed)),
    (#"{"caller":{"url":"/inner"},"rule":"x"}"#, .unusable(.noTarget)),
    (#"{"verdict":"deny","shape":"41c1f4f3f1a2b7d0"}"#, .decision(shape: "41c1f4f3f1a2b7d0")),
    (#"{"target":17}"#, .unusable(.noTarget)), ("{not json", .unusable(.noTarget)),
  ]

  @Test(arguments: lines) func linesAreRead(text: String, expected: RecordedLine) {
    #expect(Self.read(Array(text.utf8)) == (text.isEmpty ? [] : [expected]))
    #expect(Self.read(Array((text + "\r\n").utf8)) == [expected])
  }

  @Test(arguments: [1, 2, 3, 7, 64]) func chunksChangeNothing(size: Int) {
    let text = "\u{FEFF}" + Self.lines.map(\.0).joined(separator: "\n")
    let whole = Self.read(Array(text.utf8))
    #expect(whole.count == Self.lines.count)
    #expect(whole == Self.lines.map(\.1))
    #expect(Self.read(Array(text.utf8), chunk: size) == whole)
  }

  @Test func linesHaveALimit() {
    func line(_ bytes: Int) -> [UInt8] { Array("/".utf8) + [UInt8](repeating: UInt8(ascii: "a"), count: bytes - 1) }
    let end = [UInt8(ascii: "\n")]
    let found = Self.read(
      line(LineSplitter.limit) + end + line(LineSplitter.limit + 1) + end + Array("/b".utf8), chunk: 1_000)
    #expect(found.count == 3)
    if case .query(let query) = found[0] { #expect(query.target.utf8.count == LineSplitter.limit) }
    #expect(found[1] == .unusable(.tooLong))
    #expect(found[2] == Self.query("/b"))
    #expect(Self.read([UInt8](repeating: 0x61, count: 3 * LineSplitter.limit)) == [.unusable(.tooLong)])
  }

  @Test func bytesThatAreNoTextAreCounted() {
    var numbers = SeededGenerator(seed: 7)
    var bytes: [UInt8] = []
    for _ in 0..<100_000 { bytes.append(UInt8.random(in: 0...255, using: &numbers)) }
    let found = Self.read(bytes, chunk: 4_096)
    #expect(found.count == bytes.split(separator: 10, omittingEmptySubsequences: false).count)
    #expect(found.contains(.unusable(.notText)))
    #expect(Self.read([0xFF, 0xFE, 10, 0x2F]) == [.unusable(.notText), Self.query("/")])
  }

  static let times: [(String, String?)] = [
    ("2026-11-21T09:51:03Z", "2026-11-21T09:51Z"), ("2026-11-21T00:10:00+01:00", "2026-11-20T23:10Z"),
    ("21/Nov/2026:09:51:03 -0230", "2026-11-21T12:21Z"), ("29/Feb/2024:00:00:00 +0000", "2024-02-29T00:00Z"),
    ("1969-12-31T23:59:00Z", "1969-12-31T23:59Z"), ("0001-01-01T00:00:00Z", "0001-01-01T00:00Z"),
    ("1970-01-01 00:00:00.123456Z", "1970-01-01T00:00Z"), ("2026-13-01T00:00:00Z", nil), ("2026-11-21", nil),
    ("2026-11-21T09:51:03", nil), ("21/Nix/2026:09:51:03 +0000", nil), ("2026-11-21T09:51:03Zx", nil), ("", nil),
  ]

  @Test(arguments: times) func timesAreRead(text: String, expected: String?) {
    #expect(LogInstant(text).map { "\($0)" } == expected)
  }
}
