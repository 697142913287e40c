import Dataverse
import ODataURL
package import Policy

/// An item of a policy with its value, and what it means for callers that it is there.
package struct PolicyFact: Sendable, Hashable {
  package enum Effect: Sendable, Hashable {
    /// Being there lets more pass.
    case grants
    /// Being there lets less pass.
    case restricts
    /// Nothing about what passes.
    case neither
    /// Other queries pass than before; more or fewer cannot be told.
    case shifts
  }

  package enum Value: Sendable, Hashable {
    case present
    /// A larger number lets more pass.
    case most(Int)
    /// A larger number lets less pass.
    case least(Int)
    /// Which of two lets more pass cannot be told.
    case text(String)
  }

  package var item: PolicyItem
  package var effect: Effect
  package var value: Value

  init(_ item: PolicyItem, _ effect: Effect, _ value: Value = .present) {
    self.item = item
    self.effect = effect
    self.value = value
  }
}

extension PolicyFact.Value: CustomStringConvertible {
  package var description: String {
    switch self {
    case .present: "there"
    case .most(let number), .least(let number): "\(number)"
    case .text(let text): text
    }
  }
}

extension PolicyFact {
  /// What a policy says that holds for every scope.
  package static func general(of policy: Policy) -> [PolicyFact] {
    var facts = [PolicyFact(PolicyItem(.policyName), .neither, .text(policy.name))]
    if policy.missingSelect == .inject {
      facts.append(PolicyFact(PolicyItem(.missingSelect, policy.missingSelect.rawValue), .grants))
    }
    facts += policy.annotations.sorted().map { PolicyFact(PolicyItem(.annotation, $0), .grants) }
    facts += policy.preferences.sorted().map { PolicyFact(PolicyItem(.preference, $0), .grants) }
    facts += policy.ignoredHeaders.sorted().map { PolicyFact(PolicyItem(.header, $0), .grants) }
    for document in MetadataDocument.allCases where policy.metadata.contains(document) {
      facts.append(PolicyFact(PolicyItem(.metadata, document.rawValue), .grants))
    }
    facts += policy.optionalTables.sorted().map { PolicyFact(PolicyItem(.optional, table: $0), .neither) }
    for (id, setting) in policy.settings.sorted(by: { $0.key < $1.key }) {
      let effect: Effect =
        switch (setting.mode, deniesUsually(id)) {
        case (.deny, false): .restricts
        case (.report, true), (.warn, true), (.off, true): .grants
        case (.deny, true), (.report, false), (.warn, false), (.off, false): .neither
        }
      facts.append(PolicyFact(PolicyItem(.setting, id, setting.mode.rawValue), effect))
      facts += PolicyFact.facts(of: setting.help) { PolicyItem(.help, id, $0) }
    }
    return facts
  }

  private static func facts(of help: RuleHelp?, _ item: (String) -> PolicyItem) -> [PolicyFact] {
    [("message", help?.message), ("link", help?.link)].compactMap { word, text in
      text.map { PolicyFact(item(word), .neither, .text($0)) }
    }
  }

  /// `policy.…` and `DV001`–`DV016` refuse unless a policy says otherwise, later ones advise.
  private static func deniesUsually(_ id: String) -> Bool {
    guard id.hasPrefix("DV"), let number = Int(id.dropFirst(2)) else { return true }
    return number < 100
  }

  /// What a scope says.
  package static func facts(of scope: ScopeRule, annotates: Bool) -> [PolicyFact] {
    var facts = scope.limits.named.map { PolicyFact(PolicyItem(.limit, $0.name), .grants, .most($0.value)) }
    if scope.isReportOnly { facts.append(PolicyFact(PolicyItem(.reportOnly), .grants)) }
    return facts + scope.tables.flatMap { PolicyFact.facts(of: $0, annotates: annotates) }
  }

  /// What is said of a table.
  /// - Parameter annotates: whether any annotation may leave.
  package static func facts(of rule: TableRule, annotates: Bool) -> [PolicyFact] {
    let table = rule.table.logicalName
    var facts = [
      PolicyFact(PolicyItem(.table, table: table), .grants),
      PolicyFact(PolicyItem(.timeToLive, table: table), .neither, .text("\(rule.timeToLive) s")),
    ]
    if rule.logsLiterals { facts.append(PolicyFact(PolicyItem(.logLiterals, table: table, "hashed"), .neither)) }
    for option in QueryOption.allCases where rule.options.contains(option) {
      facts.append(PolicyFact(PolicyItem(.option, table: table, option.rawValue), .grants))
    }
    for key in rule.table.alternateKeys {
      let names = key.columns.joined(separator: ", ")
      facts.append(PolicyFact(PolicyItem(.alternateKey, table: table, names), .grants))
    }
    facts += PolicyFact.facts(of: rule.help) { PolicyItem(.help, table: table, "", $0) }
    for column in rule.columns where Policy.tenantTables.contains(table) {
      let name = column.column.propertyName
      facts.append(PolicyFact(PolicyItem(.columnType, table: table, name), .shifts, .text(column.column.type.name)))
      facts.append(PolicyFact(PolicyItem(.displayName, table: table, name), .shifts, .text(column.column.displayName)))
    }
    for column in rule.columns { facts += PolicyFact.facts(of: column, table: table, annotates: annotates) }
    for (name, navigation) in rule.navigations.sorted(by: { $0.key < $1.key }) {
      if navigation.isExpandable { facts.append(PolicyFact(PolicyItem(.expand, table: table, name), .grants)) }
      if navigation.isFilterable { facts.append(PolicyFact(PolicyItem(.through, table: table, name), .grants)) }
      if let top = navigation.top {
        facts.append(PolicyFact(PolicyItem(.expandTop, table: table, name), .restricts, .most(top)))
      }
      if let depth = navigation.depth {
        facts.append(PolicyFact(PolicyItem(.pathDepth, table: table, name), .restricts, .most(depth)))
      }
    }
    for kind in TransformationKind.allCases where rule.transformations.contains(kind) {
      facts.append(PolicyFact(PolicyItem(.transformation, table: table, kind.rawValue), .grants))
    }
    for requirement in rule.requirements {
      let names = requirement.columns.joined(separator: ", ")
      facts.append(PolicyFact(PolicyItem(.requirement, table: table, names), .restricts))
    }
    for part in rule.rowFilterParts {
      facts.append(PolicyFact(PolicyItem(.rowFilter, table: table, part), .restricts))
    }
    return facts
  }

  private static func facts(of rule: ColumnRule, table: String, annotates: Bool) -> [PolicyFact] {
    let name = rule.column.propertyName
    var facts: [PolicyFact] = []
    func add(_ kind: PolicyItem.Kind, _ use: String = "", if isThere: Bool) {
      if isThere { facts.append(PolicyFact(PolicyItem(kind, table: table, name, use), .grants)) }
    }
    add(.select, if: rule.isSelectable)
    for (operation, form) in rule.operations.sorted(by: { $0.key.word < $1.key.word }) {
      add(.filter, operation.word, if: true)
      facts += PolicyFact.facts(of: form, PolicyItem(.form, table: table, name, operation.word))
    }
    add(.filterWord, FilterWord.not, if: rule.allowsNot)
    add(.filterWord, FilterWord.isNull, if: rule.allowsNull)
    add(.filterWord, FilterWord.column, if: rule.allowsColumn)
    add(.order, if: rule.isOrderable)
    add(.group, if: rule.isGroupable)
    for method in AggregationMethod.allCases { add(.aggregate, method.rawValue, if: rule.methods.contains(method)) }
    add(.annotate, if: annotates && rule.isSelectable && rule.allowsAnnotations)
    return facts
  }

  private static func facts(of form: LiteralShape, _ item: PolicyItem) -> [PolicyFact] {
    var facts: [PolicyFact] = []
    func add(_ part: String, _ effect: Effect, _ value: Value) {
      var item = item
      item.use += " \(part)"
      facts.append(PolicyFact(item, effect, value))
    }
    if let length = form.minLength { add("minLength", .restricts, .least(length)) }
    if let length = form.maxLength { add("maxLength", .restricts, .most(length)) }
    if let pattern = form.patternText { add("pattern", .restricts, .text(pattern)) }
    // Text with a backslash may then be of the form, without it.
    if form.unescapesQuotes { add("unescapeQuotes", .grants, .present) }
    return facts
  }
}

extension TableRule {
  /// All row filters as the conditions that `and` joins in them, each once: one more narrows, whichever filter it is in.
  var rowFilterParts: [String] {
    var parts: [String] = []
    for filter in rowFilters {
      var pending = [filter.expression.root]
      while let id = pending.popLast() {
        if case .binary(.and, let left, let right) = filter.expression[id] {
          pending += [right, left]
          continue
        }
        var part = filter.expression
        part.root = id
        let text = part.printed()
        if !parts.contains(text) { parts.append(text) }
      }
    }
    return parts
  }
}

/// Words in `filter` that add to operations.
package enum FilterWord {
  package static let not = "not"
  package static let isNull = "isNull"
  package static let column = "column"
}

extension PolicyLimits {
  /// Every limit by its word in the policy language, in the order of the documentation.
  package var named: [(name: String, value: Int)] {
    [
      ("top", top), ("pageSize", pageSize), ("urlBytes", urlBytes), ("nodes", nodes), ("depth", depth),
      ("orWidth", orWidth), ("listItems", listItems), ("selectColumns", selectColumns),
      ("filterLiteralLength", filterLiteralLength), ("expands", expands), ("expandDepth", expandDepth),
      ("expandTop", expandTop), ("pathDepth", pathDepth),
    ]
  }
}
