import JSONStream
import TestSupport
import Testing

@Suite struct NameTrailTests {
  /// Looks a name up as a reader does.
  private static func look(
    _ trail: inout NameTrail, _ token: String, behind: String = ":1", scope: Int = 0, number: Int
  ) -> (number: Int, isKnown: Bool) {
    let bytes = Array((token + behind).utf8)
    return bytes.withUnsafeBufferPointer { bytes in
      guard let start = bytes.baseAddress else { return (number, false) }
      var found = NameTable.none
      let length = trail.take(start, bytes.count, scope: scope, number: &found)
      if length > 0 {
        #expect(length == token.utf8.count + 1)
        return (found, true)
      }
      let text = UnsafeBufferPointer(rebasing: bytes[..<token.utf8.count])
      if let known = trail.find(text, scope: scope) { return (known, false) }
      trail.remember(text, scope: scope, number: number)
      return (number, false)
    }
  }

  @Test func namesInTheirOrderAreKnown() {
    var trail = NameTrail()
    let names = ["\"a\"", "\"msdynci_customerid\"", "\"é\"", "\"\\u0061\"", "\"\"", "\"12345678\""]
    for round in 0..<4 {
      for (number, name) in names.enumerated() {
        let found = Self.look(&trail, name, number: number)
        // The first of the second round comes behind the last for the first time.
        #expect(found.number == number && found.isKnown == (round > 1 || round == 1 && number > 0), "\(round), \(name)")
      }
    }
  }

  @Test func aNameThatComesNowAndThenIsKnown() {
    var trail = NameTrail()
    for round in 0..<12 {
      for (number, name) in ["\"first\"", "\"second\"", "\"third\""].enumerated() where number != 1 || round % 3 > 0 {
        let found = Self.look(&trail, name, number: number)
        #expect(found.number == number && (found.isKnown || round < 3), "\(round), \(name)")
      }
    }
  }

  /// What stands there is compared to its end, and with its colon.
  @Test(arguments: [
    ("\"name\"", ":", true), ("\"name\"", " :", false), ("\"name\"", "", false), ("\"nam\"", ":", false),
    ("\"name2\"", ":", false), ("\"Name\"", ":", false), ("\"nam\\u0065\"", ":", false),
  ])
  func onlyTheSameBytesAreKnown(token: String, behind: String, isKnown: Bool) {
    var trail = NameTrail()
    for _ in 0..<2 { _ = Self.look(&trail, "\"name\"", number: 7) }
    let found = Self.look(&trail, token, behind: behind, number: 8)
    #expect(found.isKnown == isKnown && found.number == (token == "\"name\"" ? 7 : 8))
  }

  /// The same names in two scopes, some of them beyond the limit: always the number that was given.
  @Test(arguments: [0, 1, 5, 100])
  func numbersAreThoseOfTheScope(limit: Int) {
    var random = SeededGenerator(seed: UInt64(limit))
    var trail = NameTrail(mostNames: limit)
    var known = 0
    for _ in 0..<4000 {
      let (name, scope) = (random.below(12), random.below(2))
      // Mostly in one order, so that there is something to know.
      let next = random.below(4) > 0 ? 3 : name
      let found = Self.look(&trail, "\"member\(next)\"", scope: scope, number: next * 2 + scope)
      #expect(found.number == next * 2 + scope)
      known += found.isKnown ? 1 : 0
    }
    #expect((known > 500) == (limit > 0), "\(known)")
  }

  /// A reader whose handler knows names.
  private struct Handler: JSONEventHandler {
    var trail = NameTrail()
    var names: [Int] = []
    var known = 0

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      guard event == .name else { return }
      names.append(text.count)
      if trail.find(text, scope: 0) == nil { trail.remember(text, scope: 0, number: text.count) }
    }

    mutating func takeKnownName(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
      var number = 0
      let length = trail.take(bytes, left, scope: 0, number: &number)
      if length > 0 {
        names.append(number)
        known += 1
      }
      return length
    }
  }

  /// A name that is known is read as one that is not: cut anywhere, at the limit of a token, and before what is wrong.
  @Test(arguments: [
    (#"[{"abcdefgh":1},{"abcdefgh":1},{"abcdefgh" : 1},{"abcdefgh":"x"}]"#, 10),
    (#"[{"abcdefgh":1},{"abcdefgh":1},{"abcdefgh":1}]"#, 9), (#"[{"ab":1},{"ab":1},{"ab":1,"ab"}]"#, 10),
    (#"[{"ab":1},{"ab":1},{"ab":1,}]"#, 10), (#"[{"ab":1},{"ab":1},{"ab"::1}]"#, 10),
    (#"[{"ab":1},{"ab":1},{"ab":"#, 10), (#"[{"ab":1},{"ab":1},{"ab":1},["ab":1]]"#, 10),
  ])
  func knownNamesAreReadLikeOthers(document: String, tokenBytes: Int) {
    let bytes = Array(document.utf8)
    let limits = JSONLimits(tokenBytes: tokenBytes)
    let plain = reading(bytes, limits: limits)
    var most = 0
    for chunks in everySplit(bytes) {
      var (reader, handler, error) = (JSONReader(limits: limits), Handler(), nil as JSONStreamError?)
      do throws(JSONStreamError) {
        for chunk in chunks { try reader.read(chunk, into: &handler) }
        try reader.finish(into: &handler)
      } catch let failure {
        error = failure
      }
      #expect(error == plain.error)
      #expect(handler.names == plain.events.filter { $0.hasPrefix("name ") }.map { $0.utf8.count - 5 })
      most = max(most, handler.known)
    }
    #expect((most > 0) == (tokenBytes > 9))
  }
}
