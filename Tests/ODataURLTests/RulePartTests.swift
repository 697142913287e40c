import ODataURL
import Testing

/// Rules for parts of a construct: one text at least that each takes, and one that it does not.
struct RulePartTests {
  /// Rules of one form, texts that they take with what comes of them, and texts that they refuse.
  struct Row: CustomTestStringConvertible {
    var rules: [String]
    var accepted: [(text: String, canonical: String)]
    var refused: [String]

    init(_ rules: String, _ accepted: [(text: String, canonical: String)], not refused: [String]) {
      self.rules = rules.split(separator: " ").map(String.init)
      self.accepted = accepted
      self.refused = refused
    }

    var testDescription: String { rules.joined(separator: " ") }
  }

  static func same(_ texts: String...) -> [(text: String, canonical: String)] { texts.map { ($0, $0) } }

  static let paths: [Row] = [
    Row("serviceRoot", [("HTTP://Host:80/a/B/", "http://host:80/a/B/")], not: ["http://h", "http://h/a", "a/", ""]),
    Row(
      "collectionNavigation collectionNavPath", same("(1)/a", "/$count", "/$filter(a%20eq%201)", "/Ns.F()"),
      not: ["a", "/a", "1"]),
    Row("singleNavigation", same("/a(1)/b", "/$ref", "/$value", "/Ns.T/a"), not: ["(1)", "/$count", "a", ""]),
    Row("collectionPath complexColPath primitiveColPath", same("/$count", "/Ns.F(a=1)"), not: ["/$value", "/a", "x"]),
    Row("singlePath primitivePath", same("/$value", "/Ns.F()"), not: ["/$count", "/a", "(1)"]),
    Row("complexPath", same("/a", "/Ns.T/a"), not: ["/$value", "(1)"]),
    Row("propertyPath", same("a", "a/b/$count", "a(1)"), not: ["/a", "$count", "Ns.T"]),
    Row("boundOperation", same("/Ns.F(a=1)/b", "/Ns.Action"), not: ["/a", "/a(b=1)", "Ns.F()"]),
    Row("filterInPath", same("/$filter(a%20gt%201)"), not: ["/$filter", "/$filter(a)/b", "$filter(a)", "/$count"]),
    Row("each", same("/$each"), not: ["$each", "/$count", "/$each/a", "(1)/$each"]),
    Row("ref", same("/$ref"), not: ["/$value", "$ref"]),
    Row("value", same("/$value"), not: ["/$ref", "/a/$value"]),
    Row("keyPathSegments", same("/1", "/A1/O'Neil"), not: ["1", "/", "/$count", "(1)"]),
    Row("keyPathLiteral", same("2001", "A1", "O'Neil", "a%2Fb"), not: ["a/b", "", "a?b", "$count"]),
    Row("crossjoin", same("$crossjoin(A,B)"), not: ["$crossjoin(A)/$query", "$crossjoin()", "A"]),
    Row("actionImportCall functionImportCallNoParens", same("Name"), not: ["Name()", "a/b", "$all", "Ns.Name"]),
    Row(
      "entityFunctionImportCall primitiveColFunctionImportCall", same("F()", "F(a=1,b=@c)"),
      not: ["F", "F(1)", "F()/a", "F(a=1)(1)"]),
    Row("keyValuePair", same("a=1", "a=@b"), not: ["1", "a=1,b=2", "a"]),
    Row("keyPropertyValue", same("1", "'a'"), not: ["@a", "a"]),
    Row("qualifiedTypeName", same("Ns.T", "Collection(Edm.String)"), not: ["T", "Collection(T)", "Collection(Ns.T"]),
    Row("optionallyQualifiedTypeName", same("T", "Ns.T", "Collection(T)"), not: ["1", "Collection()"]),
    Row("singleTypeName", same("T", "Ns.T"), not: ["Collection(Ns.T)"]),
    Row(
      "primitiveTypeName", same("Edm.String", "Edm.GeographyPoint"),
      not: ["String", "Edm.Text", "Collection(Edm.String)"]),
    Row("identifierLeadingCharacter", same("a", "_"), not: ["1", "ab", ""]),
    Row(
      "computedProperty alias customAggregate expressionAlias function functionImport functionParameterName",
      same("a1"), not: ["1a", "a.b", "@a"]),
  ]

  static let options: [Row] = [
    Row("queryOption", same("$top=1", "@p=1", "x=y"), not: ["$top=1&$skip=1", "", "$tpo=1"]),
    Row("batchOptions metadataOptions", same("$format=json", "$format=json&a=b"), not: ["$top=1", "@p=1", ""]),
    Row(
      "batchOption metadataOption entityOption entityIdOption", same("$format=json", "a=b"), not: ["$top=1", "a=b&c=d"]),
    Row("entityOptions", same("$id=a(1)", "$format=json&$id=a(1)"), not: ["$format=json", "$id=a(1)&$select=b"]),
    Row("entityCastOptions", same("$select=b&$id=a(1)"), not: ["$select=b", "$top=1&$id=a(1)"]),
    Row("entityCastOption", same("$select=b", "$expand=b"), not: ["$top=1", "$select=b&$expand=c"]),
    Row("customName", [("a", "a"), ("!a", "%21a")], not: ["$top", "@p", "a=b", "a&b"]),
    Row("customValue", same("a%26b", ""), not: ["a&b"]),
    Row("expandCountOption", same("$filter=a%20eq%201", "$search=a"), not: ["$top=1", "$filter=a;$search=b", "a=b"]),
    Row(
      "expandRefOption expandRefOptionPC", same("$orderby=a", "$top=1", "$filter=a%20eq%20'%3B'"),
      not: ["$select=a", "$levels=1", "$top=1),y($top=1"]),
    Row(
      "expandOption", same("$select=a", "$levels=max", "$expand=a($top=1;$skip=2)", "@p=1"),
      not: ["$format=json", "$top=1;$skip=1", ""]),
    Row("selectOption", same("$select=a", "$compute=a%20as%20b", "$top=1"), not: ["$levels=1", "$expand=a", "a"]),
    Row("selectOptionPC", same("$top=1", "$count=true"), not: ["$select=a", "$compute=a as b"]),
    Row("expandPath selectPath selectProperty", same("a", "a/Ns.T/b"), not: ["a,b", "a($top=1)", "*"]),
    Row("allOperationsInSchema", same("Ns.*", "A.B.*"), not: ["*", "Ns.a", "Ns.*,b"]),
  ]

  static let searches: [Row] = [
    Row("searchWord", same("a", "caf%C3%A9"), not: ["a b", "\"a\"", "NOT a", "'a'", "(a)"]),
    Row("searchPhrase", [("\"a b\"", "%22a%20b%22")], not: ["a", "\"a\" b", "\"a"]),
    Row("searchNegateExpr", same("NOT%20a"), not: ["a", "NOT a AND b", "(NOT a)"]),
    Row("searchParenExpr", [("( a b )", "(a%20AND%20b)")], not: ["a", "(a) OR (b)", "()", "(a"]),
    Row(
      "searchAndExpr", [(" AND b", "%20AND%20b"), (" b OR c", "%20AND%20b%20OR%20c")], not: ["AND b", " OR b", "b"]),
    Row("searchOrExpr", same("%20OR%20b%20AND%20c"), not: [" AND b", "OR b", " b"]),
  ]

  static let expressions: [Row] = [
    Row("orExpr", same("%20or%20a%20and%20b"), not: ["or a", " and a", "a or b", " or 1"]),
    Row("andExpr", [(" and a or b", "%20and%20a%20or%20b")], not: [" or a", "/a and b", " and 'x'"]),
    Row("eqExpr", [(" eq 1 and a", "%20eq%201%20and%20a")], not: ["eq 1", " ne 1", " eq", " add 1 eq 2"]),
    Row("neExpr", same("%20ne%20null"), not: [" eq null"]), Row("ltExpr", same("%20lt%201"), not: [" le 1"]),
    Row("leExpr", same("%20le%201"), not: [" lt 1"]), Row("gtExpr", same("%20gt%201"), not: [" ge 1"]),
    Row("geExpr", same("%20ge%201"), not: [" gt 1"]),
    Row("hasExpr", same("%20has%20Ns.C'Red'"), not: [" has 1", " eq 1"]),
    Row("inExpr", same("%20in%20(1,2)", "%20in%20a"), not: [" in", "in (1)", " eq (1)"]),
    Row("addExpr", [(" add 1 eq 2", "%20add%201%20eq%202")], not: [" sub 1"]),
    Row("subExpr", same("%20sub%201"), not: [" add 1"]), Row("mulExpr", same("%20mul%202"), not: [" div 2"]),
    Row("divExpr", same("%20div%202"), not: [" divby 2"]), Row("divbyExpr", same("%20divby%202"), not: [" div 2"]),
    Row("modExpr", same("%20mod%202"), not: [" mul 2"]),
    Row("parenExpr", [("( a or b )", "(a%20or%20b)"), ("((1))", "(1)")], not: ["a", "(a) or (b)", "()", "(a"]),
    Row("concatMethodCallExpr", same("concat(a,'b')"), not: ["contains(a,'b')", "concat(a)", "concat(a,'b') eq 'c'"]),
    Row("containsMethodCallExpr", same("contains(a,'b')"), not: ["concat(a,'b')", "(contains(a,'b'))"]),
    Row("startsWithMethodCallExpr", same("startswith(a,'b')"), not: ["endswith(a,'b')"]),
    Row("endsWithMethodCallExpr", same("endswith(a,'b')"), not: ["startswith(a,'b')"]),
    Row("lengthMethodCallExpr", same("length(a)"), not: ["trim(a)"]),
    Row("indexOfMethodCallExpr", same("indexof(a,'b')"), not: ["length(a)"]),
    Row("substringMethodCallExpr", same("substring(a,1,2)"), not: ["substring(a)"]),
    Row("toLowerMethodCallExpr", same("tolower(a)"), not: ["toupper(a)"]),
    Row("toUpperMethodCallExpr", same("toupper(a)"), not: ["tolower(a)"]),
    Row("trimMethodCallExpr", same("trim(a)"), not: ["length(a)"]),
    Row("matchesPatternMethodCallExpr", same("matchesPattern(a,'b')"), not: ["contains(a,'b')"]),
    Row("hasSubsetMethodCallExpr", [("hassubset(a,[1])", "hassubset(a,%5B1%5D)")], not: ["hassubsequence(a,[1])"]),
    Row("hasSubsequenceMethodCallExpr", [("hassubsequence(a,b)", "hassubsequence(a,b)")], not: ["hassubset(a,b)"]),
    Row("yearMethodCallExpr", same("year(a)"), not: ["month(a)"]),
    Row("monthMethodCallExpr", same("month(a)"), not: ["year(a)"]),
    Row("dayMethodCallExpr", same("day(a)"), not: ["hour(a)"]),
    Row("hourMethodCallExpr", same("hour(a)"), not: ["day(a)"]),
    Row("minuteMethodCallExpr", same("minute(a)"), not: ["second(a)"]),
    Row("secondMethodCallExpr", same("second(a)"), not: ["minute(a)"]),
    Row("fractionalsecondsMethodCallExpr", same("fractionalseconds(a)"), not: ["totalseconds(a)"]),
    Row("totalsecondsMethodCallExpr", same("totalseconds(a)"), not: ["second(a)"]),
    Row("totalOffsetMinutesMethodCallExpr", same("totaloffsetminutes(a)"), not: ["minute(a)"]),
    Row("dateMethodCallExpr", same("date(a)"), not: ["time(a)"]),
    Row("timeMethodCallExpr", same("time(a)"), not: ["date(a)"]),
    Row("nowMethodCallExpr", same("now()"), not: ["now(1)", "now"]),
    Row("minDateTimeMethodCallExpr", same("mindatetime()"), not: ["maxdatetime()"]),
    Row("maxDateTimeMethodCallExpr", same("maxdatetime()"), not: ["mindatetime()"]),
    Row("roundMethodCallExpr", same("round(a)"), not: ["floor(a)"]),
    Row("floorMethodCallExpr", same("floor(a)"), not: ["round(a)"]),
    Row("ceilingMethodCallExpr", same("ceiling(a)"), not: ["floor(a)"]),
    Row("distanceMethodCallExpr", same("geo.distance(a,b)"), not: ["geo.length(a)"]),
    Row("geoLengthMethodCallExpr", same("geo.length(a)"), not: ["length(a)"]),
    Row("intersectsMethodCallExpr", same("geo.intersects(a,b)"), not: ["geo.distance(a,b)"]),
    Row(
      "caseMethodCallExpr", [("case(a gt 1:2,true:3)", "case(a%20gt%201%20:%202,true%20:%203)")],
      not: ["case()", "round(a)"]),
    Row("directMemberExpr", same("a/b", "Ns.F(x=1)"), not: ["Ns.T/a", "$it/a", "1"]),
    Row("pathExpr", same("a/b", "$it/a"), not: ["1", "a eq b"]),
    Row("annotationExpr annotationInQuery", same("@Ns.Term", "@Ns.Term/a"), not: ["a/@Ns.Term", "@p", "a"]),
    Row("inscopeVariableExpr", same("$it", "@p", "d"), not: ["$it/a", "1"]),
    Row("lambdaPredicateExpr", same("d/a%20gt%201"), not: ["1 add 2"]),
    Row("collectionNavigationExpr", same("(1)/a", "/$count", "/any()"), not: ["/a", "a", "(1) eq 2"]),
    Row(
      "collectionPathExpr complexColPathExpr primitiveColPathExpr", same("/$count", "/any(d:d)", "/Ns.F()"),
      not: ["/a", "any()", "/$count eq 1"]),
    Row("singleNavigationExpr complexPathExpr", same("/a/b", "/Ns.T/a"), not: ["/$count", "/any()", "a"]),
    Row("primitivePathExpr singlePathExpr", same("/@Ns.Term", "/Ns.F()"), not: ["/a", "/$count"]),
    Row("aggregateFunctionExpr", same("aggregate(a%20with%20sum)"), not: ["x/aggregate(a with sum)", "any()"]),
    Row("parameterValue", [("a add 1", "a%20add%201"), ("[1]", "%5B1%5D")], not: ["a=1"]),
  ]

  static let literals: [Row] = [
    Row("array complexColInUri primitiveColInUri", [("[1]", "%5B1%5D")], not: ["{}", "1"]),
    Row("object complexInUri", [("{\"a\":1}", "%7B%22a%22:1%7D")], not: ["[]", "1"]),
    Row("stringInJSON", [("\"a\"", "%22a%22")], not: ["'a'", "1"]),
    Row("numberInJSON", same("-1.5e3", "7"), not: ["\"1\"", "1,2", "true"]),
    Row(
      "primitiveValue", same("1.5", "true", "2020-01-01", "07:59:00", "PT1S", "Red,Blue"),
      not: ["'a'", "a b", "duration'PT1S'"]),
    Row("singleEnumValue", same("Red", "-1"), not: ["Red,Blue", "'Red'"]),
    Row("sridLiteral", [("SRID=04326;", "SRID%3D4326%3B")], not: ["SRID=1", "SRID=1;Point(1 1)"]),
    Row("pointData", same("(1%202)"), not: ["1 2", "Point(1 2)"]),
    Row("positionLiteral", same("1%202%203"), not: ["1", "(1 2)", "1 2,3 4"]),
    Row("pointLiteral", same("Point(1%202)"), not: ["(1 2)", "LineString(1 2,3 4)", "SRID=0;Point(1 2)"]),
    Row("fullPointLiteral", same("SRID%3D0%3BPoint(1%202)"), not: ["Point(1 2)", "SRID=0;LineString(1 2,3 4)"]),
    Row("lineStringData", same("(1%202,3%204)"), not: ["(1 2)", "1 2,3 4"]),
    Row("lineStringLiteral", same("LineString(1%202,3%204)"), not: ["Point(1 2)"]),
    Row(
      "ringLiteral", same("(0%200,0%201,1%201,0%200)"),
      not: ["((0 0,0 1,1 1,0 0))", "(0 0,0 1,1 1,0 0),(0 0,0 1,1 1,0 0)"]),
    Row("polygonData", same("((0%200,0%201,1%201,0%200))"), not: ["(0 0,0 1,1 1,0 0)"]),
    Row("polygonLiteral", same("Polygon((0%200,0%201,1%201,0%200))"), not: ["Point(0 0)"]),
    Row("multiPointLiteral", same("MultiPoint((0%200),(0%201))"), not: ["Point(0 0)"]),
    Row("multiLineStringLiteral", same("MultiLineString((0%200,0%201))"), not: ["LineString(0 0,0 1)"]),
    Row("multiPolygonLiteral", same("MultiPolygon(((0%200,0%201,1%201,0%200)))"), not: ["Polygon((0 0,0 1,1 1,0 0))"]),
    Row("collectionLiteral", same("Collection(Point(0%200))"), not: ["Point(0 0)"]),
    Row("fullCollectionLiteral", same("SRID%3D1%3BCollection(Point(0%200))"), not: ["Collection(Point(0 0))"]),
  ]

  static let transformations: [Row] = [
    Row("applyTrafo", same("identity", "top(1)", "Ns.F(a=1)"), not: ["identity/top(1)", "", "a"]),
    Row("customFunction", same("Ns.F(a=1)"), not: ["top(1)"]),
    Row("preservingTrafos", same("filter(a)/top(1)"), not: ["aggregate($count as a)", "filter(a),2", ""]),
    Row("aggregateTrafo", same("aggregate($count%20as%20a)"), not: ["identity", "identity/aggregate($count as a)"]),
    Row("groupbyTrafo", same("groupby((a,b))"), not: ["groupby(a)", "identity"]),
    Row("concatTrafo", same("concat(identity,top(1))"), not: ["concat(identity)", "identity"]),
    Row("identityTrafo", same("identity"), not: ["identity/identity", "top(1)"]),
    Row("filterTrafo", same("filter(a)"), not: ["filter", "search(a)"]),
    Row("searchTrafo", same("search(a)"), not: ["filter(a)"]),
    Row("computeTrafo", same("compute(a%20as%20b)"), not: ["filter(a)"]),
    Row("orderbyTrafo", same("orderby(a)"), not: ["top(1)"]),
    Row("topTrafo", same("top(1)"), not: ["skip(1)", "topcount(1,a)"]),
    Row("skipTrafo", same("skip(1)"), not: ["top(1)"]),
    Row("topcountTrafo", same("topcount(1,a)"), not: ["top(1)"]),
    Row("topsumTrafo", same("topsum(1,a)"), not: ["topcount(1,a)"]),
    Row("toppercentTrafo", same("toppercent(1,a)"), not: ["topsum(1,a)"]),
    Row("bottomcountTrafo", same("bottomcount(1,a)"), not: ["topcount(1,a)"]),
    Row("bottomsumTrafo", same("bottomsum(1,a)"), not: ["topsum(1,a)"]),
    Row("bottompercentTrafo", same("bottompercent(1,a)"), not: ["toppercent(1,a)"]),
    Row("nestTrafo", same("nest(identity%20as%20a)"), not: ["addnested(a,identity as b)"]),
    Row("addnestedTrafo", same("addnested(a,identity%20as%20b)"), not: ["nest(identity as b)"]),
    Row("joinTrafo", same("join(a%20as%20b)"), not: ["outerjoin(a as b)"]),
    Row("outerjoinTrafo", same("outerjoin(a%20as%20b)"), not: ["join(a as b)"]),
    Row("ancestorsTrafo", same("ancestors($root/A,B,c,filter(d))"), not: ["descendants($root/A,B,c,filter(d))"]),
    Row("descendantsTrafo", same("descendants($root/A,B,c,filter(d))"), not: ["ancestors($root/A,B,c,filter(d))"]),
    Row("traverseTrafo", same("traverse($root/A,B,c,preorder)"), not: ["identity"]),
    Row(
      "aggregateExpr", same("a%20with%20sum%20as%20b", "$count%20as%20c"),
      not: ["a with sum as b,$count as c", "a with"]),
    Row("aggregateWith", same("%20with%20max"), not: ["with max", " with max from b with sum", " as b"]),
    Row("aggregateMethod", same("max", "Ns.M"), not: ["with max", "maximum", "max as b"]),
    Row(
      "aggregateFrom", same("%20from%20a,b%20with%20max"),
      not: ["from a with max", " from a with max from b with min", ""]),
    Row("asAlias", same("%20as%20b"), not: ["as b", " as b,c with sum as d", ""]),
    Row("groupbyElement", same("a/b", "rollup(a,b)"), not: ["a,b", ""]),
    Row("groupingProperty", same("a/b"), not: ["rollup(a,b)"]),
    Row("rollupSpec", same("rollup(a,b)"), not: ["a"]),
    Row("rolluprecursive", same("rolluprecursive($root/A,B,c)"), not: ["rollup(a,b)"]),
  ]

  @Test(arguments: paths + options + searches + expressions + literals + transformations)
  func parts(_ row: Row) throws {
    for rule in row.rules {
      for (text, canonical) in row.accepted {
        #expect(try RuleTests.outcome(rule, text) == canonical, "\(rule)")
        #expect(try RuleTests.outcome(rule, canonical) == canonical, "\(rule)")
        let tree = try Parser().parse(text, as: Rule(named: rule)).tree
        #expect(tree.hasPrefix("(") && tree.count { $0 == "(" } >= 1, "\(rule): \(tree)")
      }
      for text in row.refused {
        let named = try Rule(named: rule)
        #expect(throws: SyntaxError.self, "\(rule): \(text)") { try Parser().parse(text, as: named) }
      }
    }
  }

  /// What stands round a text to read it cannot be closed from inside.
  @Test func whatStandsRoundIsNotReached() throws {
    for (rule, text) in [
      ("positionLiteral", "0 0)' eq geography'SRID=0;Point(1 1"), ("expandOption", "$top=1),y($top=2"),
      ("groupbyElement", "a)),groupby((b"), ("aggregateMethod", "sum as y,x with max"), ("keyValuePair", "a=1)(b=2"),
      ("numberInJSON", "1],[2"), ("parenExpr", "(a) and (b)"), ("searchParenExpr", "(a) (b)"), ("customValue", "a&b=c"),
    ] {
      let rule = try Rule(named: rule)
      #expect(throws: SyntaxError.self, "\(rule.name)") { try Parser().parse(text, as: rule) }
    }
  }

  /// Values keep to the range of their type, below it as above; literals have the digits that the grammar gives them.
  @Test(
    arguments: [
      ("sbyteValue", ["127", "-128", "+127"], ["128", "-129"]), ("byteValue", ["0", "255"], ["256", "-1", "999"]),
      ("int16Value", ["32767", "-32768"], ["32768", "-32769", "99999"]),
      ("int32Value", ["2147483647", "-2147483648"], ["2147483648", "-2147483649"]),
      (
        "int64Value", ["9223372036854775807", "-9223372036854775808"], ["9223372036854775808", "-9223372036854775809"]
      ),
      ("singleValue", ["3.4e38", "-3.4e38", "INF", "NaN", "1e-400", "7"], ["1e308", "-3.5e38"]),
      ("doubleValue", ["1e308", "-1.7e308", "-INF"], ["1e309", "-1e309"]),
      ("decimalValue", ["1e-101", "99999999999999999999.5"], ["x"]),
      ("sbyteLiteral", ["128", "-999"], ["1000"]), ("int64Literal", ["-9999999999999999999"], ["10000000000000000000"]),
    ] as [(rule: String, held: [String], beyond: [String])])
  func ranges(_ row: (rule: String, held: [String], beyond: [String])) throws {
    for text in row.held { #expect(try !RuleTests.outcome(row.rule, text).contains(": "), "\(row.rule) \(text)") }
    for text in row.beyond {
      #expect(
        try RuleTests.outcome(row.rule, text)
          == (text == "x" ? "rule-mismatch: x" : "literal-out-of-range: \(text)"), "\(row.rule) \(text)")
    }
  }
}
