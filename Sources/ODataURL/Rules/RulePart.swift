extension Rule {
  /// A rule for a part of a construct: its text is read with the rest of the construct round it, and the tree is checked
  /// for the form that the rule asks for.
  enum Part: Sendable {
    /// Scheme, host and path up to the last `/`.
    case serviceRoot
    /// Segments of a resource path, with `prefix` in front; only the last segment of the prefix is in the tree read.
    case segments(prefix: String, SegmentShape)
    /// Options of a resource that takes few: those with a bit in `allowed`, and custom options.
    case options(allowed: UInt32, needsID: Bool, isOne: Bool)
    /// One option of any kind.
    case anyOption
    /// One option in brackets behind an item of `$expand` or `$select`.
    case nested(isSelect: Bool, allowed: UInt32, aliases: Bool)
    case customName, customValue
    /// An infix operator with the blanks round it and what stands behind.
    case infix(BinaryOperator)
    case searchInfix(isOr: Bool)
    case search(SearchShape)
    /// An expression in brackets.
    case brackets
    /// What stands behind the beginning of a path in an expression.
    case steps(StepShape)
    /// `aggregate(…)` at the end of a path.
    case aggregateCall
    /// A value between the brackets of a JSON array.
    case jsonNumber
    /// The name of a type, in `Collection(…)` where the rule has that.
    case type(TypeShape)
    /// A part of a geographic literal.
    case geo(prefix: String, suffix: String, shape: String?, isOne: Bool)
    /// A part of `$apply`.
    case apply(prefix: String, suffix: String, ApplyShape)
    /// A path of names in `$select` or `$expand`.
    case path(isSelect: Bool, PathShape)
    /// One name and value of a key.
    case keyPair
    /// One member of an enumeration.
    case enumerationMember
    case identifierCharacter
  }

  enum SegmentShape: Sendable {
    case single, collection, collectionPath, valuePath, navigation, boundOperation, filter
    case keyword(String)
    case property
    /// Any number of keys, each behind a `/`, or one without it.
    case keys, key
    case crossjoin
    /// A name alone, a name with parameters in brackets.
    case name, call
  }

  enum SearchShape: Sendable { case word, phrase, negation, brackets }

  enum StepShape: Sendable {
    /// Behind a collection, with and without a key.
    case collectionNavigation, collection
    /// Behind one entity or complex value.
    case member
    /// Behind a single value: an annotation or a function.
    case value
  }

  enum TypeShape: Sendable { case qualified, optional, single, primitive }

  enum PathShape: Sendable { case names, one, allOperations }

  enum ApplyShape: Sendable {
    case any
    case verb(String)
    case custom, preserving
    case aggregateItem
    /// Clauses of one aggregate of the name that the prefix has.
    case method, from, alias
    case grouping(Grouping)
  }

  enum Grouping: Sendable { case any, property, rollup, recursive }
}

// MARK: - The rules

extension Rule {
  static let parts: [Rule] =
    single + segments + fewOptions + nestedOptions + infixes + calls + steps + geographicParts + applyParts + sameForms

  private static let single: [Rule] =
    [
      ("serviceRoot", .serviceRoot), ("queryOption", .anyOption), ("customName", .customName),
      ("customValue", .customValue), ("parenExpr", .brackets), ("aggregateFunctionExpr", .aggregateCall),
      ("numberInJSON", .jsonNumber), ("keyValuePair", .keyPair), ("singleEnumValue", .enumerationMember),
      ("identifierLeadingCharacter", .identifierCharacter), ("expandPath", .path(isSelect: false, .names)),
      ("selectPath", .path(isSelect: true, .names)), ("selectProperty", .path(isSelect: true, .names)),
      ("allOperationsInSchema", .path(isSelect: true, .allOperations)),
      ("searchWord", .search(.word)), ("searchPhrase", .search(.phrase)), ("searchNegateExpr", .search(.negation)),
      ("searchParenExpr", .search(.brackets)), ("searchAndExpr", .searchInfix(isOr: false)),
      ("searchOrExpr", .searchInfix(isOr: true)),
      ("qualifiedTypeName", .type(.qualified)), ("optionallyQualifiedTypeName", .type(.optional)),
      ("singleTypeName", .type(.single)), ("primitiveTypeName", .type(.primitive)),
    ].map { (name: String, part: Part) in Rule(name, .part(part)) }

  private static let segments: [Rule] =
    [
      ("collectionNavigation", "x", .collection), ("collectionNavPath", "x", .collection),
      ("singleNavigation", "x", .single), ("collectionPath", "x", .collectionPath),
      ("complexColPath", "x", .collectionPath), ("primitiveColPath", "x", .collectionPath),
      ("singlePath", "x", .valuePath), ("primitivePath", "x", .valuePath), ("complexPath", "x", .navigation),
      ("propertyPath", "x/", .property), ("boundOperation", "x", .boundOperation), ("filterInPath", "x", .filter),
      ("each", "x", .keyword("$each")), ("ref", "x", .keyword("$ref")), ("value", "x", .keyword("$value")),
      ("keyPathSegments", "x", .keys), ("keyPathLiteral", "x/", .key), ("crossjoin", "", .crossjoin),
      ("actionImportCall", "", .name), ("functionImportCallNoParens", "", .name),
    ].map { (name: String, prefix: String, shape: SegmentShape) in
      Rule(name, .part(.segments(prefix: prefix, shape)))
    }
    + ["entity", "entityCol", "complex", "complexCol", "primitive", "primitiveCol"].map {
      Rule($0 + "FunctionImportCall", .part(.segments(prefix: "", .call)))
    }

  private static func bits(_ options: [SystemOption]) -> UInt32 { options.reduce(0) { $0 | $1.bit } }

  private static let fewOptions: [Rule] =
    [
      ("batchOptions", [.format], false, false), ("batchOption", [.format], false, true),
      ("metadataOptions", [.format], false, false), ("metadataOption", [.format], false, true),
      ("entityOptions", [.format, .id], true, false), ("entityOption", [.format], false, true),
      ("entityIdOption", [.format], false, true), ("entityCastOptions", [.format, .id, .expand, .select], true, false),
      ("entityCastOption", [.format, .expand, .select], false, true),
    ].map { (name: String, options: [SystemOption], needsID: Bool, isOne: Bool) in
      Rule(name, .part(.options(allowed: bits(options), needsID: needsID, isOne: isOne)))
    }

  private static let nestedOptions: [Rule] = {
    let count: [SystemOption] = [.filter, .search]
    let ref = count + [.orderby, .skip, .top, .count]
    return [
      ("expandCountOption", false, count, false), ("expandRefOption", false, ref, false),
      ("expandRefOptionPC", false, ref, false), ("selectOptionPC", true, ref, false),
      ("expandOption", false, ref + [.select, .expand, .compute, .levels, .apply], true),
      ("selectOption", true, ref + [.select, .compute], true),
    ].map { (name: String, isSelect: Bool, options: [SystemOption], aliases: Bool) in
      Rule(name, .part(.nested(isSelect: isSelect, allowed: bits(options), aliases: aliases)))
    }
  }()

  private static let infixes = BinaryOperator.allCases.map { Rule($0.rawValue + "Expr", .part(.infix($0))) }

  private static let calls: [Rule] =
    [
      ("distance", "geo.distance"), ("geoLength", "geo.length"), ("intersects", "geo.intersects"),
    ].map { (name: String, function: String) in Rule(name + "MethodCallExpr", .expression(.call(function))) }
    + [
      "concat", "contains", "startsWith", "endsWith", "length", "indexOf", "substring", "toLower", "toUpper", "trim",
      "matchesPattern", "hasSubset", "hasSubsequence", "year", "month", "day", "hour", "minute", "second",
      "fractionalseconds", "totalseconds", "totalOffsetMinutes", "date", "time", "now", "minDateTime", "maxDateTime",
      "round", "floor", "ceiling", "case",
    ].map { Rule($0 + "MethodCallExpr", .expression(.call($0.lowercased()))) }

  private static let steps: [Rule] = [
    ("collectionNavigationExpr", .collectionNavigation), ("collectionPathExpr", .collection),
    ("complexColPathExpr", .collection), ("primitiveColPathExpr", .collection), ("singleNavigationExpr", .member),
    ("complexPathExpr", .member), ("primitivePathExpr", .value), ("singlePathExpr", .value),
  ].map { (name: String, shape: StepShape) in Rule(name, .part(.steps(shape))) }

  private static let geographicParts: [Rule] =
    [
      geo("sridLiteral", "", "Point(0 0)"), geo("pointData", "SRID=0;Point"),
      geo("lineStringData", "SRID=0;LineString"), geo("polygonData", "SRID=0;Polygon"),
      geo("positionLiteral", "SRID=0;Point(", ")", isOne: true),
      geo("ringLiteral", "SRID=0;Polygon(", ")", isOne: true),
    ]
    + ["Collection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon"].flatMap {
      word in
      let name = word.prefix(1).lowercased() + word.dropFirst()
      return [geo("full\(word)Literal", shape: word), geo("\(name)Literal", "SRID=0;", shape: word)]
    }

  private static func geo(
    _ name: String, _ prefix: String = "", _ suffix: String = "", shape: String? = nil, isOne: Bool = false
  ) -> Rule {
    Rule(name, .part(.geo(prefix: prefix, suffix: suffix, shape: shape?.lowercased(), isOne: isOne)))
  }

  private static let applyParts: [Rule] =
    [
      "aggregate", "groupby", "concat", "identity", "filter", "compute", "search", "orderby", "top", "skip", "topcount",
      "topsum", "toppercent", "bottomcount", "bottomsum", "bottompercent", "nest", "addnested", "join", "outerjoin",
      "ancestors", "descendants", "traverse",
    ].map { Rule($0 + "Trafo", .part(.apply(prefix: "", suffix: "", .verb($0)))) }
    + [
      ("applyTrafo", "", "", .any), ("customFunction", "", "", .custom),
      ("preservingTrafos", "ancestors($root/x,x,x,", ")", .preserving),
      ("aggregateExpr", "aggregate(", ")", .aggregateItem), ("aggregateWith", "aggregate(x", " as y)", .method),
      ("aggregateMethod", "aggregate(x with ", " as y)", .method),
      ("aggregateFrom", "aggregate(x with sum", " as y)", .from), ("asAlias", "aggregate(x with sum", ")", .alias),
      ("groupbyElement", "groupby((", "))", .grouping(.any)),
      ("groupingProperty", "groupby((", "))", .grouping(.property)),
      ("rollupSpec", "groupby((", "))", .grouping(.rollup)),
      ("rolluprecursive", "groupby((", "))", .grouping(.recursive)),
    ].map { (name: String, prefix: String, suffix: String, shape: ApplyShape) in
      Rule(name, .part(.apply(prefix: prefix, suffix: suffix, shape)))
    }

  /// Rules that look the same as another without a schema.
  private static let sameForms: [Rule] =
    [
      "functionParameterName", "computedProperty", "alias", "customAggregate", "expressionAlias", "function",
      "functionImport",
    ].map { Rule($0, .name(.plain)) }
    + [
      ("parameterValue", .any), ("keyPropertyValue", .literal(.any)), ("lambdaPredicateExpr", .boolean),
      ("inscopeVariableExpr", .variable), ("directMemberExpr", .memberOrCall), ("pathExpr", .firstMember),
      ("annotationExpr", .annotation), ("annotationInQuery", .annotation), ("array", .array), ("object", .object),
      ("complexInUri", .object), ("complexColInUri", .array), ("primitiveColInUri", .array),
    ].map { (name: String, shape: ExpressionShape) in Rule(name, .expression(shape)) }
    + [
      Rule("stringInJSON", .jsonString),
      Rule(
        "primitiveValue",
        .oneOf([.expression(.unquoted), .bare(.duration), .bare(.binary), .bare(.enumeration)])),
    ]
}
