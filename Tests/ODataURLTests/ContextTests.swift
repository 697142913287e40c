import ODataURL
import Testing

/// ABNF `context`: what answers say behind `$metadata#`.
struct ContextTests {
  static let accepted: [(text: String, canonical: String, tree: String)] = [
    ("$ref", "$ref", "(context (reference))"),
    ("Collection($ref)", "Collection($ref)", "(context (references))"),
    ("Collection(Edm.EntityType)", "Collection(Edm.EntityType)", "(context (types \"Edm.EntityType\"))"),
    ("Edm.String", "Edm.String", "(context (type \"Edm.String\"))"),
    ("Ns.Address(City)", "Ns.Address(City)", "(context (type \"Ns.Address\") (select (item \"City\")))"),
    ("Sales", "Sales", "(context (name \"Sales\"))"),
    ("S%61les", "Sales", "(context (name \"Sales\"))"),
    ("b\u{e9}", "b%C3%A9", "(context (name \"b\u{e9}\"))"),
    ("Sales/$entity", "Sales/$entity", "(context (name \"Sales\") (suffix \"$entity\"))"),
    ("Sales(ID)/$delta", "Sales(ID)/$delta", "(context (name \"Sales\") (select (item \"ID\")) (suffix \"$delta\"))"),
    ("Sales/$deletedEntity", "Sales/$deletedEntity", "(context (name \"Sales\") (suffix \"$deletedEntity\"))"),
    ("Sales/$link", "Sales/$link", "(context (name \"Sales\") (suffix \"$link\"))"),
    ("Sales/$deletedLink", "Sales/$deletedLink", "(context (name \"Sales\") (suffix \"$deletedLink\"))"),
    (
      "Sales/Ns.Vip/$entity", "Sales/Ns.Vip/$entity",
      "(context (name \"Sales\") (qualified \"Ns.Vip\") (suffix \"$entity\"))"
    ),
    ("Collection(Name)", "Collection(Name)", "(context (name \"Collection\") (select (item \"Name\")))"),
    (
      "Sales('A/B%27%27%23')/Items(1)/Price", "Sales('A%2FB''%23')/Items(1)/Price",
      "(context (name \"Sales\" (key (string \"A/B'#\"))) (name \"Items\" (key (integer 1))) (name \"Price\"))"
    ),
    (
      "Sales(a=1,b=2)/Price", "Sales(a=1,b=2)/Price",
      "(context (name \"Sales\" (keys (= a (integer 1)) (= b (integer 2)))) (name \"Price\"))"
    ),
    ("Sales(@p)/Price", "Sales(@p)/Price", "(context (name \"Sales\" (key (@p))) (name \"Price\"))"),
    (
      "Sales(true)/Price", "Sales(true)/Price", "(context (name \"Sales\" (key (boolean true))) (name \"Price\"))"
    ),
    (
      "Sales(true)/$entity", "Sales(true)/$entity",
      "(context (name \"Sales\") (select (item \"true\")) (suffix \"$entity\"))"
    ),
    (
      "Sales(a0000000-0000-0000-0000-000000000000)/Price", "Sales(a0000000-0000-0000-0000-000000000000)/Price",
      "(context (name \"Sales\" (key (guid a0000000-0000-0000-0000-000000000000))) (name \"Price\"))"
    ),
    (
      "Sales(*,Ns.*,Ns.Act,Address/City,@Core.AnyStructure,Items+(Price),Ns.Vip/Card)",
      "Sales(*,Ns.*,Ns.Act,Address/City,@Core.AnyStructure,Items+(Price),Ns.Vip/Card)",
      "(context (name \"Sales\") (select (item \"*\") (item \"Ns.*\") (item \"Ns.Act\") (item \"Address/City\")"
        + " (item \"@Core.AnyStructure\") (expanded \"Items\" (select (item \"Price\"))) (item \"Ns.Vip/Card\")))"
    ),
  ]

  @Test(arguments: accepted)
  func contexts(_ row: (text: String, canonical: String, tree: String)) throws {
    for (rule, prefix) in [("contextFragment", ""), ("context", "#")] {
      let rule = try Rule(named: rule)
      let parsed = try Parser().parse(prefix + row.text, as: rule)
      #expect(parsed.canonical == prefix + row.canonical)
      let tree = parsed.tree.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
      #expect(tree == row.tree)
      #expect(try Parser().parse(parsed.canonical, as: rule) == parsed)
    }
    for settings in ParserSettings.all {
      let parser = Parser(settings: settings)
      let request = try parser.relativeURI("$metadata?$format=json#" + row.text)
      #expect(request.path.count == 2 && request.path[0].kind == .keyword("$metadata"))
      #expect(request.printed() == "$metadata?$format=json#" + row.canonical)
      let again = try parser.relativeURI(request.printed())
      #expect(again == request && again.hashValue == request.hashValue)
      #expect(request.normalized() == request)
    }
  }

  @Test(arguments: [
    ("", "invalid-name: @10"), ("$reff", "unexpected-text: f"), ("Sales(", "invalid-name: @16"),
    ("Sales()", "invalid-name: )"), ("Sales(ID", "expected-token: ("), ("Sales(ID,)", "invalid-name: )"),
    ("Sales(ID, Name)", "invalid-name:  "), ("Sales(1)", "expected-token: @18"),
    ("Sales(1)/$entity", "expected-token: /"), ("Sales(null)/Price", "invalid-key: null"),
    ("Sales/$entities", "unknown-keyword: $entities"), ("Sales/$entity/a", "unexpected-text: /"),
    ("Sales(ID)/$link", "misplaced-keyword: $link"), ("Edm.String/$entity", "misplaced-keyword: $entity"),
    ("Sales/Ns.A/Ns.B", "invalid-segment: Ns.B"), ("Sales(ID)(Name)", "unexpected-text: ("),
    ("Sales(Ns.A+)", "unexpected-text: +"), ("Sales(a/Ns.*)", "unexpected-text: ."), ("Sales#a", "unexpected-text: #"),
    ("Sales%2", "stray-percent: %2"), ("a//b", "invalid-name: /"), ("a/", "invalid-name: @12"),
  ])
  func mistakes(_ text: String, _ outcome: String) {
    #expect(ODataURLTests.outcome("$metadata#" + text) == outcome)
  }

  @Test func limits() throws {
    var settings = ParserSettings.strict
    settings.limits.depth = 3
    settings.limits.listItems = 3
    settings.limits.segments = 3
    let parser = Parser(settings: settings)
    for (fits, exceeds, code) in [
      ("a(b(c(d)))", "a(b(c(d(e))))", SyntaxError.Code.limitDepth), ("a(b,c,d)", "a(b,c,d,e)", .limitList),
      ("a/b/c", "a/b/c/d", .limitSegments), ("a(b/c/d)", "a(b/c/d/e)", .limitSegments),
    ] {
      #expect(throws: Never.self) { try parser.relativeURI("$metadata#" + fits) }
      let error = #expect(throws: SyntaxError.self) { try parser.relativeURI("$metadata#" + exceeds) }
      #expect(error?.code == code)
    }
  }

  /// Only behind `$metadata`; and a key in it is one of the expressions of the request.
  @Test func places() throws {
    for target in ["a#b", "#b", "?x=1#b", "$metadata/a#b", "$all#b", "$METADATA#b"] {
      let error = #expect(throws: SyntaxError.self) { try Parser().relativeURI(target) }
      #expect(error?.code == .fragment, "\(target)")
    }
    let request = try Parser().relativeURI("%24metadata#a('x')/b")
    #expect(request.expressions.map(\.place.description) == ["segment 2 key"])
    let hidden = request.mapExpressions { _, _ in Expression(.literal(.integer(1))) }
    #expect(hidden.printed() == "$metadata#a(1)/b")
    let diagnosis = Parser().diagnose("$metadata?$top=x#a(")
    #expect(diagnosis.errors.map(\.code) == [.invalidValue, .invalidName])
  }
}
