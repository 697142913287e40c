import Testing

@testable import Gateway

@Suite struct RequestBeginningTests {
  /// Feeds chunks; those that make a head whole are marked.
  private static func line(_ chunks: [(String, hasHead: Bool)], atEnd: Bool = false) -> String? {
    var beginning = RequestBeginning()
    for (index, (text, hasHead)) in chunks.enumerated() {
      Array(text.utf8).withUnsafeBytes { beginning.take($0) }
      if hasHead { beginning.noteHead() }
      // The decoder tells of errors while it has the bytes.
      if index < chunks.count - 1 || atEnd { beginning.settle() }
    }
    return beginning.line.map { "\($0.method) \($0.target)" }
  }

  @Test(
    arguments: [
      ("GET /v1/x HTTP/1.1\r\n", "GET /v1/x"), ("GET /v1/x", "GET /v1/x"), ("GET /", "GET /"),
      ("\r\n\nHEAD /a?b HTTP/9\r\n", "HEAD /a?b"), ("brew /a b\r\n", "brew /a"), ("GET /a\rb", "GET /a"),
      ("GET http://h:1/v1?x HTTP/1.1", "GET /v1?x"), ("GET https://h?x\n", "GET /?x"), ("GET /é/b ", "GET /é/b"),
      ("GET", nil), ("GET ", nil), ("", nil), ("GET v1/x", nil), ("GET  /x", nil), (" /x", nil), ("G3T /x", nil),
      ("\u{1} /x", nil), ("CONNECT a:1 HTTP/1.1", nil), ("OPTIONS * HTTP/1.1", nil), ("\r\n", nil),
    ] as [(String, String?)])
  func aBeginningIsRead(text: String, line: String?) {
    #expect(Self.line([(text, false)]) == line)
    // However it comes.
    let bytes = Array(text.utf8)
    for split in bytes.indices {
      var beginning = RequestBeginning()
      for part in [bytes[..<split], bytes[split...]] {
        part.withUnsafeBytes { beginning.take($0) }
        beginning.settle()
      }
      #expect(beginning.line.map { "\($0.method) \($0.target)" } == line)
    }
  }

  private static let first = "GET /first HTTP/1.1\r\nHost: a\r\n\r\n"

  @Test(
    arguments: [
      ([(first, true), ("GET /b", false)], "GET /b"),
      ([(first, true), (first, true), ("GET /b", false)], "GET /b"),
      ([(first + first, true), ("GET /b", false)], "GET /b"),
      ([("GET /a HTTP/1.1\n\n", true), ("GET /b", false)], "GET /b"),
      ([("GET /a HTTP/1.1\r\nA: b\r\n", false), ("\r\n", true), ("GET /b", false)], nil),
      // Within the bytes of the one before it: nothing is guessed, there or behind.
      ([(first + "GET /b", true)], nil), ([(first + "GET /b", true), ("c HTTP/1.1\r\n", false)], nil),
      ([(first + "POST /b HTTP/1.1\r\nA: ", true), ("GET /c", false)], nil),
      // Known again behind a request that ends with the bytes.
      ([(first + "GET /b", true), (" HTTP/1.1\r\n\r\n", true), ("GET /c", false)], "GET /c"),
    ] as [([(String, hasHead: Bool)], String?)])
  func onlyTheRequestAtHandCounts(chunks: [(String, hasHead: Bool)], line: String?) {
    #expect(Self.line(chunks) == line)
  }

  @Test func aHeadThatCameWholeIsOver() {
    #expect(Self.line([(Self.first, true)]) == nil)
    #expect(Self.line([(Self.first, true)], atEnd: true) == nil)
  }

  /// As much is kept as is needed, however much comes.
  @Test func littleIsKept() {
    var beginning = RequestBeginning()
    let text = Array(("GET /" + String(repeating: "y", count: 2000)).utf8)
    for byte in text { [byte].withUnsafeBytes { beginning.take($0) } }
    #expect(beginning.line?.target.utf8.count == RequestBeginning.limit - 4)
  }
}
