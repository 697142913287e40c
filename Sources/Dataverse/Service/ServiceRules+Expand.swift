import ODataURL

/// Rules on `$expand`.
extension ServiceRules {
  /// Expands of one request.
  static let maximumExpands = 15

  /// - Parameters:
  ///   - query: with its aliases.
  ///   - root: the level of its path.
  static func checkExpand(_ query: RelativeURI, _ root: Level, into findings: inout [ServiceFinding]) {
    guard let items = query.options.expand?.value else { return }
    var check = ExpandCheck(findings: findings)
    check.items(items, below: root, nesting: 1)
    findings = check.findings
  }
}

private struct ExpandCheck {
  var findings: [ServiceFinding]
  private var count = 0

  init(findings: [ServiceFinding]) { self.findings = findings }

  private mutating func refuse(_ span: Span, _ message: String, _ remedy: String) {
    findings.append(ServiceFinding(rule: "DV007", span: span, message: message, remedy: remedy))
  }

  /// - Parameter level: `nil` when it is not known which rows the items belong to.
  mutating func items(_ items: [ExpandItem], below level: Level?, nesting: Int) {
    guard nesting <= LevelReader.maximumNesting else { return }
    for (index, item) in items.enumerated() {
      count += 1
      if count == ServiceRules.maximumExpands + 1 {
        refuse(
          item.span, "Dataverse takes at most \(ServiceRules.maximumExpands) expands.",
          "Read the rest in a request of its own.")
      }
      path(item, from: level?.table)
      let inner = level?.expands.first { $0.item == index }
      options(item, isNested: nesting > 1, inner)
      self.items(item.options.expand?.value ?? [], below: inner, nesting: nesting + 1)
    }
  }

  private mutating func path(_ item: ExpandItem, from table: Table?) {
    switch item.path.last {
    case "$ref":
      guard item.path.count == 2, let navigation = table?.navigation(item.path[0]), navigation.isCollection else {
        return
      }
      refuse(
        item.span, "Dataverse takes no $ref on a collection.",
        "Select the key of the rows: name($select=key).")
    case "$count": refuse(item.span, "Dataverse has no $count inside $expand.", "Count the rows of the other table.")
    case "*": refuse(item.span, "Dataverse does not expand everything.", "Name each navigation property.")
    default:
      guard item.path.count > 1 else { return }
      refuse(item.span, "Dataverse takes one navigation property here.", "Nest it: outer($expand=inner).")
    }
  }

  private mutating func options(_ item: ExpandItem, isNested: Bool, _ level: Level?) {
    let options = item.options
    let unsupported: [(String, Span?)] = [
      ("$skip", options.skip?.span), ("$count", options.count?.span), ("$search", options.search?.span),
      ("$compute", options.compute?.span), ("$apply", options.apply?.span), ("$format", options.format?.span),
      ("$skiptoken", options.skiptoken?.span), ("$deltatoken", options.deltatoken?.span),
    ]
    for case (let name, .some(let span)) in unsupported {
      refuse(span, "Dataverse has no \(name) inside $expand.", "Leave it out.")
    }
    for option in options.unparsed {
      refuse(option.span, "Dataverse has no \(option.name) inside $expand.", "Leave it out.")
    }
    for option in options.custom { refuse(option.span, "This option cannot stand in $expand.", "Leave it out.") }
    if isNested || options.expand != nil {
      for case .some(let span) in [options.top?.span, options.orderby?.span] {
        refuse(span, "With a nested $expand Dataverse takes neither $top nor $orderby.", "Leave it out.")
      }
      if level?.navigation?.navigation?.isManyToMany ?? false {
        refuse(
          item.span, "Dataverse does not nest the expand of a many-to-many relationship.",
          "Read the other table in a request of its own.")
      }
    }
    let message = "Dataverse takes no alias inside $expand."
    if let filter = options.filter, filter.value.usesAliases {
      refuse(filter.span, message, "Write the value in place.")
    }
    if let order = options.orderby, order.value.contains(where: { $0.expression.usesAliases }) {
      refuse(order.span, message, "Write the column in place.")
    }
    for alias in options.aliases { refuse(alias.span, message, "Write the value in place.") }
  }
}
