import TestSupport
import ODataURL
import Testing

/// Input that nobody means well with: the parser answers with a tree or an error, and its trees print and read back.
struct HostileTests {
  /// Reads `target` under every setting; whatever comes out must hold together.
  private func probe(_ target: [UInt8]) {
    let text = String(validating: target, as: UTF8.self)
    for settings in ParserSettings.all {
      let parser = Parser(settings: settings)
      do {
        let uri = try target.withUnsafeBufferPointer { (bytes) throws(SyntaxError) in try parser.relativeURI(bytes) }
        let printed = uri.printed()
        #expect((try? parser.relativeURI(printed)) == uri, "\(printed)")
        #expect(printed.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
      } catch {
        #expect(error.span.start >= 0 && error.span.start <= error.span.end && error.span.end <= target.count)
        // Nobody is shown half a character.
        if let text { #expect(holdsWholeCharacters(error.span, of: target), "\(text) \(error)") }
      }
    }
  }

  private func holdsWholeCharacters(_ span: Span, of target: [UInt8]) -> Bool {
    [span.range.lowerBound, span.range.upperBound].allSatisfy { $0 >= target.count || target[$0] & 0xC0 != 0x80 }
  }

  /// Characters of two to four bytes anywhere.
  @Test(arguments: Corpus.all + ["a?$filter=b eq geometry'SRID=0;Point(1 2)'", "a?$search=b", "a?$format=json"])
  func charactersOfManyBytes(_ target: String) {
    var generator = SeededGenerator(seed: UInt64(target.utf8.count) &* 104_729)
    let spice = ["é", "‘", "’", "😀", "\u{301}", "%2", "%", "中", "\u{A0}", "'", " "]
    for _ in 0..<60 {
      var text = Array(target.unicodeScalars)
      for _ in 0...generator.below(2) {
        let place = generator.below(text.count + 1)
        text.insert(contentsOf: generator.pick(spice).unicodeScalars, at: place)
      }
      let mutated = text.reduce(into: "") { $0.unicodeScalars.append($1) }
      probe(Array(mutated.utf8))
      for settings in ParserSettings.all {
        let short = ParserSettings(leniencies: settings.leniencies, limits: Self.few)
        for error in Parser(settings: short).diagnose(mutated).errors
          + Parser(settings: settings).diagnose(mutated).errors
        {
          #expect(holdsWholeCharacters(error.span, of: Array(mutated.utf8)), "\(mutated) \(error)")
          #expect(!error.rendered(in: mutated).unicodeScalars.contains("\u{FFFD}"), "\(mutated)")
        }
      }
    }
  }

  /// Limits that most targets exceed.
  private static let few: Limits = {
    var limits = Limits()
    (limits.targetBytes, limits.depth, limits.nodes, limits.listItems) = (60, 2, 5, 2)
    return limits
  }()

  @Test(arguments: Corpus.all)
  func everyTruncation(_ target: String) {
    let bytes = Array(target.utf8)
    for count in 0...bytes.count { probe(Array(bytes[..<count])) }
  }

  @Test(arguments: Corpus.all)
  func mutations(_ target: String) {
    var generator = SeededGenerator(seed: UInt64(target.utf8.count) &* 7919)
    let spice =
      Array("'\"()[]{}/$@%&=+,;:?. -_#\\aeinot01TZ\u{0}\t\n\u{7F}".utf8) + [0xC3, 0xA9, 0xE2, 0x80, 0x98, 0xFF]
    for _ in 0..<30 {
      var bytes = Array(target.utf8)
      for _ in 0...generator.below(3) {
        let place = generator.below(bytes.count + 1)
        switch generator.below(4) {
        case 0 where place < bytes.count: bytes.remove(at: place)
        case 1 where place < bytes.count: bytes[place] = generator.pick(spice)
        case 2 where place < bytes.count:
          let other = generator.below(bytes.count)
          bytes.swapAt(place, other)
        default: bytes.insert(generator.pick(spice), at: place)
        }
      }
      probe(bytes)
    }
  }

  @Test func noise() {
    var generator = SeededGenerator(seed: 11)
    let words = [
      "a", "eq", "and", "not", "in", "has", " ", " ", "(", ")", "'", "x'", "1", "-", "/", "?", "&", "$filter=",
      "$expand=",
      "$select=", ";", ",", "any(", ":", "@p", "=", "%27", "%3F", "%24", "[", "]", "{", "}", "\"", "null", "contains(",
      "N.f(", "$count", "$it", "2020-01-01", "T00:00Z", "INF", "duration'", "\u{2019}", "desc",
    ]
    for _ in 0..<1500 {
      var text =
        generator.chance(70) ? "a?" + generator.pick(["$filter=", "$expand=b(", "$orderby=", "@x=", "x="]) : ""
      for _ in 0..<generator.below(14) { text += generator.pick(words) }
      probe(Array(text.utf8))
    }
  }

  @Test func noiseOfTransformations() {
    var generator = SeededGenerator(seed: 23)
    let words = [
      "a", "b/c", " ", " ", "(", ")", "(", ")", ",", ",", "/", " as d", " with sum", " from e", "$count", "1", "'",
      "\"",
      "aggregate(", "groupby((", "rollup(", "identity", "concat(", "filter(", "search(", "top(", "nest(", "join(",
      "topsum(", "Ns.f(", "x=", "ancestors($root/A,B,c,", "traverse($root/A,B,c,preorder", "keep start",
      "$these/aggregate(", "case(", ":", "addnested(", "compute(", "$root/A('x')", "orderby(", " desc", "@p", "&",
    ]
    for _ in 0..<3000 {
      var text = generator.pick(["a?$apply=", "a?$apply=", "a?$compute=", "a?$expand=b($apply=", "a?$filter="])
      for _ in 0..<generator.below(10) { text += generator.pick(words) }
      let missing = text.utf8.reduce(0) { $0 + ($1 == 0x28 ? 1 : $1 == 0x29 ? -1 : 0) }
      if missing > 0, generator.chance(70) { text += String(repeating: ")", count: missing) }
      probe(Array(text.utf8))
    }
  }

  @Test func randomBytes() {
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<1000 {
      probe((0..<generator.below(40)).map { _ in UInt8(truncatingIfNeeded: generator.next()) })
    }
  }

  @Test func expressionsFromNoise() {
    var generator = SeededGenerator(seed: 17)
    let words = [
      "a", "eq", "not", "(", ")", " ", " ", "'", "\"", "1", "-", "/", "[", "]", ",", "%41", "+", "&", "#", "\u{E9}",
    ]
    for _ in 0..<1500 {
      var text = ""
      for _ in 0..<generator.below(12) { text += generator.pick(words) }
      let parser = Parser()
      guard let expression = try? parser.expression(text) else { continue }
      #expect((try? parser.expression(expression.printed())) == expression, "\(text)")
    }
  }
}
