import ODataURL
import Testing

/// Every leniency on its own: what it lets through, and that the plain grammar refuses it.
struct LeniencyTests {
  struct Case: Sendable {
    var leniency: Leniencies
    var target: String
    var canonical: String
    /// What the strict grammar makes of the target; another canonical text where it reads it in another way.
    var strict: String
  }

  static let cases: [Case] = [
    Case(
      leniency: .plusAsSpace, target: "a?$filter=b+eq+'c+d%2Be'", canonical: "a?$filter=b%20eq%20'c%20d%2Be'",
      strict: "unknown-operator: +"),
    Case(
      leniency: .plusAsSpace, target: "a?$search=b+c", canonical: "a?$search=b%20AND%20c", strict: "a?$search=b%2Bc"),
    Case(leniency: .plusAsSpace, target: "a('b+c')", canonical: "a('b%2Bc')", strict: "a('b%2Bc')"),
    Case(leniency: .optionsWithoutDollar, target: "a?top=1&x=2", canonical: "a?$top=1&x=2", strict: "a?top=1&x=2"),
    Case(
      leniency: .optionsWithoutDollar, target: "a?$expand=b(top=1)", canonical: "a?$expand=b($top=1)",
      strict: "unknown-option: top"),
    Case(leniency: .caseInsensitiveOptions, target: "a?$Top=1", canonical: "a?$top=1", strict: "unknown-option: $Top"),
    Case(
      leniency: [.caseInsensitiveOptions, .optionsWithoutDollar], target: "a?Top=1&FILTER=b",
      canonical: "a?$filter=b&$top=1", strict: "a?Top=1&FILTER=b"),
    Case(
      leniency: .caseInsensitiveOperators, target: "a?$filter=NOT b EQ 1 AND Contains(c,'D') OR e/Any(f:f IN (1))",
      canonical: "a?$filter=not%20b%20eq%201%20and%20contains(c,'D')%20or%20e/any(f:f%20in%20(1))",
      strict: "unknown-operator: b"),
    Case(
      leniency: .caseInsensitiveOperators, target: "a?$orderby=b DESC,c Asc", canonical: "a?$orderby=b%20desc,c",
      strict: "unknown-operator: DESC"),
    Case(
      leniency: .caseInsensitiveOperators, target: "a?$filter=AND eq 1", canonical: "a?$filter=AND%20eq%201",
      strict: "a?$filter=AND%20eq%201"),
    Case(
      leniency: .blanksAroundOptions, target: "a?$filter=b eq 'c' & $top=1", canonical: "a?$filter=b%20eq%20'c'&$top=1",
      strict: "unexpected-text:  "),
    Case(
      leniency: .blanksAroundOptions, target: "a?$top = 1&%20x%20=%20y%20&", canonical: "a?$top=1&x=%20y%20",
      strict: "unknown-option: $top "),
    Case(
      leniency: .blanksAroundOptions, target: "a? x = y %20& $skiptoken = %20%25",
      canonical: "a?$skiptoken=%20%25&x=y%20%20",
      strict: "stray-option:  x "),
    Case(
      leniency: .conditionsAsOptions, target: "a?$filter=b eq 1&c eq 'x=y'&contains(d,'=')",
      canonical: "a?$filter=b%20eq%201%20and%20c%20eq%20'x%3Dy'%20and%20contains(d,'%3D')",
      strict: "stray-option: c eq 'x"),
    Case(
      leniency: .keysAsSegments, target: "a?$filter=b eq $root/P/1245/N and $root/P/'x'/Ns.T/O/2 eq c",
      canonical: "a?$filter=b%20eq%20$root/P(1245)/N%20and%20$root/P('x')/Ns.T/O(2)%20eq%20c", strict: "invalid-name: 1"
    ),
    Case(
      leniency: .keysAsSegments, target: "a?$filter=$root/P/1/2 eq c", canonical: "key-as-segment: 2",
      strict: "invalid-name: 1"),
    Case(
      leniency: .keysAsSegments, target: "a?$filter=Ns.Type/4/b eq c", canonical: "key-as-segment: 4",
      strict: "invalid-name: 4"),
    Case(
      leniency: .typographicQuotes, target: "a?$filter=b eq ‘c’ or b eq %E2%80%99d''e%E2%80%99",
      canonical: "a?$filter=b%20eq%20'c'%20or%20b%20eq%20'd''e'", strict: "invalid-name: ‘"),
    Case(
      leniency: .typographicQuotes, target: "a?$filter=b eq 'O’Brien' or b eq ‘O’’Brien'",
      canonical: "a?$filter=b%20eq%20'O%E2%80%99Brien'%20or%20b%20eq%20'O''Brien'", strict: "invalid-name: ‘"),
    Case(
      leniency: .typographicQuotes, target: "a(‘k’)?$filter=b in (‘c’,'d’) or e eq Ns.T‘v’",
      canonical: "unterminated-string: 'd’) or e eq Ns.T‘v’", strict: "invalid-name: ‘"),
    Case(
      leniency: .missingQuestionMark, target: "UnifiedActivity$filter=b eq 'c?$top=1'&$top=2",
      canonical: "UnifiedActivity?$filter=b%20eq%20'c%3F$top%3D1'&$top=2", strict: "invalid-segment: $"),
    Case(
      leniency: .missingQuestionMark, target: "a%24top=2", canonical: "a?$top=2", strict: "invalid-segment: %24"),
    Case(leniency: .missingQuestionMark, target: "a/b$top=2", canonical: "a/b?$top=2", strict: "invalid-segment: $"),
    Case(
      leniency: .missingQuestionMark, target: "a('x$top=2')/$count", canonical: "a('x$top%3D2')/$count",
      strict: "a('x$top%3D2')/$count"),
    Case(
      leniency: .missingQuestionMark, target: "a$tip=2", canonical: "invalid-segment: $", strict: "invalid-segment: $"),
    Case(
      leniency: .encodedSlash, target: "a%2Fb%2f$count", canonical: "a/b/$count", strict: "invalid-segment: %2F"),
    Case(
      leniency: .encodedSlash, target: "a('b%2Fc')%2F", canonical: "empty-segment: @13", strict: "invalid-segment: %2F"),
    Case(
      leniency: .encodedSlash, target: "a/$filter(b%2Fc eq 1)%2F$count", canonical: "a/$filter(b%2Fc%20eq%201)/$count",
      strict: "invalid-segment: %2F"),
    Case(leniency: .encodedSlash, target: "a(%27b%2Fc%27)", canonical: "a('b%2Fc')", strict: "a('b%2Fc')"),
    Case(
      leniency: .conditionsAsOptions, target: "a?contains(b,'c')&$filter=d or e&not f",
      canonical: "a?$filter=(d%20or%20e)%20and%20contains(b,'c')%20and%20not%20f",
      strict: "stray-option: contains(b,'c')"),
    Case(
      leniency: .conditionsAsOptions, target: "a?x&y=contains(1)", canonical: "a?x=&y=contains(1)",
      strict: "a?x=&y=contains(1)"),
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3F%24filter%3Db%20eq%20'c'%26%24top%3D1",
      canonical: "Customer?$filter=b%20eq%20'c'&$top=1", strict: "invalid-segment: %3F"),
    // Decoded as a whole, an ampersand inside a text looks like one that parts options.
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3F%24filter%3Db%20eq%20'c%26d'%26%24top%3D1",
      canonical: "Customer?$filter=b%20eq%20'c%26d'&$top=1", strict: "invalid-segment: %3F"),
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3F%24search%3DO'Neil%26%24filter%3Db%20eq%20'c%26d%26'",
      canonical: "Customer?$filter=b%20eq%20'c%26d%26'&$search=O'Neil", strict: "invalid-segment: %3F"),
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3f$filter=b%20eq%20'c'&$top=1",
      canonical: "Customer?$filter=b%20eq%20'c'&$top=1", strict: "invalid-segment: %3f"),
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3F%24filter%3Db%2520eq%2520'c%252525'",
      canonical: "Customer?$filter=b%20eq%20'c%2525'", strict: "invalid-segment: %3F"),
    Case(
      leniency: .encodedQuestionMark, target: "Customer%3F%24filter%3Db%20eq%20'100%25'",
      canonical: "Customer?$filter=b%20eq%20'100%25'", strict: "invalid-segment: %3F"),
    Case(
      leniency: [.encodedQuestionMark, .optionsWithoutDollar],
      target: "Model%3Ffilter%3Db%20eq%20'c'?forceSearch=true&$top=3",
      canonical: "Model?$filter=b%20eq%20'c'&$top=3&forceSearch=true", strict: "invalid-segment: %3F"),
    Case(
      leniency: .encodedQuestionMark, target: "a('b%3F$top%3D1')", canonical: "a('b%3F$top%3D1')",
      strict: "a('b%3F$top%3D1')"),
    Case(
      leniency: [.encodedQuestionMark, .jsonInPaths], target: "a(x=[%22b\\%22%3Ftop%3D1%22])",
      canonical: "a(x=%5B%22b%5C%22%3Ftop%3D1%22%5D)", strict: "invalid-argument: [%22b\\%22%3Ftop%3D1%22]"),
    Case(
      leniency: .jsonInPaths, target: "f(x=[1,\"a%2Fb\"],y={})", canonical: "f(x=%5B1,%22a%2Fb%22%5D,y=%7B%7D)",
      strict: "invalid-argument: [1,\"a%2Fb\"]"),
    Case(
      leniency: .encodedQuestionMark, target: "a%3Fx%3D1", canonical: "invalid-segment: %3F",
      strict: "invalid-segment: %3F"),
    Case(
      leniency: [.singleQuotedJSON, .jsonInPaths], target: "f(x=['a','b''c'],y={'k':'v'})",
      canonical: "f(x=%5B%22a%22,%22b'c%22%5D,y=%7B%22k%22:%22v%22%7D)", strict: "invalid-argument: ['a','b''c']"),
    Case(
      leniency: .singleQuotedJSON, target: "a?@p={'k':'v'}", canonical: "a?@p=%7B%22k%22:%22v%22%7D",
      strict: "invalid-json: '"),
    Case(
      leniency: .blanksInLists, target: "a?$select=b , c%0A&$orderby=d , e&$expand=f( $top = 1 ; $select=g , h ) , i",
      canonical: "a?$select=b,c&$expand=f($select=g,h;$top=1),i&$orderby=d,e", strict: "unexpected-text:  "),
    Case(
      leniency: .blanksInLists, target: "a?$filter=b%0Aeq%09Ns.F(%0D%0AA = 1 , B=2)",
      canonical: "a?$filter=b%20eq%20Ns.F(A=1,B=2)",
      strict: "unexpected-text: %0A"),
    Case(
      leniency: .blanksInLists, target: "a?$filter=b eq 'c%0Ad'", canonical: "a?$filter=b%20eq%20'c%0Ad'",
      strict: "a?$filter=b%20eq%20'c%0Ad'"),
    Case(
      leniency: .blanksInLists, target: "a?fetchXml=b%0Ac", canonical: "a?fetchXml=b%0Ac",
      strict: "control-character: %0A"),
    Case(leniency: .blanksInLists, target: "a(x = 1 , y=2)", canonical: "a(x=1,y=2)", strict: "invalid-key: x"),
    Case(leniency: .trailingSlash, target: "a/b/?$top=1", canonical: "a/b?$top=1", strict: "empty-segment: @4"),
    Case(
      leniency: .keysAsSegments, target: "a/%2E%2E", canonical: "invalid-segment: %2E%2E",
      strict: "invalid-segment: %2E"),
    Case(leniency: .keysAsSegments, target: "a/./b", canonical: "invalid-segment: .", strict: "invalid-segment: ."),
    Case(
      leniency: .keysAsSegments, target: "a/1.5/b", canonical: "a/1.5/b", strict: "key-as-segment: 1.5"),
    Case(leniency: .keysAsSegments, target: "a/v1.2/b", canonical: "a/v1.2/b", strict: "invalid-name: 2"),
    Case(leniency: .keysAsSegments, target: "a/b./c", canonical: "a/b./c", strict: "invalid-name: @4"),
    Case(leniency: .keysAsSegments, target: "a/b%20c", canonical: "a/b%20c", strict: "invalid-segment: %20"),
    Case(leniency: .keysAsSegments, target: "a/b c", canonical: "invalid-segment:  ", strict: "invalid-segment:  "),
    Case(leniency: .trailingSlash, target: "a/b/", canonical: "a/b", strict: "empty-segment: @4"),
    Case(leniency: .trailingSlash, target: "a//", canonical: "empty-segment: @2", strict: "empty-segment: /"),
    Case(leniency: .keysAsSegments, target: "a/17/b/c-d", canonical: "a/17/b/c-d", strict: "key-as-segment: 17"),
    Case(
      leniency: .keysAsSegments, target: "a/'b%2Fc'/$count", canonical: "a/'b%2Fc'/$count",
      strict: "key-as-segment: 'b%2Fc'"),
    Case(
      leniency: [.keysAsSegments, .trailingSlash], target: "a//", canonical: "empty-segment: @2",
      strict: "empty-segment: /"),
    Case(
      leniency: [.keysAsSegments, .blanksAroundOptions], target: "a/%20/b", canonical: "invalid-segment: @5",
      strict: "invalid-segment: %20"),
  ]

  @Test(arguments: cases)
  func each(_ test: Case) throws {
    #expect(outcome(test.target, .strict(with: test.leniency)) == test.canonical)
    #expect(outcome(test.target) == test.strict)
  }

  /// The documented requests of the Customer Insights API, slips included.
  @Test(arguments: [
    ("Customer", "Customer"),
    ("Customer?$filter=CustomerId eq 'CID'", "Customer?$filter=CustomerId%20eq%20'CID'"),
    (
      "Customer?$select=CustomerId,FullName&$filter=customerid eq '1'",
      "Customer?$select=CustomerId,FullName&$filter=customerid%20eq%20'1'"
    ),
    ("Customer?$filter=CustomerId in ('A','B')", "Customer?$filter=CustomerId%20in%20('A','B')"),
    ("Customer?$filter=CustomerId in ('A',’B’)", "Customer?$filter=CustomerId%20in%20('A','B')"),
    ("Customer?$top=10&$skip=0&$search=\"string\"", "Customer?$top=10&$skip=0&$search=%22string%22"),
    (
      "Customer?$search=abc&forceSearch=true&proxy=true",
      "Customer?$search=abc&forceSearch=true&proxy=true"
    ),
    ("Customer(customerId='CID')", "Customer(customerId='CID')"), ("Customer('CID')", "Customer('CID')"),
    (
      "Customer?$expand=UnifiedActivity,Customer_Measure&$filter=CustomerId in ('A', 'B')",
      "Customer?$expand=UnifiedActivity,Customer_Measure&$filter=CustomerId%20in%20('A','B')"
    ),
    (
      "Customer?relativePath=x&Filter=CustomerId%20eq%20'A'&Top=10",
      "Customer?$filter=CustomerId%20eq%20'A'&$top=10&relativePath=x"
    ),
    ("Customer%3F%24filter%3DCustomerId%20eq%20'CID'", "Customer?$filter=CustomerId%20eq%20'CID'"),
    ("Seg_1?$select=*&$skip=0&$top=100", "Seg_1?$select=*&$top=100&$skip=0"),
    (
      "UnifiedActivity?$filter=CustomerId eq 'C' and ActivityTime gt 2017-01-01T00:00:00.000Z and ActivityTime lt "
        + "2020-01-01T00:00:00.000Z",
      "UnifiedActivity?$filter=CustomerId%20eq%20'C'%20and%20ActivityTime%20gt%202017-01-01T00:00:00Z%20and%20"
        + "ActivityTime%20lt%202020-01-01T00:00:00Z"
    ),
    (
      "UnifiedActivity$filter=CustomerId eq 'C' and ActivityTypeDisplay eq 'N'",
      "UnifiedActivity?$filter=CustomerId%20eq%20'C'%20and%20ActivityTypeDisplay%20eq%20'N'"
    ),
    (
      "UnifiedActivity?$filter=CustomerId eq ‘C’ & $orderby=ActivityTime asc",
      "UnifiedActivity?$filter=CustomerId%20eq%20'C'&$orderby=ActivityTime"
    ),
    (
      "Customer?$filter=FirstName eq 'A' OR LastName eq 'B'",
      "Customer?$filter=FirstName%20eq%20'A'%20or%20LastName%20eq%20'B'"
    ),
    ("OOBModelOutputTable%3Ffilter%3DCustomerId%20eq%20'C'", "OOBModelOutputTable?$filter=CustomerId%20eq%20'C'"),
    (
      "BrandShareOfVoiceFromMicrosoft?$filter=CustomerId+eq+%27C%27",
      "BrandShareOfVoiceFromMicrosoft?$filter=CustomerId%20eq%20'C'"
    ),
    ("Customer?select=*&$top=10", "Customer?$select=*&$top=10"),
    (
      "Customer?$filter=CustomerId eq 'C' or a&IsMemberOfSegment('S')",
      "Customer?$filter=(CustomerId%20eq%20'C'%20or%20a)%20and%20ismemberofsegment('S')"
    ),
    (
      "Customer?$filter=CustomerId eq 'x'&IsMemberOfSegment('S=1')",
      "Customer?$filter=CustomerId%20eq%20'x'%20and%20ismemberofsegment('S%3D1')"
    ),
    ("Customer? $filter=CustomerId eq 'x'", "Customer?$filter=CustomerId%20eq%20'x'"),
    ("Customer?IsMemberOfSegment('S')&$top=1", "Customer?$filter=ismemberofsegment('S')&$top=1"),
    (
      "Customer?$filter=IsMemberOfSegment('S') and ismemberofsegment(T)",
      "Customer?$filter=ismemberofsegment('S')%20and%20ismemberofsegment(T)"
    ),
    ("Customer?$filter=IsMemberOfSegments('S')", "unknown-function: IsMemberOfSegments"),
    ("Customer?$filter=a&b or", "expected-operand: @23"),
    ("Customer?$filter=a&b or contains(c", "expected-token: ("),
    ("Customer%28%27a%2Fb%27%29%2F%24count", "Customer('a%2Fb')/$count"),
    ("Customer%28customerId%3D%27x%27%29", "Customer(customerId='x')"),
    ("Customer?$filter=a eq 1&filter=b eq 2", "repeated-option: filter"),
  ])
  func legacyRequests(_ target: String, _ canonical: String) {
    #expect(outcome(target, .legacy) == canonical)
  }

  @Test func spansInsideAnEncodedQuery() throws {
    let target = "Customer%3F%24filter%3DA%20eq%20%27x%27?y=1"
    let uri = try Parser(settings: .legacy).relativeURI(target)
    let filter = try #require(uri.options.filter)
    #expect(filter.value.spans.map { marked($0, in: target) } == ["A", "%27x%27", "A%20eq%20%27x%27"])
    #expect(marked(filter.span, in: target) == "%24filter%3DA%20eq%20%27x%27")
    #expect(marked(uri.options.custom[0].span, in: target) == "y=1")
  }

  /// What joins conditions spans all of them, wherever `$filter` stands among them.
  @Test func spansOfConditionsBetweenAmpersands() throws {
    let target = "a?not c&$filter=d&e or f"
    let filter = try #require(try Parser(settings: .legacy).relativeURI(target).options.filter)
    #expect(
      filter.value.spans.map { marked($0, in: target) } == [
        "d", "c", "not c", "not c&$filter=d", "e", "f", "e or f", "not c&$filter=d&e or f",
      ])
    #expect(marked(filter.span, in: target) == "$filter=d")
  }

  /// The operators that join conditions count as those that are written.
  @Test func nodesOfConditionsBetweenAmpersands() {
    var settings = ParserSettings.legacy
    settings.limits.nodes = 7
    #expect(outcome("a?$filter=b&not c&not d", settings) == "a?$filter=b%20and%20not%20c%20and%20not%20d")
    settings.limits.nodes = 6
    #expect(outcome("a?$filter=b&not c&not d", settings) == "limit-nodes: b&not c&not d")
  }

  @Test(arguments: Corpus.dataverse)
  func dataverseQueries(_ target: String) throws {
    for settings in [ParserSettings.dataverse, .legacy] {
      let parser = Parser(settings: settings)
      let uri = try parser.relativeURI(target)
      #expect(try parser.relativeURI(uri.printed()) == uri)
    }
  }
}
