import ODataURL
import Testing

struct VisitorTests {
  // MARK: Walking

  /// What the walk saw, one word a node; `at` is the visit that it answers with `answer`.
  private func walked(_ text: String, from start: NodeID? = nil, at: String? = nil, _ answer: Expression.Visit = .stop)
    throws -> String
  {
    let expression = try Parser().expression(text)
    var seen: [String] = []
    expression.walk(from: start) { id, node in
      #expect(expression[id] == node)
      let word =
        switch node {
        case .member(_, let name): name
        case .call(let name, _): name
        case .binary(let op, _, _): op.rawValue
        case .literal(.integer(let value)): String(value)
        case .lambda(_, let op, _, _): op.rawValue
        default: "?"
        }
      seen.append(word)
      return word == at ? answer : .continue
    }
    return seen.joined(separator: " ")
  }

  @Test func walkIsPreOrder() throws {
    #expect(try walked("a eq 1 and contains(b,c/d)") == "and eq a 1 contains b d c")
    #expect(try walked("a") == "a")
    #expect(try walked("o/any(x:x/p gt 5) or 1 in (2,3)") == "or any o gt p ? 5 in 1 ? 2 3")
  }

  @Test func walkSkipsAndStops() throws {
    let text = "a eq 1 and contains(b,c/d) and e ne 2"
    #expect(try walked(text) == "and and eq a 1 contains b d c ne e 2")
    #expect(try walked(text, at: "contains", .skipChildren) == "and and eq a 1 contains ne e 2")
    #expect(try walked(text, at: "contains", .stop) == "and and eq a 1 contains")
    #expect(try walked(text, at: "and", .skipChildren) == "and")
    #expect(try walked(text, at: "2", .skipChildren) == "and and eq a 1 contains b d c ne e 2")
  }

  @Test func walkFromANode() throws {
    let expression = try Parser().expression("a eq 1 and b eq 2")
    guard case .binary(.and, _, let right) = expression[expression.root] else {
      Issue.record("not a conjunction")
      return
    }
    #expect(try walked("a eq 1 and b eq 2", from: right) == "eq b 2")
  }

  @Test func walkPassesErrorsOn() throws {
    let expression = try Parser().expression("a eq 1")
    #expect(throws: Refusal(name: "a")) {
      try expression.walk { _, node throws(Refusal) in
        if case .member(_, let name) = node { throw Refusal(name: name) }
        return .continue
      }
    }
  }

  /// A million levels, which no recursion would survive.
  @Test func walkAndReplaceAnyDepth() {
    var expression = Expression(.literal(.boolean(true)))
    for _ in 0..<1_000_000 { expression.root = expression.append(.not(expression.root)) }
    var count = 0
    expression.walk { _, _ in
      count += 1
      return .continue
    }
    #expect(count == 1_000_001)
    let replaced = expression.replacing { _, node in
      if case .literal = node { Expression(.literal(.boolean(false))) } else { nil }
    }
    #expect(replaced.nodes.count == 1_000_001)
    #expect(replaced.nodes.first == .literal(.boolean(false)))
  }

  // MARK: Replacing

  @Test(arguments: [
    ("a eq 1", "z eq 1"),
    ("a", "z"),
    ("a/b eq a", "z/b eq z"),
    ("not (b eq a)", "not (b eq z)"),
    ("o/any(x:x/p eq a)", "o/any(x:x/p eq z)"),
    ("contains(a,'a')", "contains(z,'a')"),
    ("b in (a,c)", "b in (z,c)"),
    ("Ns.F(p=a)", "Ns.F(p=z)"),
    ("o/$count($filter=a) gt 1", "o/$count($filter=z) gt 1"),
    ("o(1)/b eq -a", "o(1)/b eq -z"),
    ("o/aggregate(a with sum) gt 1", "o/aggregate(z with sum) gt 1"),
    ("a/@Ns.T eq [a,{\"a\":a}]", "z/@Ns.T eq [z,{\"a\":z}]"),
    ("b", "b"),
  ])
  func replacesNames(_ text: String, _ expected: String) throws {
    let expression = try Parser().expression(text)
    let replaced = expression.replacing { id, node in
      #expect(expression[id] == node)
      guard case .member(base: nil, "a") = node else { return nil }
      return Expression(.member(base: nil, name: "z"))
    }
    #expect(replaced.printed() == expected)
    #expect(try replaced == Parser().expression(expected))
  }

  @Test func replacesWithLargerAndDropsWhatIsBelow() throws {
    let expression = try Parser().expression("(a eq 'secret' or b eq 2) and c")
    let other = try Parser().expression("x add 1 eq y")
    var asked: [String] = []
    let replaced = expression.replacing { _, node in
      if case .member(_, let name) = node { asked.append(name) }
      if case .binary(.or, _, _) = node { return other }
      return nil
    }
    #expect(replaced.printed() == "x add 1 eq y and c")
    #expect(asked == ["c"])
    #expect(!replaced.nodes.contains(.literal(.string("secret"))))
    #expect(replaced.nodes.count == 7)
    #expect(replaced.span(of: replaced.root) == expression.span(of: expression.root))
    let whole = expression.replacing { id, _ in id == expression.root ? other : nil }
    #expect(whole == other)
    #expect(whole.span(of: whole.root) == other.span(of: other.root))
  }

  @Test func replacingPassesErrorsOn() throws {
    let expression = try Parser().expression("a eq b")
    #expect(throws: Refusal(name: "b")) {
      try expression.replacing { _, node throws(Refusal) in
        if case .member(_, "b") = node { throw Refusal(name: "b") }
        return nil
      }
    }
  }

  @Test func mappingChildrenVisitsThemInOrder() throws {
    for seed in 0..<200 {
      var random = RandomTree(seed: UInt64(seed) &+ 2_000_000)
      let expression = random.tree(4)
      for node in expression.nodes {
        var visited: [NodeID] = []
        let same = node.mappingChildren {
          visited.append($0)
          return $0
        }
        #expect(visited == node.children)
        #expect(same == node)
        #expect(node.mappingChildren { _ in expression.root }.children == node.children.map { _ in expression.root })
      }
    }
  }

  // MARK: Requests

  @Test(arguments: [
    ("accounts", []),
    ("accounts(1)", ["segment 1 key: 1"]),
    ("accounts(k='a',l=@p)?@p=2", ["segment 1 key k: 'a'", "segment 1 key l: @p", "@p: 2"]),
    ("a/Ns.T(1)", ["segment 2 key: 1"]),
    ("a/Ns.F(p='x',q=2)(3)", ["segment 2 argument p: 'x'", "segment 2 argument q: 2", "segment 2 key: 3"]),
    ("a/$filter(b eq 1)", ["segment 2 $filter: b eq 1"]),
    (
      "a?$filter=b&$orderby=c,d desc&$compute=e add 1 as f",
      ["$compute f: e add 1", "$filter: b", "$orderby item 1: c", "$orderby item 2: d"]
    ),
    (
      "a?$expand=o($filter=b;$expand=i/j($orderby=c)),p($compute=1 as d)",
      ["$expand=o $filter: b", "$expand=o $expand=i/j $orderby item 1: c", "$expand=p $compute d: 1"]
    ),
    ("a?$select=o($filter=b),c", ["$select=o $filter: b"]),
    ("a?$expand=o($filter=b eq @x)&@x=[1]", ["$expand=o $filter: b eq @x", "@x: [1]"]),
    ("a?$search=b&$top=1&$skip=2&$count=true&$format=json&x='y'", []),
    (
      "a?$apply=filter(b eq 1)/aggregate($count as n,c with sum as d)/compute(e mul 2 as f)/orderby(g desc,h)",
      [
        "$apply transformation 1 filter: b eq 1", "$apply transformation 2 aggregate: c",
        "$apply transformation 3 compute f: e mul 2", "$apply transformation 4 orderby: g",
        "$apply transformation 4 orderby: h",
      ]
    ),
    (
      "a?$apply=topcount(2,b)/concat(filter(c),identity/filter(d))/groupby((e),filter(f))/search(x)/skip(1)/top(2)",
      [
        "$apply transformation 1 ranking amount: 2", "$apply transformation 1 ranking value: b",
        "$apply transformation 2 filter: c", "$apply transformation 2 filter: d", "$apply transformation 3 filter: f",
      ]
    ),
    (
      "a?$apply=nest(filter(b) as c)/addnested(d,filter(e) as f)/join(g as h,filter(i))/Ns.F(p=1)",
      [
        "$apply transformation 1 filter: b", "$apply transformation 2 filter: e", "$apply transformation 3 filter: i",
        "$apply transformation 4 argument p: 1",
      ]
    ),
    (
      "a?$apply=ancestors($root/N,H,ID,filter(b),2)/traverse($root/M,H,ID,preorder,filter(c),d desc)",
      [
        "$apply transformation 1 hierarchy: $root/N", "$apply transformation 1 filter: b",
        "$apply transformation 2 hierarchy: $root/M", "$apply transformation 2 filter: c",
        "$apply transformation 2 orderby: d",
      ]
    ),
    (
      "a?$apply=groupby((rolluprecursive($root/N,H,ID,filter(b)),rollup(c,d)))",
      ["$apply transformation 1 hierarchy: $root/N", "$apply transformation 1 filter: b"]
    ),
    ("a?$expand=o($apply=filter(b))", ["$expand=o $apply transformation 1 filter: b"]),
  ])
  func places(_ target: String, _ expected: [String]) throws {
    let request = try Parser().relativeURI(target)
    #expect(request.expressions.map { "\($0.place): \($0.expression.printed())" } == expected)
  }

  @Test func placesCompareByteByByte() {
    let names = ["a", "b", "\u{E9}", "e\u{301}"]
    let kinds: [ExpressionPlace.Kind] =
      [.filter, .orderby(item: 0), .orderby(item: 1), .key(segment: 0, name: nil), .key(segment: 1, name: nil)]
      + [.filterSegment(segment: 0), .apply(transformation: 0, .filter), .apply(transformation: 1, .filter)]
      + [.apply(transformation: 0, .orderby), .apply(transformation: 0, .aggregate)]
      + names.flatMap { name -> [ExpressionPlace.Kind] in
        [
          .key(segment: 0, name: name), .argument(segment: 0, name: name), .compute(name: name), .alias(name: name),
          .apply(transformation: 0, .compute(name: name)), .apply(transformation: 0, .argument(name: name)),
        ]
      }
    let nestings: [[ExpressionPlace.Nesting]] =
      [[]]
      + names.flatMap { [[.expand([$0])], [.select([$0])], [.expand([$0, "x"])], [.expand([$0]), .expand(["x"])]] }
    let places = nestings.flatMap { nesting in kinds.map { ExpressionPlace($0, nesting: nesting) } }
    for (index, place) in places.enumerated() {
      #expect(places.firstIndex(of: place) == index)
      #expect(place.hashValue == ExpressionPlace(place.kind, nesting: place.nesting).hashValue)
    }
  }

  @Test func mappingKeepsSpans() throws {
    let target =
      "a(k=1)/Ns.F(p=2)?$filter=b eq 3&$expand=o($orderby=c)&$apply=filter(d)/aggregate(e with sum as f)&@x=4"
    let request = try Parser().relativeURI(target)
    let same = request.mapExpressions { expression, _ in expression }
    // What a dump of all stored properties shows; equality does not look at spans.
    var (text, sameText) = ("", "")
    dump(request, to: &text)
    dump(same, to: &sameText)
    #expect(text == sameText)
    #expect(text.contains("start: \(target.utf8.count - 4)"))
  }

  @Test func mappingPassesErrorsOn() throws {
    let request = try Parser().relativeURI("a?$filter=b&$expand=o($filter=c)")
    var seen: [String] = []
    #expect(throws: Refusal(name: "$filter")) {
      try request.mapExpressions { expression, place throws(Refusal) in
        seen.append(expression.printed())
        throw Refusal(name: "\(place)")
      }
    }
    #expect(seen == ["b"])
  }

  // MARK: Properties

  /// Expressions found by reflection, which no new construct escapes.
  private func reflected(_ value: Any) -> [Expression] {
    if let expression = value as? Expression { return [expression] }
    return Mirror(reflecting: value).children.flatMap { reflected($0.value) }
  }

  private func literals(_ expression: Expression) -> [Literal] {
    var result: [Literal] = []
    expression.walk { _, node in
      if case .literal(let literal) = node { result.append(literal) }
      return .continue
    }
    return result
  }

  /// How often a dump of the tree has each kind of literal, by the first word of its line.
  private func dumped(_ request: RelativeURI) -> [String: Int] {
    let kinds: Set = [
      "null", "boolean", "string", "integer", "decimal", "double", "guid", "date", "dateTimeOffset", "timeOfDay",
      "duration", "binary", "geography", "geometry", "enumeration",
    ]
    var counts: [String: Int] = [:]
    for line in request.treeDump().split(separator: "\n") {
      let word = line.drop { $0 == " " || $0 == "(" }.prefix { $0 != " " && $0 != ")" }
      if kinds.contains(String(word)) { counts[String(word), default: 0] += 1 }
    }
    return counts
  }

  private func kind(_ literal: Literal) -> String {
    switch literal {
    case .null: "null"
    case .boolean: "boolean"
    case .string: "string"
    case .integer: "integer"
    case .decimal: "decimal"
    case .double: "double"
    case .guid: "guid"
    case .date: "date"
    case .dateTimeOffset: "dateTimeOffset"
    case .timeOfDay: "timeOfDay"
    case .duration: "duration"
    case .binary: "binary"
    case .geo(let kind, _): kind.rawValue
    case .enumeration: "enumeration"
    }
  }

  @Test(arguments: 0..<8)
  func requests(_ block: Int) {
    for seed in block * 40..<(block + 1) * 40 {
      var random = RandomTree(seed: UInt64(seed) &+ 3_000_000)
      let request = random.uri()
      let found = request.expressions
      #expect(request.mapExpressions { expression, _ in expression } == request)
      #expect(request.mapExpressions { expression, _ in expression.replacing { _, _ in nil } } == request)

      var pending = reflected(request)
      for item in found {
        if let index = pending.firstIndex(of: item.expression) { pending.remove(at: index) }
      }
      #expect(pending.isEmpty && found.count == reflected(request).count, "\(request.printed())")

      let counts = found.flatMap { literals($0.expression) }.reduce(into: [:]) { $0[kind($1), default: 0] += 1 }
      #expect(counts == dumped(request), "\(request.printed())")

      let hidden = request.mapExpressions { expression, _ in
        expression.replacing { _, node in
          if case .literal(.string) = node { Expression(.literal(.string("x"))) } else { nil }
        }
      }
      #expect(hidden.expressions.map(\.place) == found.map(\.place))
      let texts = hidden.expressions.flatMap { literals($0.expression) }.filter { kind($0) == "string" }
      #expect(texts.allSatisfy { $0 == .string("x") })
      #expect(texts.count == counts["string", default: 0])
      #expect(
        hidden.expressions.flatMap(\.expression.nodes).allSatisfy { node in
          if case .literal(.string(let text)) = node { text == "x" } else { true }
        })
    }
  }
}

private struct Refusal: Error, Equatable { var name: String }
