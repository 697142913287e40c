import ODataURL
import Testing

struct RoundTripTests {
  /// Seeds of one test case; a case that fails names its block, the message has the text.
  static let block = 60

  @Test(arguments: 0..<10)
  func uris(_ block: Int) throws {
    for seed in block * Self.block..<(block + 1) * Self.block { try uri(seed) }
  }

  private func uri(_ seed: Int) throws {
    var random = RandomTree(seed: UInt64(seed))
    let uri = random.uri()
    let printed = uri.printed()
    #expect(printed.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F })
    for settings in ParserSettings.all {
      var settings = settings
      settings.limits.targetBytes = 1 << 20
      settings.limits.stackBytes = 2 << 20
      settings.keysInExpressions = true
      settings.leniencies.insert(.jsonInPaths)
      let parser = Parser(settings: settings)
      let again = try #require(try? parser.relativeURI(printed), "\(printed) \(settings.leniencies.rawValue)")
      #expect(again == uri, "\(printed)\n\(again.printed())")
      #expect(again.hashValue == uri.hashValue)
      #expect(again.printed() == printed)
      #expect(again.treeDump() == uri.treeDump())
    }
    let normalized = uri.normalized()
    #expect(normalized.normalized() == normalized)
    #expect(try Parser(settings: .limited { $0.targetBytes = 1 << 20 }).relativeURI(normalized.printed()) == normalized)
  }

  @Test(arguments: 0..<10)
  func expressions(_ block: Int) throws {
    for seed in block * Self.block..<(block + 1) * Self.block {
      var random = RandomTree(seed: UInt64(seed) &+ 1_000_000)
      let expression = random.tree(5)
      let printed = expression.printed()
      let parser = Parser(settings: .limited { $0.targetBytes = 1 << 20 })
      #expect(try parser.expression(printed) == expression, "\(printed)")
    }
  }

  @Test(arguments: Corpus.all)
  func corpus(_ target: String) throws {
    let parser = Parser(settings: .dataverse)
    let uri = try parser.relativeURI(target)
    let printed = uri.printed()
    // The strict grammar has no line feeds.
    for var settings in ParserSettings.all where settings != .strict || !printed.contains("%0A") {
      settings.leniencies.insert(.jsonInPaths)
      #expect(try Parser(settings: settings).relativeURI(printed) == uri, "\(printed)")
    }
    #expect(try parser.relativeURI(printed).printed() == printed)
  }
}
