import Testing

@testable import ODataURL

struct LimitTests {
  /// Something that can be repeated `n` times within a limit of `n`, and the code when there are `n + 1`.
  struct Case: Sendable, CustomStringConvertible {
    var description: String
    var code: SyntaxError.Code
    var set: @Sendable (inout Limits, Int) -> Void
    var target: @Sendable (Int) -> String
  }

  static func nested(_ description: String, _ target: @escaping @Sendable (Int) -> String) -> Case {
    Case(description: description, code: .limitDepth, set: { $0.depth = $1 }, target: target)
  }

  static func list(_ description: String, _ target: @escaping @Sendable (Int) -> String) -> Case {
    Case(description: description, code: .limitList, set: { $0.listItems = $1 }, target: target)
  }

  static func repeated(_ text: String, _ count: Int, separator: String = "") -> String {
    [String](repeating: text, count: count).joined(separator: separator)
  }

  static let nestings: [Case] = [
    nested("brackets") { "a?$filter=" + repeated("(", $0) + "b" + repeated(")", $0) },
    nested("not") { "a?$filter=" + repeated("not ", $0) + "b" },
    nested("minus") { "a?$filter=" + repeated("-", $0) + "b" },
    nested("calls") { "a?$filter=" + repeated("trim(", $0) + "b" + repeated(")", $0) },
    nested("functions") { "a?$filter=" + repeated("N.f(x=", $0) + "b" + repeated(")", $0) },
    nested("arrays") { "a?@x=" + repeated("[", $0) + repeated("]", $0) },
    nested("objects") { "a?@x=" + repeated("{\"a\":", $0 - 1) + "{}" + repeated("}", $0 - 1) },
    nested("lists") { "a?$filter=" + repeated("b in (", $0) + "1" + repeated(")", $0) },
    nested("lambdas") { count in
      "a?$filter=" + (0..<count).map { "b/any(v\($0):" }.joined() + "c" + repeated(")", count)
    },
    nested("expands") { count in
      "a?$expand=" + repeated("b($expand=", count) + "c" + repeated(")", count)
    },
    nested("transformations") { "a?$apply=" + repeated("nest(", $0 - 1) + "top(1)" + repeated(" as b)", $0 - 1) },
    nested("groups") { count in
      "a?$apply=" + repeated("groupby((b),", count - 1) + "top(1)" + repeated(")", count - 1)
    },
    nested("concatenations") { count in
      "a?$apply=" + repeated("concat(identity,", count - 1) + "top(1)" + repeated(")", count - 1)
    },
    nested("joins") { "a?$apply=" + repeated("join(b as c,", $0 - 1) + "top(1)" + repeated(")", $0 - 1) },
    // A rollup costs three brackets: of the groups, of their list, and its own.
    nested("rollups") { count in
      "a?$apply=" + repeated("concat(identity,", count - 4) + "groupby((rolluprecursive($root/b,c,d,top(1))))"
        + repeated(")", count - 4)
    },
    nested("hierarchies") { count in
      "a?$apply=" + repeated("ancestors($root/b,c,d,", count - 1) + "top(1)" + repeated(")", count - 1)
    },
    nested("aggregates") { "a?$filter=" + repeated("b/aggregate(", $0) + "c" + repeated(" with sum)", $0) },
    nested("cases") { "a?$filter=" + repeated("case(b:", $0) + "c" + repeated(")", $0) },
    nested("joined strings") { "a?$filter=" + repeated("concat('a',", $0) + "b" + repeated(")", $0) },
    nested("sums in functions") { "a?$filter=" + repeated("N.f(x=b add ", $0) + "c" + repeated(")", $0) },
    nested("counts") { "a?$filter=" + repeated("c/$count($filter=", $0) + "b" + repeated(") gt 1", $0) },
    nested("path arguments") { "a(" + repeated("(", $0 - 1) + "1" + repeated(")", $0 - 1) + ")" },
    nested("path conditions") { "a/$filter(" + repeated("(", $0 - 1) + "b" + repeated(")", $0 - 1) + ")" },
    nested("searches") { "a?$search=" + repeated("(", $0) + "b" + repeated(")", $0) },
    nested("negated searches") { count in
      let (half, rest) = (count / 2, count % 2)
      return "a?$search=" + repeated("NOT (", half) + repeated("NOT ", rest) + "b" + repeated(")", half)
    },
    nested("shapes") { count in
      "a?$filter=b eq geometry'SRID=0;" + repeated("Collection(", count - 1) + "Point(1 2)" + repeated(")", count - 1)
        + "'"
    },
    nested("selects") { "a?$select=" + repeated("b($select=", $0) + "c" + repeated(")", $0) },
    nested("conditions in apply") { "a?$apply=filter(" + repeated("(", $0 - 1) + "b" + repeated(")", $0 - 1) + ")" },
    nested("keys") { "a?$filter=" + repeated("$root/b(k=", $0) + "c" + repeated(")", $0) },
    nested("all kinds") { count in
      let half = count / 2
      return "a?$expand=" + repeated("b($expand=", half - 1) + "b($filter=" + repeated("(c eq 1 or ", count - half)
        + "d" + repeated(")", count)
    },
  ]

  static let others: [Case] = [
    list("in") { "a?$filter=b in (" + repeated("1", $0, separator: ",") + ")" },
    list("positions") { count in
      "a?$filter=b eq geography'SRID=0;LineString(" + repeated("1 2", count, separator: ",") + ")'"
    },
    list("members of an enumeration") { "a?$filter=b eq N.E'" + repeated("c", $0, separator: ",") + "'" },
    Case(
      description: "nodes of a search", code: .limitNodes, set: { $0.nodes = 2 * $1 - 1 },
      target: { "a?$search=" + repeated("b", $0, separator: " OR ") }),
    Case(
      description: "negations of a search", code: .limitNodes, set: { $0.nodes = $1 },
      target: { "a?$search=" + repeated("NOT ", $0 - 1) + "b" }),
    list("array") { "a?@x=[" + repeated("1", $0, separator: ",") + "]" },
    list("object") { count in "a?@x={" + (0..<count).map { "\"k\($0)\":1" }.joined(separator: ",") + "}" },
    list("select") { "a?$select=" + repeated("b", $0, separator: ",") },
    list("orderby") { "a?$orderby=" + repeated("b", $0, separator: ",") },
    list("expand") { "a?$expand=" + repeated("b", $0, separator: ",") },
    list("parameters") { count in "a?$filter=N.f(" + (0..<count).map { "p\($0)=1" }.joined(separator: ",") + ")" },
    list("keys") { count in "a(" + (0..<count).map { "p\($0)=1" }.joined(separator: ",") + ")" },
    list("compute") { "a?$compute=" + repeated("b as c", $0, separator: ",") },
    list("transformations") { "a?$apply=" + repeated("identity", $0, separator: "/") },
    list("aggregates") { "a?$apply=aggregate(" + repeated("b with sum as c", $0, separator: ",") + ")" },
    list("from clauses") { "a?$apply=aggregate(b with sum" + repeated(" from c with max", $0) + " as d)" },
    list("properties of from") { "a?$apply=aggregate(b from " + repeated("c", $0, separator: ",") + " with max)" },
    list("groups") { "a?$apply=groupby((" + repeated("b", $0, separator: ",") + "))" },
    list("rollup") { "a?$apply=groupby((rollup(" + repeated("b", $0, separator: ",") + ")))" },
    list("concat") { "a?$apply=concat(" + repeated("identity", $0, separator: ",") + ")" },
    list("nest") { "a?$apply=nest(" + repeated("identity as b", $0, separator: ",") + ")" },
    list("computed") { "a?$apply=compute(" + repeated("b as c", $0, separator: ",") + ")" },
    list("order in apply") { "a?$apply=orderby(" + repeated("b", $0, separator: ",") + ")" },
    list("order of siblings") { "a?$apply=traverse($root/b,c,d,preorder," + repeated("e", $0, separator: ",") + ")" },
    list("arguments of a transformation") { count in
      "a?$apply=Ns.f(" + (0..<count).map { "p\($0)=1" }.joined(separator: ",") + ")"
    },
    list("case") { "a?$filter=case(" + repeated("b:1", $0, separator: ",") + ")" },
    list("keys below $root") { count in
      "a?$filter=$root/b(" + (0..<count).map { "p\($0)=1" }.joined(separator: ",") + ")"
    },
    list("nested options") { count in
      "a?$expand=b(" + (0..<count).map { "@p\($0)=1" }.joined(separator: ";") + ")"
    },
    Case(description: "bytes", code: .limitTarget, set: { $0.targetBytes = $1 }, target: { repeated("a", $0) }),
    Case(
      description: "nodes", code: .limitNodes, set: { $0.nodes = 2 * $1 - 1 },
      target: { "a?$filter=" + repeated("b", $0, separator: " or ") }),
    Case(
      description: "nodes of several options", code: .limitNodes, set: { $0.nodes = $1 },
      target: { count in "a?$orderby=b,c&" + (2..<count).map { "@p\($0)=1" }.joined(separator: "&") }),
    Case(
      description: "options", code: .limitOptions, set: { $0.options = $1 },
      target: { "a?" + repeated("b=1", $0, separator: "&") }),
    Case(
      description: "segments", code: .limitSegments, set: { $0.segments = $1 },
      target: { repeated("a", $0, separator: "/") }),
    Case(
      description: "segments of a group", code: .limitSegments, set: { $0.segments = $1 },
      target: { "a?$apply=groupby((" + repeated("a", $0, separator: "/") + "))" }),
    Case(
      description: "nodes of apply", code: .limitNodes, set: { $0.nodes = $1 },
      target: { "a?$apply=" + repeated("filter(b)", $0, separator: "/") }),
    Case(
      description: "levels of expand", code: .limitExpand, set: { $0.expandDepth = $1 },
      target: { "a?$expand=" + repeated("b($expand=", $0 - 1) + "b" + repeated(")", $0 - 1) }),
    Case(
      description: "segments of select", code: .limitSegments, set: { $0.segments = $1 },
      target: { "a?$select=" + repeated("a", $0, separator: "/") }),
  ]

  @Test(arguments: nestings + others, [4, 20])
  func atTheLimitAndBeyond(_ test: Case, _ count: Int) throws {
    let settings = ParserSettings.limited { limits in
      limits.depth = 200
      limits.expandDepth = 200
      limits.options = 200
      test.set(&limits, count)
    }
    let parser = Parser(settings: settings)
    let uri = try parser.relativeURI(test.target(count))
    #expect(
      try Parser(
        settings: .limited {
          $0.depth = 200
          $0.expandDepth = 200
          $0.options = 200
        }
      ).relativeURI(uri.printed()) == uri)
    let error = #expect(throws: SyntaxError.self) { try parser.relativeURI(test.target(count + 1)) }
    #expect(error?.code == test.code)
  }

  /// Where the stack allows it, the default depth can be used in full.
  @Test(arguments: nestings)
  func defaultDepthOnALargeStack(_ test: Case) async {
    let target = test.target(Limits().depth)
    let result = await onSmallStack(4 << 20) {
      Self.holdsTogether(target, .limited { $0.expandDepth = 65 })
    }
    #expect(result == "whole")
  }

  /// Whatever nests on the smallest of stacks, reading ends in a tree, which can be released there, or in an error.
  @Test(arguments: nestings, [4, 6, 9, 13, 20, 30, 45, 64, 65, 700])
  func smallestStack(_ test: Case, _ count: Int) async {
    let target = test.target(count)
    for settings in ParserSettings.all {
      var settings = settings
      settings.limits.expandDepth = 1000
      settings.keysInExpressions = true
      let roomy = settings
      let result = await onSmallStack(128 * 1024) { Self.failure(target, roomy) }
      #expect([nil, .limitStack, .limitDepth].contains(result), "\(String(describing: result))")
      if count <= 4 { #expect(result == nil) }
      if count > 64 { #expect(result != nil) }
      // What is nested a little can be compared, hashed, printed, put into normal form and shown there as well.
      if count <= 4 { #expect(await onSmallStack(128 * 1024) { Self.holdsTogether(target, roomy) } == "whole") }
    }
  }

  /// The bytes of the stack are counted: with few, little nesting is too much, and nothing else is.
  @Test func bytesOfTheStack() {
    var settings = ParserSettings.strict
    settings.limits.stackBytes = 0
    #expect(outcome("a?$filter=(b)", settings) == "limit-stack: (")
    #expect(outcome("a?$expand=b($top=1)", settings) == "limit-stack: (")
    #expect(outcome("a?$filter=b eq geometry'SRID=0;Point(1 2)'", settings) == "limit-stack: P")
    #expect(outcome("a?$filter=b eq 1 or c eq 2", settings) == "a?$filter=b%20eq%201%20or%20c%20eq%202")
    settings.limits.stackBytes = -1
    #expect(outcome("a?$filter=(b)", settings) == "limit-stack: (")
    settings.limits.stackBytes = .max
    #expect(outcome("a?$filter=(b)", settings) == "a?$filter=b")
  }

  /// `whole` if everything that is done to trees can be done to that of `target`, else the code of the error.
  static func holdsTogether(_ target: String, _ settings: ParserSettings) -> String {
    do {
      let parser = Parser(settings: settings)
      let uri = try parser.relativeURI(target)
      _ = uri.treeDump()
      let normalized = uri.normalized()
      let isSound =
        normalized.printed() == normalized.normalized().printed() && uri == uri && uri.hashValue == uri.hashValue
      return isSound ? try parser.relativeURI(uri.printed()) == uri ? "whole" : "other tree" : "unstable"
    } catch {
      return error.code.rawValue
    }
  }

  /// Chains of infix operators make trees as deep as they are long; nothing recurses over them.
  @Test(arguments: ["or", "and", "add", "eq"])
  func longChainsOnASmallStack(_ op: String) async {
    let target = "a?$filter=" + (0..<3000).map { "b\($0 % 7)" }.joined(separator: " \(op) ")
    let result = await onSmallStack(512 * 1024) {
      do {
        let parser = Parser(settings: .limited { $0.targetBytes = 1 << 20 })
        let uri = try parser.relativeURI(target)
        _ = uri.treeDump()
        return try parser.relativeURI(uri.printed()) == uri
          && parser.relativeURI(uri.normalized().printed()).hashValue != 0
      } catch {
        return false
      }
    }
    #expect(result)
  }

  @Test(arguments: ["(", "[", "{\"a\":", "not ", "-", "b in (", "trim(", "N.f(x=", "b/any(c:"])
  func hundredThousandOpenings(_ opening: String) async {
    let long = "a?$filter=" + Self.repeated(opening, 100_000)
    let roomy = ParserSettings.limited { (limits: inout Limits) in
      limits.targetBytes = 4 << 20
      limits.stackBytes = 256 * 1024
    }
    #expect(await Self.code(long, .strict) == .limitTarget)
    let code = await Self.code(long, roomy)
    #expect(code == .limitDepth || code == .limitStack || code == .repeatedVariable)
  }

  static func code(_ target: String, _ settings: ParserSettings) async -> SyntaxError.Code? {
    await onSmallStack(512 * 1024) { failure(target, settings) }
  }

  static func failure(_ target: String, _ settings: ParserSettings) -> SyntaxError.Code? {
    do {
      _ = try Parser(settings: settings).relativeURI(target)
      return nil
    } catch {
      return error.code
    }
  }

  @Test func manyOpeningExpands() {
    let long = "a?$expand=" + Self.repeated("b($expand=", 100_000)
    let result = outcome(long, .limited { $0.targetBytes = 4 << 20 })
    #expect(result == "limit-expand: b")
  }

  @Test func aMegabyteOfAnything() {
    for filler in ["a", "%", "%41", "&", "/", "'", "(", "\u{0}", "\u{E9}", "x?$filter=a or ", "$filter=", "%3Ffilter="]
    {
      let target = Self.repeated(filler, 1_000_000 / filler.utf8.count + 1)
      #expect(outcome(target, .legacy).hasPrefix("limit-target"))
    }
  }

  /// An expression that shares its piece of the target with others gets memory for itself: with room for the whole
  /// piece each, what many of them take would grow with the square of their number.
  @Test(arguments: [
    ("a?$orderby=", "b,", "b", ""), ("a?$orderby=", "b eq 1 desc,", "b", ""),
    ("a?$compute=", "b add 1 as c,", "b as c", ""), ("a?$apply=orderby(", "b,", "b", ")"),
    ("a?$apply=compute(", "b add 1 as c,", "b as c", ")"), ("a?$apply=aggregate(", "b with sum as c,", "d", ")"),
    ("a?$apply=", "filter(b eq 1)/", "filter(b)", ""), ("a?$apply=Ns.f(", "pN=1,", "q=1", ")"),
    ("a?$apply=", "topcount(2,b)/", "identity", ""), ("a?$expand=", "b($filter=c eq 1),", "b", ""),
    ("a?$expand=", "b($orderby=c;@p=1),", "b", ""), ("a?$expand=b(", "@pN=1;", "$count=true", ")"),
    ("a?$expand=", "b($expand=c($filter=d)),", "b", ""), ("a(", "kN=1,", "l=1", ")"),
    ("a/Ns.f(", "pN=1,", "q=1", ")"),
  ])
  func memoryOfManyExpressions(_ start: String, _ item: String, _ last: String, _ end: String) throws {
    let settings = ParserSettings.limited { $0.targetBytes = 1 << 20 }
    for count in [10, 900] {
      let items = (0..<count).map { item.replacing("N", with: "\($0)") }.joined()
      let request = try Parser(settings: settings).relativeURI(start + items + last + end)
      let expressions = request.expressions.map(\.expression)
      #expect(expressions.count >= count)
      // What is asked for, and what allocation rounds it up to.
      for expression in expressions {
        #expect(expression.entries.capacity <= 2 * expression.entries.count + 6)
      }
    }
  }

  /// Names given twice are found in short lists and in long ones, which take linear time.
  @Test(arguments: [
    ("a?$filter=Ns.f(", "p=1", ",", ")", "repeated-parameter: p7"), ("f(", "p=1", ",", ")", "repeated-parameter: p7"),
    ("a?$filter=$root/b(", "p=1", ",", ")/c", "repeated-parameter: p7"), ("a?", "@p=1", "&", "", "repeated-alias: p7"),
    ("a?$expand=b(", "@p=1", ";", ")", "repeated-alias: p7"),
    ("a?@x={", "\"p\":1", ",", "}", "repeated-member: \"p7\""),
    ("a?$apply=Ns.f(", "p=1", ",", ")", "repeated-parameter: p7"),
  ])
  func repeatedNames(_ start: String, _ item: String, _ separator: String, _ end: String, _ expected: String) {
    var settings = ParserSettings.limited { $0.targetBytes = 1 << 20 }
    settings.limits.listItems = 60_000
    settings.limits.options = 60_000
    settings.limits.nodes = 100_000
    func target(_ numbers: some Sequence<Int>) -> String {
      start + numbers.map { item.replacing("p", with: "p\($0)") }.joined(separator: separator) + end
    }
    for count in [9, 32, 33, 34, 100] {
      #expect(outcome(target(Array(0..<count) + [7]), settings) == expected)
      #expect(!outcome(target(0..<count), settings).hasPrefix("repeated"))
    }
    #expect(!outcome(target(0..<50_000), settings).hasPrefix("repeated"))
  }
}
