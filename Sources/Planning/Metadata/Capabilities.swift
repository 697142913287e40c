import Dataverse
import ODataURL
import Policy

/// What a policy lets a caller do with an entity set, in terms of the vocabularies Capabilities, Core and Aggregation.
///
/// The terms are coarser than a policy. Where none says it exactly, the one is taken that promises less: a client that
/// keeps to these documents is not refused for what they say. The exact list is in `Core.LongDescription`.
enum Capabilities {
  private static let capabilities = CSDLNames.capabilities
  private static let core = CSDLNames.core
  private static let aggregation = "Org.OData.Aggregation.V1"

  // MARK: The service

  /// Of the whole service.
  static let container: [CSDLAnnotation] = [
    "BatchSupported", "AsynchronousRequestsSupported", "CrossJoinSupported", "QuerySegmentSupported",
    "KeyAsSegmentSupported",
  ].map { CSDLAnnotation("\(capabilities).\($0)", .bool(false)) }

  // MARK: An entity set

  static func entitySet(_ table: VisibleTable, limits: PolicyLimits) -> [CSDLAnnotation] {
    let options = table.rule.options
    var all = [
      restrictions("FilterRestrictions", filter(table, limits)),
      restrictions("SortRestrictions", sort(table)),
      restrictions("SelectSupport", [("Supported", .bool(options.contains(.select)))]),
      restrictions("ExpandRestrictions", expand(table, limits)),
      restrictions("NavigationRestrictions", navigation(table)),
      restrictions("CountRestrictions", [("Countable", .bool(options.isSuperset(of: [.count, .countSegment])))]),
      CSDLAnnotation("\(capabilities).TopSupported", .bool(options.contains(.top))),
      CSDLAnnotation("\(capabilities).SkipSupported", .bool(false)),
      restrictions("SearchRestrictions", [("Searchable", .bool(false))]),
      restrictions(
        "ReadRestrictions",
        [
          ("Readable", .bool(table.isReadable)),
          (
            "ReadByKeyRestrictions",
            record("\(capabilities).ReadByKeyRestrictionsType", [("Readable", .bool(table.isReadableByKey))])
          ),
        ]),
      restrictions("InsertRestrictions", [("Insertable", .bool(false))]),
      restrictions("UpdateRestrictions", [("Updatable", .bool(false))]),
      restrictions("DeleteRestrictions", [("Deletable", .bool(false))]),
      restrictions("ChangeTracking", type: "ChangeTrackingType", [("Supported", .bool(false))]),
    ]
    if let apply = apply(table) { all.append(apply) }
    if let text = requirements(table) { all.append(CSDLAnnotation("\(core).LongDescription", .string(text))) }
    return all
  }

  private typealias Properties = [(name: String, value: CSDLExpression)]

  private static func filter(_ table: VisibleTable, _ limits: PolicyLimits) -> Properties {
    let canFilter =
      table.rule.options.contains(.filter)
      && (table.columns.contains(where: \.isFilterable) || table.navigations.contains(where: \.isFilterable))
    guard canFilter else { return [("Filterable", .bool(false))] }
    var properties: Properties = [("Filterable", .bool(true))]
    let required = table.requirements
    if !required.isEmpty {
      properties.append(("RequiresFilter", .bool(true)))
      properties.append(("RequiredProperties", paths(required.filter { $0.count == 1 }.flatMap { $0 })))
    }
    let allowed = table.table.columns.map { column in
      (name: column.propertyName, words: table.rule.column(column.propertyName).flatMap { expressions($0, limits) })
    }
    properties.append(("NonFilterableProperties", paths(allowed.filter { $0.words == nil }.map(\.name))))
    let records = allowed.compactMap { name, words in
      words.map {
        record(
          "\(capabilities).FilterExpressionRestrictionType",
          [("Property", .propertyPath(name)), ("AllowedExpressions", .string($0))])
      }
    }
    properties.append(("FilterExpressionRestrictions", .collection(records)))
    return properties
  }

  /// The word of `Capabilities.FilterExpressionType` for what conditions on a column may be; `nil` where no word is near
  /// (`ne` or `Today` alone).
  static func expressions(_ rule: ColumnRule, _ limits: PolicyLimits) -> String? {
    func has(_ operators: BinaryOperator...) -> Bool {
      operators.allSatisfy { rule.operations[.comparison($0)] != nil }
    }
    func searches(_ functions: some Sequence<TextFunction>) -> [Bool] {
      functions.map { rule.operations[.text($0)] != nil }
    }
    let isSearchable = searches(TextFunction.allCases)
    if has(.eq, .gt, .ge, .lt, .le) {
      return isSearchable.allSatisfy { $0 } ? "MultiRangeOrSearchExpression" : "MultiRange"
    }
    if has(.ge, .le) { return "SingleRange" }
    if has(.eq) || rule.operations[.queryFunction("In")] != nil {
      return limits.orWidth > 1 ? "MultiValue" : "SingleValue"
    }
    if isSearchable.contains(true) { return "SearchExpression" }
    return has(.gt) || has(.ge) || has(.lt) || has(.le) ? "SingleRange" : nil
  }

  private static func sort(_ table: VisibleTable) -> Properties {
    guard table.rule.options.contains(.orderby), table.columns.contains(where: \.isSortable) else {
      return [("Sortable", .bool(false))]
    }
    let others = table.table.columns.filter { table.rule.column($0.propertyName)?.isSortable != true }
    return [("Sortable", .bool(true)), ("NonSortableProperties", paths(others.map(\.propertyName)))]
  }

  private static func expand(_ table: VisibleTable, _ limits: PolicyLimits) -> Properties {
    guard table.navigations.contains(where: \.isExpandable) else { return [("Expandable", .bool(false))] }
    return [
      ("Expandable", .bool(true)),
      ("NonExpandableProperties", navigationPaths(table.navigations.filter { !$0.isExpandable })),
      ("MaxLevels", .int(limits.expandDepth)),
    ]
  }

  /// A path cannot go on behind an entity, though `$expand` and conditions may.
  private static func navigation(_ table: VisibleTable) -> Properties {
    var properties: Properties = [("Navigability", .enumMember("\(capabilities).NavigationType/None"))]
    let others = table.navigations.filter { !$0.isFilterable }
    if !others.isEmpty {
      let records = others.map { navigation in
        record(
          "\(capabilities).NavigationPropertyRestriction",
          [
            ("NavigationProperty", .navigationPropertyPath(navigation.use.navigation.name)),
            (
              "FilterRestrictions",
              record("\(capabilities).FilterRestrictionsType", [("Filterable", .bool(false))])
            ),
          ])
      }
      properties.append(("RestrictedProperties", .collection(records)))
    }
    return properties
  }

  private static func apply(_ table: VisibleTable) -> CSDLAnnotation? {
    guard !table.transformations.isEmpty else { return nil }
    var properties: Properties = [
      ("Transformations", .collection(table.transformations.map { .string($0.rawValue) })),
      ("Rollup", .enumMember("\(aggregation).RollupType/None")),
      ("PropertyRestrictions", .bool(true)),
    ]
    if table.transformations.contains(.groupby) {
      properties.append(("GroupableProperties", paths(table.columns.filter(\.isGroupable).map(\.column.propertyName))))
    }
    if table.transformations.contains(.aggregate) {
      let records = table.columns.filter { !$0.methods.isEmpty }.map { rule in
        let methods = AggregationMethod.allCases.filter { rule.methods.contains($0) }
        return record(
          "\(aggregation).AggregatablePropertyType",
          [
            ("Property", .propertyPath(rule.column.propertyName)),
            ("SupportedAggregationMethods", .collection(methods.map { .string($0.rawValue) })),
          ])
      }
      properties.append(("AggregatableProperties", .collection(records)))
    }
    return CSDLAnnotation("\(aggregation).ApplySupported", record("\(aggregation).ApplySupportedType", properties))
  }

  /// Requirements that `RequiredProperties` cannot say: one column of several.
  private static func requirements(_ table: VisibleTable) -> String? {
    let choices = table.requirements.filter { $0.count > 1 }
    guard !choices.isEmpty, table.rule.options.contains(.filter) else { return nil }
    return choices.map { "A query has to name one of these by equality: \($0.joined(separator: ", "))." }
      .joined(separator: " ")
  }

  // MARK: A property

  static func property(_ column: Column, of table: VisibleTable) -> [CSDLAnnotation] {
    let rule = table.rule.column(column.propertyName)
    let isReadable = rule?.isSelectable ?? false
    var all = [
      CSDLAnnotation(
        "\(core).Permissions", .enumMember("\(core).Permission/\(isReadable ? "Read" : "None")")),
      CSDLAnnotation("\(core).LongDescription", .string(uses(rule, table.rule.options))),
    ]
    if !column.displayName.isEmpty, column.displayName != column.logicalName {
      all.append(CSDLAnnotation("\(core).Description", .string(column.displayName)))
    }
    return all
  }

  /// Every use of a column in the words of the policy, as far as queries on its own table can have it.
  static func uses(_ rule: ColumnRule?, _ options: Set<QueryOption>) -> String {
    var uses: [String] = []
    if let rule {
      if rule.isSelectable { uses.append("select") }
      if rule.isFilterable {
        var words = rule.operations.keys.map(\.word).sorted()
        if rule.allowsNot { words.append("not") }
        if rule.allowsNull { words.append("isNull") }
        if rule.allowsColumn { words.append("column") }
        uses.append("filter (\(words.joined(separator: ", ")))")
      }
      if rule.isSortable, options.contains(.orderby) { uses.append("order") }
      let groups = rule.isGroupable ? ["groupby"] : []
      let methods = AggregationMethod.allCases.filter { rule.methods.contains($0) }.map(\.rawValue)
      if options.contains(.apply), !(groups + methods).isEmpty {
        uses.append("aggregate (\((groups + methods).joined(separator: ", ")))")
      }
    }
    return "Uses: \(uses.isEmpty ? "none" : uses.joined(separator: "; "))."
  }

  // MARK: Parts

  /// A term of the vocabulary Capabilities whose type is called after it.
  private static func restrictions(
    _ term: String, type: String? = nil, _ properties: Properties
  ) -> CSDLAnnotation {
    CSDLAnnotation("\(capabilities).\(term)", record("\(capabilities).\(type ?? term + "Type")", properties))
  }

  private static func record(_ type: String, _ properties: Properties) -> CSDLExpression {
    .record(type: type, properties.map { CSDLPropertyValue($0.name, $0.value) })
  }

  private static func paths(_ names: [String]) -> CSDLExpression { .collection(names.map { .propertyPath($0) }) }

  private static func navigationPaths(_ navigations: [VisibleNavigation]) -> CSDLExpression {
    .collection(navigations.map { .navigationPropertyPath($0.use.navigation.name) })
  }
}

extension VisibleTable {
  /// For each requirement, its columns that may be compared here. A requirement with none of them cannot be met, and its
  /// columns are not shown for it.
  var requirements: [[String]] {
    rule.requirements.map { requirement in
      requirement.columns.filter { rule.column($0)?.isFilterable == true }
    }
  }
}
