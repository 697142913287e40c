/// A rule of the OData ABNF that a text can be read by on its own; see ``Parser/parse(_:as:encoding:)``.
///
/// ```swift
/// let rule = try Rule(named: "boolCommonExpr")
/// ```
///
/// Rules that hold a name of the schema (`entitySetName`, `navigationProperty`, …) take any identifier: what a name
/// stands for, only a schema knows.
public struct Rule: Sendable {
  /// The name as the grammar spells it.
  public let name: String
  let form: Form

  init(_ name: String, _ form: Form) {
    self.name = name
    self.form = form
  }

  /// Finds a rule by its name in the grammar, compared without case.
  /// - Throws: ``UnknownRule``, with the nearest name.
  public init(named name: String) throws(UnknownRule) {
    guard let rule = Self.byName[name.lowercased()] else {
      throw UnknownRule(suggestion: Suggestion.nearest(to: name.utf8, among: Self.all.map(\.name)))
    }
    self = rule
  }

  /// ABNF `odataRelativeUri`: what ``Parser/relativeURI(_:offset:)-(String,_)`` reads.
  public static let odataRelativeUri = Rule("odataRelativeUri", .relative)

  /// Every rule that can be asked for: those of targets, options, expressions, literals and names, then those of parts.
  public static let all: [Rule] =
    [odataRelativeUri] + targets + options + items + expressions + primitives + geographic + names + parts

  private static let byName = Dictionary(all.map { ($0.name.lowercased(), $0) }) { first, _ in first }
}

extension Rule: Hashable {
  /// Rules of one name.
  public static func == (left: Self, right: Self) -> Bool { left.name == right.name }
  public func hash(into hasher: inout Hasher) { hasher.combine(name) }
}

/// There is no rule of a name in ``Rule/all``.
public struct UnknownRule: Error, Hashable, CustomStringConvertible {
  /// The name nearest to what was asked for, if one is near.
  public let suggestion: String?

  /// One sentence for a person.
  public var description: String {
    "there is no ABNF rule of this name that a text can be read by"
      + (suggestion.map { "; did you mean `\($0)`?" } ?? "")
  }
}

// MARK: - The rules

extension Rule {
  private static let targets = [
    Rule("odataUri", .absolute), Rule("context", .context(hasSign: true)),
    Rule("contextFragment", .context(hasSign: false)), Rule("resourcePath", .path), Rule("queryOptions", .options),
  ]

  private static let options: [Rule] =
    [
      Rule("systemQueryOption", .option(.anySystem)), Rule("customQueryOption", .option(.custom)),
      Rule("aliasAndValue", .option(.alias)),
    ]
    + [
      ("filter", .filter), ("orderby", .orderby), ("select", .select), ("expand", .expand), ("search", .search),
      ("top", .top), ("skip", .skip), ("inlinecount", .count), ("count", .count), ("format", .format),
      ("skiptoken", .skiptoken), ("deltatoken", .deltatoken), ("apply", .apply), ("compute", .compute),
      ("index", .index), ("schemaversion", .schemaversion), ("id", .id), ("at", .at), ("from", .from), ("to", .to),
      ("toInclusive", .toInclusive),
    ].map { (name: String, option: SystemOption) in Rule(name, .option(.system(option))) }

  /// Values of options without the option's name; the singular ones are one item of a list.
  private static let items = [
    Rule("searchExpr", .value(.search, isItem: false)), Rule("applyExpr", .value(.apply, isItem: false)),
    Rule("computeItem", .value(.compute, isItem: true)), Rule("orderbyItem", .value(.orderby, isItem: true)),
    Rule("selectItem", .value(.select, isItem: true)), Rule("expandItem", .value(.expand, isItem: true)),
    Rule("levels", .levels),
  ]

  private static let expressions: [Rule] =
    [
      ("commonExpr", .any), ("boolCommonExpr", .boolean), ("filterExpr", .boolean), ("firstMemberExpr", .firstMember),
      ("memberExpr", .member),
      ("propertyPathExpr", .propertyPath), ("rootExpr", .root), ("methodCallExpr", .methodCall),
      ("boolMethodCallExpr", .booleanMethodCall), ("isofExpr", .call("isof")), ("castExpr", .call("cast")),
      ("functionExpr", .function), ("boundFunctionExpr", .function), ("notExpr", .not), ("negateExpr", .negate),
      ("arrayOrObject", .json), ("parameterAlias", .alias), ("implicitVariableExpr", .implicit),
    ].map { (name: String, shape: ExpressionShape) in Rule(name, .expression(shape)) }
    + [
      Rule("anyExpr", .lambda(.any)), Rule("allExpr", .lambda(.all)), Rule("listExpr", .list),
      Rule("functionExprParameters", .parameters), Rule("functionParameters", .parameters),
      Rule("functionExprParameter", .parameter), Rule("functionParameter", .parameter),
      Rule("keyPredicate", .oneOf([.keyPredicate, .part(.segments(prefix: "x", .keys))])),
      Rule("simpleKey", .simpleKey), Rule("compoundKey", .compoundKey),
      Rule("parameterNames", .parameterNames), Rule("stringInUrl", .jsonString),
    ]

  /// The grammar has a rule for the value and, where the two differ, one for the literal; the short name is what older
  /// versions of it say.
  private static let primitives: [Rule] =
    [Rule("primitiveLiteral", .expression(.literal(.any)))]
    + LiteralKind.allCases.filter { $0 != .any }.flatMap { kind in
      let literal = Form.expression(.literal(kind))
      let rules = [Rule(kind.stem, literal), Rule(kind.stem + "Literal", literal)]
      return switch kind {
      case .string: rules
      case .enumeration:
        [Rule("enum", .enumeration), Rule("enumLiteral", .enumeration), Rule("enumValue", .bare(kind))]
      case .binary: rules + [Rule("binaryValue", .bare(kind))]
      case .duration:
        [Rule("duration", .duration), Rule("durationLiteral", .duration), Rule("durationValue", .bare(kind))]
      case .dateTimeOffset: rules + [Rule("dateTimeOffsetValue", literal), Rule("dateTimeOffsetValueInUrl", literal)]
      default: rules + [Rule(kind.stem + "Value", .expression(.value(kind)))]
      }
    }

  private static let geographic: [Rule] = ["geography", "geometry"].flatMap { space in
    [
      Rule(space, .geographic(space: space, shape: nil)),
      Rule(space + "Literal", .geographic(space: space, shape: nil)),
    ]
      + ["Collection", "LineString", "MultiLineString", "MultiPoint", "MultiPolygon", "Point", "Polygon"].map {
        Rule(space + $0, .geographic(space: space, shape: $0.lowercased()))
      }
  }

  private static let names: [Rule] =
    [
      "odataIdentifier", "entitySetName", "singletonEntity", "entityTypeName", "complexTypeName", "typeDefinitionName",
      "enumerationTypeName", "enumerationMember", "enumMember", "termName", "namespacePart", "parameterName",
      "keyPropertyAlias", "primitiveKeyProperty", "primitiveNonKeyProperty", "primitiveProperty",
      "primitiveColProperty", "complexProperty", "complexColProperty", "streamProperty", "navigationProperty",
      "entityNavigationProperty", "entityColNavigationProperty", "action", "actionImport", "entityFunction",
      "entityColFunction", "complexFunction", "complexColFunction", "primitiveFunction", "primitiveColFunction",
      "entityFunctionImport", "entityColFunctionImport", "complexFunctionImport", "complexColFunctionImport",
      "primitiveFunctionImport", "primitiveColFunctionImport", "lambdaVariableExpr",
    ].map { Rule($0, .name(.plain)) }
    + ["namespace"].map { Rule($0, .name(.dotted)) }
    + [
      "qualifiedEntityTypeName", "qualifiedComplexTypeName", "qualifiedTypeDefinitionName", "qualifiedEnumTypeName",
      "qualifiedActionName", "qualifiedFunctionName",
    ].map { Rule($0, .name(.qualified)) }
}
