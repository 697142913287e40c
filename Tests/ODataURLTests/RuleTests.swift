import TestSupport
import ODataURL
import Testing

/// Texts that are of one rule of the grammar, and the rules that they are not of.
struct RuleTests {
  /// The canonical text, or the code of the error and the text under its span.
  static func outcome(
    _ rule: String, _ text: String, _ encoding: TextEncoding = .url, _ settings: ParserSettings = .strict
  ) throws -> String {
    let rule = try Rule(named: rule)
    do throws(SyntaxError) {
      return try Parser(settings: settings).parse(text, as: rule, encoding: encoding).canonical
    } catch {
      return "\(error.code.rawValue): \(marked(error.span, in: text))"
    }
  }

  static func tree(_ rule: String, _ text: String) throws -> String {
    try Parser(settings: .strict).parse(text, as: Rule(named: rule)).tree
      .split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
  }

  static let accepted: [(rule: String, text: String, canonical: String)] = [
    ("odataRelativeUri", "a?$top=01", "a?$top=1"),
    (
      "odataUri", "HTTPS://Org.Example/api/data/v9.2/accounts?$top=1",
      "https://org.example/api/data/v9.2/accounts?$top=1"
    ),
    ("odataUri", "http://[::1]:80/", "http://[::1]:80/"),
    ("odataUri", "http://h/S/", "http://h/S/"), ("odataUri", "http://h/%C3%A9/S", "http://h/%C3%A9/S"),
    ("keyPredicate", "/1", "/1"), ("keyPredicate", "/1/v1.2/a-b", "/1/v1.2/a-b"), ("byteValue", "255", "255"),
    ("byteLiteral", "0", "0"), ("sbyteValue", "+1", "1"),
    ("odataUri", "http://h/S/O.svc/$metadata?$format=json", "http://h/S/O.svc/$metadata?$format=json"),
    ("resourcePath", "a(1)/b", "a(1)/b"),
    ("queryOptions", "$top=1&$filter=a eq 1", "$filter=a%20eq%201&$top=1"),
    ("filter", "$filter=a  eq 'x%26y'", "$filter=a%20eq%20'x%26y'"),
    ("orderby", "$orderby=a asc,b desc", "$orderby=a,b%20desc"),
    ("select", "$select=a,b/c", "$select=a,b/c"),
    ("expand", "$expand=a($top=1;$select=b)", "$expand=a($select=b;$top=1)"),
    ("search", "$search=a OR b", "$search=a%20OR%20b"),
    ("top", "$top=007", "$top=7"),
    ("skip", "$skip=0", "$skip=0"),
    ("inlinecount", "$count=true", "$count=true"),
    ("count", "$count=FALSE", "$count=false"),
    ("format", "$format=json", "$format=json"),
    ("skiptoken", "$skiptoken=a%26b", "$skiptoken=a%26b"),
    ("deltatoken", "$deltatoken=x", "$deltatoken=x"),
    ("levels", "$levels=20", "$levels=20"),
    ("systemQueryOption", "$schemaversion=*", "$schemaversion=*"),
    ("at", "$at=2019-01-30", "$at=2019-01-30"),
    ("queryOptions", "$from=min&$to=max", "$from=min&$to=max"),
    ("toInclusive", "$toInclusive=2019-01-30T01:02-08:00", "$toInclusive=2019-01-30T01:02:00-08:00"),
    ("customQueryOption", "to=x", "to=x"),
    ("customQueryOption", "!special", "%21special="),
    ("aliasAndValue", "@p=1", "@p=1"),
    ("searchExpr", "a AND b", "a%20AND%20b"),
    ("orderbyItem", "a desc", "a%20desc"),
    ("selectItem", "a/b", "a/b"),
    ("expandItem", "a($count=true)", "a($count=true)"),
    ("commonExpr", "1 add 2", "1%20add%202"),
    ("commonExpr", "a/b/$count gt (1)", "a/b/$count%20gt%201"),
    ("boolCommonExpr", "(false)", "false"),
    ("boolCommonExpr", "a and not contains(b,'c')", "a%20and%20not%20contains(b,'c')"),
    ("boolCommonExpr", "null", "null"),
    ("firstMemberExpr", "$it/a", "$it/a"),
    ("firstMemberExpr", "a/Ns.Type/Ns.f(x=1)", "a/Ns.Type/Ns.f(x=1)"),
    ("memberExpr", "a/b", "a/b"),
    ("propertyPathExpr", "a/Ns.Type/b", "a/Ns.Type/b"),
    ("rootExpr", "$root/a", "$root/a"),
    ("isofExpr", "isof(a,Ns.Type)", "isof(a,Ns.Type)"),
    ("castExpr", "cast(a,Edm.String)", "cast(a,Edm.String)"),
    ("castExpr", "cast( a , Collection(Edm.String) )", "cast(a,Collection(Edm.String))"),
    ("isofExpr", "isof(Collection(Ns.Type))", "isof(Collection(Ns.Type))"),
    ("commonExpr", "['a','b''c']", "%5B%22a%22,%22b'c%22%5D"),
    ("commonExpr", #"{"a":'b'}"#, "%7B%22a%22:%22b%22%7D"),
    ("methodCallExpr", "length(a)", "length(a)"),
    ("boolMethodCallExpr", "startswith(a,'b')", "startswith(a,'b')"),
    ("functionExpr", "Ns.f(x=1)", "Ns.f(x=1)"),
    ("notExpr", "not (a eq 1)", "not%20(a%20eq%201)"),
    ("negateExpr", "-a", "-a"),
    ("anyExpr", "any( d : d/q gt 1 )", "any(d:d/q%20gt%201)"),
    ("anyExpr", "any()", "any()"),
    ("allExpr", "all(d:d)", "all(d:d)"),
    ("listExpr", "( 1,2 )", "(1,2)"),
    ("functionParameters", "(a=1,b=@p)", "(a=1,b=@p)"),
    ("functionParameter", "a='x'", "a='x'"),
    ("arrayOrObject", #"["a",1]"#, "%5B%22a%22,1%5D"),
    ("parameterAlias", "@p", "@p"),
    ("implicitVariableExpr", "$this", "$this"),
    ("keyPredicate", "('a%2Fb')", "('a%2Fb')"),
    ("keyPredicate", "(a=1,b='c')", "(a=1,b='c')"),
    ("simpleKey", "(1)", "(1)"),
    ("compoundKey", "(a=1)", "(a=1)"),
    ("parameterNames", "a,b", "a,b"),
    ("stringInUrl", #""b%75g""#, "%22bug%22"),
    ("primitiveLiteral", "null", "null"),
    ("null", "null", "null"),
    ("booleanValue", "TRUE", "true"),
    ("string", "'O''Neil'", "'O''Neil'"),
    ("sbyteValue", "-128", "-128"),
    ("byteValue", "255", "255"),
    ("int16Value", "32767", "32767"),
    ("int32Literal", "-2147483648", "-2147483648"),
    ("int64Literal", "-9999999999999999999", "-9999999999999999999"),
    ("sbyteLiteral", "%2B128", "128"),
    ("decimalValue", "+42", "42"),
    ("decimalValue", "1.50", "1.50"),
    ("doubleValue", "-0.314e1", "-0.314e1"),
    ("singleLiteral", "-INF", "-INF"),
    ("guidValue", "00000000-0000-0000-0000-00000000000A", "00000000-0000-0000-0000-00000000000a"),
    ("dateValue", "-10000-04-01", "-10000-04-01"),
    ("dateTimeOffsetValueInUrl", "2020-01-02T03:04Z", "2020-01-02T03:04:00Z"),
    ("dateTimeOffsetLiteral", "2020-01-02T03:04:05%2B01:00", "2020-01-02T03:04:05%2B01:00"),
    ("timeOfDayLiteral", "07:59:59.9990", "07:59:59.999"),
    ("duration", "duration'P1D'", "duration'P1D'"),
    ("durationLiteral", "'-P1D'", "duration'-P1D'"),
    ("durationValue", "PT0060S", "PT60S"),
    ("binary", "binary'T0RhdGE'", "binary'T0RhdGE%3D'"),
    ("binaryValue", "T0RhdGE=", "T0RhdGE%3D"),
    ("enum", "Ns.T'A,B'", "Ns.T'A,B'"),
    ("enumLiteral", "'A,-42'", "'A,-42'"),
    ("enumValue", "A,B", "A,B"),
    ("odataIdentifier", "a_1", "a_1"),
    ("entitySetName", "b\u{e9}", "b%C3%A9"),
    ("namespace", "a.b", "a.b"),
    ("qualifiedEntityTypeName", "a.b.C", "a.b.C"),
  ]

  @Test(arguments: accepted)
  func acceptedTexts(_ row: (rule: String, text: String, canonical: String)) throws {
    #expect(try Self.outcome(row.rule, row.text) == row.canonical)
    // Names of rules have no case, and a canonical text is its own.
    #expect(try Self.outcome(row.rule.uppercased(), row.canonical) == row.canonical)
  }

  static let refused: [(rule: String, text: String, outcome: String)] = [
    ("odataRelativeUri", "a#b", "fragment: #"),
    ("odataUri", "http//h/", "invalid-segment: h"),
    ("odataUri", "http://", "invalid-segment: @7"),
    ("odataUri", "http:///a", "invalid-segment: /"),
    ("odataUri", "http://h", "invalid-segment: @8"),
    ("odataUri", "http://u@h/a", "invalid-segment: @"),
    ("odataUri", "http://h:8a/a", "invalid-segment: a"), ("odataUri", "http://h/%4/A", "stray-percent: %4"),
    ("odataUri", "http://h/%00/A", "control-character: %00"), ("odataUri", "http://h/%C0%AF/A", "invalid-utf8: %C0"),
    ("odataUri", "http://%zz/A", "stray-percent: %zz"),
    ("odataUri", "http://h/S/a?$flter=1", "unknown-option: $flter"),
    ("resourcePath", "a?$top=1", "rule-mismatch: ?"),
    ("resourcePath", "", "empty-segment: @0"),
    ("queryOptions", "", "empty-option: @0"),
    ("queryOptions", "$top=1&&", "empty-option: &"),
    ("filter", "$orderby=a", "rule-mismatch: $orderby"),
    ("filter", "$filter=a eq 1&$top=1", "unexpected-text: &"),
    ("filter", "a eq 1", "rule-mismatch: a eq 1"),
    ("top", "$top=-1", "invalid-value: -1"),
    ("skiptoken", "$skiptoken=Not&this", "unexpected-text: &"),
    ("levels", "$levels=0", "invalid-value: 0"),
    ("levels", "$levels=02", "invalid-value: 02"),
    ("levels", "$levels=", "invalid-value: @8"),
    ("isofExpr", "isof(a,Collection())", "invalid-name: )"),
    ("isofExpr", "isof(Collection(Edm.String),a)", "unexpected-text: ,"),
    ("castExpr", "cast(a,Collection(Collection(Edm.String)))", "expected-token: ("),
    ("castExpr", "cast(a,collection(Edm.String))", "unknown-function: collection"),
    ("commonExpr", "{'a':1}", "invalid-json: '"),
    ("levels", "$levels=1;$top=1", "unexpected-text: ;"),
    ("levels", "$top=1", "rule-mismatch: $top=1"),
    ("systemQueryOption", "x=1", "rule-mismatch: x"),
    ("customQueryOption", "$top=1", "rule-mismatch: $top"),
    ("aliasAndValue", "p=1", "rule-mismatch: p"),
    ("orderbyItem", "a,b", "rule-mismatch: a,b"),
    ("commonExpr", "", "expected-operand: @0"),
    ("commonExpr", "a b", "unknown-operator: b"),
    ("boolCommonExpr", "1 add 2", "rule-mismatch: 1 add 2"),
    ("boolCommonExpr", "'a'", "rule-mismatch: 'a'"),
    ("boolCommonExpr", "a and (b or tolower(c))", "rule-mismatch: tolower(c)"),
    ("boolCommonExpr", "not 1", "rule-mismatch: 1"),
    ("boolCommonExpr", "a/$count", "rule-mismatch: a/$count"),
    ("firstMemberExpr", "1", "rule-mismatch: 1"),
    ("firstMemberExpr", "Ns.Type", "rule-mismatch: Ns.Type"),
    ("firstMemberExpr", "(a)", "rule-mismatch: (a)"),
    ("memberExpr", "$it/a", "rule-mismatch: $it/a"),
    ("propertyPathExpr", "Ns.Type/a", "rule-mismatch: Ns.Type/a"),
    ("isofExpr", "cast(a,Edm.String)", "rule-mismatch: cast(a,Edm.String)"),
    ("isofExpr", "isof(a) eq true", "rule-mismatch: isof(a) eq true"),
    ("boolMethodCallExpr", "length(a)", "rule-mismatch: length(a)"),
    ("notExpr", "not a and b", "rule-mismatch: not a and b"),
    ("notExpr", "(not a)", "rule-mismatch: (not a)"),
    ("anyExpr", "all(d:d)", "rule-mismatch: all(d:d)"),
    ("anyExpr", "x/any()", "rule-mismatch: x/any()"),
    ("anyExpr", "any() or a", "rule-mismatch: any() or a"),
    ("listExpr", "a", "rule-mismatch: a"),
    ("listExpr", "(1) or true", "rule-mismatch: (1) or true"),
    ("functionParameter", "a=1,b=2", "rule-mismatch: a=1,b=2"),
    ("functionParameters", "(a=1)/b", "rule-mismatch: (a=1)/b"),
    ("keyPredicate", "()", "rule-mismatch: ()"),
    ("keyPredicate", "(a)", "invalid-key: a"),
    ("simpleKey", "(a=1)", "rule-mismatch: (a=1)"),
    ("compoundKey", "(1)", "rule-mismatch: (1)"),
    ("parameterNames", "a,1", "invalid-name: 1"),
    ("stringInUrl", "1", "rule-mismatch: 1"),
    ("stringInUrl", #""a","b""#, #"rule-mismatch: "a","b""#),
    ("primitiveLiteral", "a", "rule-mismatch: a"),
    ("primitiveLiteral", "(1)", "rule-mismatch: (1)"),
    ("null", "true", "rule-mismatch: true"),
    ("sbyteValue", "1280", "literal-out-of-range: 1280"),
    ("int16Value", "-100000", "literal-out-of-range: -100000"),
    ("byteValue", "-1", "literal-out-of-range: -1"), ("byteValue", "+1", "rule-mismatch: +1"),
    ("byteLiteral", "-0", "rule-mismatch: -0"), ("keyPredicate", "/$count", "invalid-segment: /"),
    ("odataRelativeUri", "", "empty-segment: @0"),
    ("int32Value", "10000000000", "literal-out-of-range: 10000000000"),
    ("int64Value", "10000000000000000000", "literal-out-of-range: 10000000000000000000"),
    ("int64Value", "1.5", "rule-mismatch: 1.5"),
    ("decimalValue", ".1", "invalid-literal: ."),
    ("doubleValue", "'1'", "rule-mismatch: '1'"),
    ("date", "-INF", "rule-mismatch: -INF"),
    ("dateValue", "00000000-0000-0000-0000-000000000000", "rule-mismatch: 00000000-0000-0000-0000-000000000000"),
    ("dateValue", "2020-02-30", "literal-out-of-range: 2020-02-30"),
    ("guid", "guid'00000000-0000-0000-0000-000000000000'", "obsolete-literal: guid"),
    ("durationLiteral", "'P1Y'", "invalid-literal: 'P1Y'"),
    ("durationLiteral", "''", "invalid-literal: ''"),
    ("duration", "1", "rule-mismatch: 1"),
    ("computeItem", "a as b,c as d", "rule-mismatch: a as b,c as d"),
    ("at", "$at=max", "invalid-value: max"),
    ("from", "$from=1", "invalid-value: 1"),
    ("to", "$to=", "expected-operand: @4"),
    ("toInclusive", "$toinclusive=2019-01-30", "unknown-option: $toinclusive"),
    ("queryOptions", "$at=2019-01-30&$at=2019-01-30", "repeated-option: $at"),
    ("expand", "$expand=a($at=2019-01-30)", "misplaced-option: $at"),
    ("systemQueryOption", "$schemaversion=a b", "invalid-value: a b"),
    ("systemQueryOption", "$schemaversion=**", "invalid-value: **"),
    ("durationValue", "+PT1S", "invalid-literal: +"),
    ("durationValue", "duration'PT1S'", "rule-mismatch: '"),
    ("binaryLiteral", "X'1a2B'", "obsolete-literal: X"),
    ("enumValue", "A B", "invalid-literal: A B"),
    ("odataIdentifier", "a-b", "unexpected-text: -"),
    ("odataIdentifier", "1a", "invalid-name: 1"),
    ("qualifiedEntityTypeName", "a", "rule-mismatch: a"),
    ("geographyPoint", "'a'", "rule-mismatch: 'a'"),
    ("string", "'a%2'", "stray-percent: %2'"),
  ]

  @Test(arguments: refused)
  func refusedTexts(_ row: (rule: String, text: String, outcome: String)) throws {
    #expect(try Self.outcome(row.rule, row.text) == row.outcome)
  }

  /// A condition between ampersands is part of the query, whatever rule reads it.
  @Test func conditionsAsOptionsAreKept() throws {
    #expect(
      try Self.outcome("queryOptions", "$filter=a eq 1&contains(b,'c')", .url, .legacy)
        == "$filter=a%20eq%201%20and%20contains(b,'c')")
    #expect(
      try Self.outcome("queryOptions", "@p=1&contains(b,'c')", .url, .legacy) == "$filter=contains(b,'c')&@p=1")
  }

  @Test func decodedTextKeepsItsCharacters() throws {
    for (rule, text, canonical) in [
      ("commonExpr", "a eq '50% #1&2+3'", "a%20eq%20'50%25%20%231%262%2B3'"),
      ("filter", "$filter=a eq 'x&y%20'", "$filter=a%20eq%20'x%26y%2520'"),
      ("queryOptions", "$filter=a eq '+'&$top=1", "$filter=a%20eq%20'%2B'&$top=1"),
      ("odataRelativeUri", "a?$filter=b eq '#%'", "a?$filter=b%20eq%20'%23%25'"),
    ] {
      #expect(try Self.outcome(rule, text, .decoded, .dataverse) == canonical)
    }
    // Leniently, a service root ends before what could be an option.
    #expect(
      try Self.outcome("odataUri", "http://h/S/a$filter=b/c", .url, .legacy) == "http://h/S/a?$filter=b/c")
    // What is too large for one service root is not read below another.
    var settings = ParserSettings.strict
    settings.limits.segments = 3
    let error = #expect(throws: SyntaxError.self) {
      try Parser(settings: settings).parse("http://h/a/b/c/d", as: try Rule(named: "odataUri"))
    }
    #expect(error?.code == .limitSegments)
    // Blanks are no option, even to a reader that lets them pass between options.
    #expect(try Self.outcome("queryOptions", "+", .url, .legacy) == "empty-option: +")
    #expect(try Self.outcome("queryOptions", "&+&", .url, .legacy) == "empty-option: &+&")
    // Places count in the text as it was given.
    #expect(try Self.outcome("odataRelativeUri", "a?$filter=b eq '%%%' c", .decoded) == "unknown-operator: c")
    #expect(try Self.outcome("odataUri", "http://h/%/a?$filter=b eq '%%%' c", .decoded) == "unknown-operator: c")
    #expect(try Self.outcome("string", "'%zz'", .url) == "stray-percent: %zz")
  }

  @Test func treesShowTheTextAlone() throws {
    for (rule, text, tree) in [
      ("odataUri", "http://h/a?$top=1", #"(uri (root "http://h/") (name "a") (top 1))"#),
      ("queryOptions", "$top=1", "(options (top 1))"),
      ("top", "$top=1", "(top 1)"),
      ("levels", "$levels=max", #"(unparsed $levels "max")"#),
      ("orderbyItem", "a desc", #"(orderby desc (member "a"))"#),
      ("keyPredicate", "(1)", "(key (integer 1))"),
      ("compoundKey", "(a=1)", "(keys (= a (integer 1)))"),
      ("functionParameters", "()", "()"),
      ("functionParameter", "a=1", "(= a (integer 1))"),
      ("listExpr", "(1,2)", "(list (integer 1) (integer 2))"),
      ("anyExpr", "any(d:d)", "(any d ($it) (variable d))"),
      ("enumValue", "A", #"(enumeration "" "A")"#),
      ("stringInUrl", #""a""#, #"(string "a")"#),
      ("parameterNames", "a,b", #"(name "a") (name "b")"#),
      ("namespace", "a.b", #"(qualified "a.b")"#),
    ] {
      #expect(try Self.tree(rule, text) == tree)
    }
  }

  @Test func messagesNameBothKinds() throws {
    let rule = try Rule(named: "dateValue")
    let error = #expect(throws: SyntaxError.self) { try Parser().parse("07:59", as: rule) }
    #expect(error?.message == "this is a time of day; the rule takes a date")
  }

  @Test func rulesAreFoundByName() throws {
    #expect(try Rule(named: "ODATARELATIVEURI") == .odataRelativeUri)
    #expect(throws: UnknownRule.self) { try Rule(named: "") }
    let error = #expect(throws: UnknownRule.self) { try Rule(named: "boolComonExpr") }
    #expect(error?.suggestion == "boolCommonExpr")
    #expect(error.map { "\($0)".hasSuffix("did you mean `boolCommonExpr`?") } == true)
    let names = Rule.all.map { $0.name.lowercased() }
    #expect(Set(names).count == names.count)
  }

  @Test func limitsHold() throws {
    let settings = ParserSettings.limited { $0.targetBytes = 10 }
    #expect(try Self.outcome("string", "'12345678'", .url, settings) == "'12345678'")
    #expect(try Self.outcome("string", "'123456789'", .url, settings) == "limit-target: '")
    let deep = String(repeating: "(", count: 20_000)
    let texts = [
      ("filter", "$filter="), ("commonExpr", ""), ("keyPredicate", "("), ("listExpr", "("), ("anyExpr", "any(d:"),
      ("functionParameter", "a="), ("orderbyItem", ""), ("dateValue", ""), ("aliasAndValue", "@a="),
    ]
    for (rule, start) in texts {
      let outcome = try Self.outcome(rule, start + deep)
      #expect(outcome == "limit-depth: (" || outcome == "limit-stack: (", "\(rule)")
    }
    let far = "http://h" + String(repeating: "/a", count: 10_000)
    #expect(try Self.outcome("odataUri", far) == "limit-segments: a")
  }

  /// No text crashes any rule, errors lie within the text, and canonical texts give the same tree.
  @Test func everyRuleAnswersEveryText() throws {
    var generator = SeededGenerator(seed: 11)
    let texts = Self.accepted.map(\.text) + Self.refused.map(\.text)
    for _ in 0..<40 {
      var bytes = Array(generator.pick(texts).utf8)
      for _ in 0..<generator.below(3) where !bytes.isEmpty {
        switch generator.below(3) {
        case 0: bytes.remove(at: generator.below(bytes.count))
        case 1: bytes.insert(generator.pick(Array("()'\",;$@/%+ =&\\a1".utf8)), at: generator.below(bytes.count + 1))
        default: bytes += Array(generator.pick(texts).utf8)
        }
      }
      let text = String(decoding: bytes, as: UTF8.self)
      for rule in Rule.all {
        for encoding in TextEncoding.allCases {
          let parser = Parser(settings: generator.pick(ParserSettings.all))
          do throws(SyntaxError) {
            let parsed = try parser.parse(text, as: rule, encoding: encoding)
            let again = try? parser.parse(parsed.canonical, as: rule)
            #expect(again == parsed, "\(rule.name) \(encoding): \(text)")
          } catch {
            #expect(marked(error.span, in: text) != "beyond the target")
          }
        }
      }
    }
  }
}
