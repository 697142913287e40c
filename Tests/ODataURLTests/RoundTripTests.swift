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

  /// Texts whose canonical form needs brackets that most do not, or an order of its own.
  @Test(arguments: [
    "a?$filter=-(INF(a=b)) eq 1", "a?$filter=-(INF()) eq 1", "a?$filter=-(INF/b) eq 1",
    "a?$apply=traverse($root/H,Q,p,preorder,(top(1)/skip(2)))",
    "a?$apply=traverse($root/H,Q,p,preorder,(filter(true)/top(1)) desc)",
    "a?$apply=traverse($root/H,Q,p,preorder,(search('a')/top(1)),b)",
    "a?$apply=traverse($root/H,Q,p,preorder,(geo.length(a)))",
    "a?$apply=traverse($root/H,Q,p,preorder,geo.length(a) desc)",
    "a?$apply=traverse($root/H,Q,p,preorder,(geo.distance(a,b) add 1) desc)",
    "a?$apply=traverse($root/H,Q,p,preorder,(identity))", "a?$apply=traverse($root/H,Q,p,preorder,(Ns.F(x=1)))",
    "a?$apply=traverse($root/H,Q,p,preorder,identity,(identity) desc)",
    "a?$filter=((a or b) eq (c or d)) eq (e has Ns.T'x' eq (f in (1,2)))", "a?$filter=(a eq b) add 1 sub (2 sub 3)",
    "a?$filter=a in ('x',b,(c or d),not,f(1)) and [1,'x',{\"y\":[2,\"z\"]}] eq concat(concat('a',b),c)",
    "a?$filter=a has not eq b or not (not eq c)",
  ])
  func hard(_ target: String) throws {
    var settings = ParserSettings.strict
    settings.keysInExpressions = true
    settings.positionalFunctions = ["f"]
    let parser = Parser(settings: settings)
    let uri = try parser.relativeURI(target)
    let printed = uri.printed()
    let again = try #require(try? parser.relativeURI(printed), "\(printed)")
    #expect(again == uri && again.hashValue == uri.hashValue, "\(printed)")
    #expect(again.treeDump() == uri.treeDump() && again.printed() == printed)
  }

  /// Blocks of sixteen bytes and of eight, and what is left: text of every length, with a byte that is encoded, one that is
  /// doubled, or one beyond ASCII at every place.
  @Test(arguments: ["x", "-", " ", "'", "/", "%", "+", "\u{E9}", "_", "\u{1F600}"])
  func textOfEveryLength(_ odd: String) throws {
    let parser = Parser(settings: .strict)
    for length in 0..<50 {
      for place in 0...length {
        let text = String(repeating: "a", count: place) + odd + String(repeating: "B", count: length - place)
        let expression = Expression(.literal(.string(text)))
        let uri = RelativeURI(
          path: [PathSegment(.name("s", keys: nil))], options: QueryOptions(filter: Spanned(expression)))
        #expect(try parser.relativeURI(uri.printed()) == uri, "\(uri.printed())")
        let odds = odd.utf8.map { byte in
          byte < 0x80 && (UnicodeScalar(byte).properties.isAlphabetic || odd == "-" || odd == "_")
            ? odd : odd == "'" ? "''" : "%" + String(byte, radix: 16, uppercase: true)
        }.joined()
        let prefix = String(repeating: "a", count: place) + odds
        #expect(uri.printed() == "s?$filter='\(prefix)\(String(repeating: "B", count: length - place))'")
      }
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
