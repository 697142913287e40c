import Dataverse
package import ODataURL
import YAMLFile

/// What becomes of a legacy query.
package struct LegacyPlan: Sendable {
  /// The Dataverse query; spans are those of the legacy request, so that a finding points into what the client sent.
  package var query: RelativeURI
  package var shape: LegacyShape
  /// Rows of a page; `nil` when the query has a `$top`, which Dataverse does not take together with one.
  package var pageSize: Int?
}

/// Legacy queries → Dataverse queries.
package struct LegacyTranslator: Sendable {
  /// Rows that the legacy API gave when nothing was asked.
  package static let pageSize = 100
  /// Options of the legacy API that change nothing here.
  private static let ignored: Set<String> = ["forcesearch"]

  private let mapping: LegacyMapping

  package init(mapping: LegacyMapping) { self.mapping = mapping }

  /// - Throws: why the query has no Dataverse form, or none yet.
  package func translate(_ query: RelativeURI) throws(LegacyError) -> LegacyPlan {
    let entity = try entity(query)
    let options = query.options
    try refuseUnsupported(options)
    var result = RelativeURI(path: [PathSegment(.name(entity.table.entitySetName, keys: nil), span: query.path[0].span)]
    )
    let selection = try select(options.select, entity)
    result.options.select = selection.items
    result.options.filter = try filter(options.filter, entity, options.aliases)
    result.options.orderby = try orderby(options.orderby, entity)
    result.options.top = options.top
    result.options.skiptoken = options.skiptoken
    let shape = LegacyShape(
      entity: entity.name, columns: selection.columns, unfold: entity.unfold, unfoldMembers: selection.members)
    return LegacyPlan(query: result, shape: shape, pageSize: options.top == nil ? LegacyTranslator.pageSize : nil)
  }

  // MARK: Path and options

  private func entity(_ query: RelativeURI) throws(LegacyError) -> LegacyEntity {
    guard let first = query.path.first else {
      throw LegacyError(status: 404, errorCode: "entityNotFound", message: "The path names no entity.")
    }
    guard case .name(let name, let keys) = first.kind else {
      throw unsupported("This form of path", first.span, "Read an entity by its name: /data/Customer?$filter=….")
    }
    guard let entity = mapping.entity(name) else {
      let nearest = NearestName.nearest(to: name, among: mapping.entityNames)
      throw LegacyError(
        status: 404, errorCode: "entityNotFound",
        message: "No entity of this name is served.",
        remedy: nearest.map { "Did you mean \($0)?" } ?? "Served are: \(mapping.entityNames.joined(separator: ", ")).",
        span: first.span)
    }
    if keys != nil {
      throw unsupported(
        "Reading one row by key", first.span, "Filter by the key instead: $filter=CustomerId eq '…'.")
    }
    guard query.path.count == 1 else {
      throw unsupported("A path below an entity", query.path[1].span, "Read the entity with query options.")
    }
    return entity
  }

  private func refuseUnsupported(_ options: QueryOptions) throws(LegacyError) {
    if let skip = options.skip, skip.value != 0 {
      throw unsupported("$skip", skip.span, "Dataverse has none. Follow @odata.nextLink to the next page.")
    }
    if let search = options.search {
      throw unsupported("$search", search.span, "Use $filter with contains on a column.")
    }
    if let expand = options.expand {
      throw unsupported("$expand", expand.span, "Read UnifiedActivity and Customer_Measure with their own requests.")
    }
    if let count = options.count { throw unsupported("$count", count.span, "Count the rows of the pages.") }
    if let format = options.format { throw unsupported("$format", format.span, "Answers are JSON.") }
    if let token = options.deltatoken { throw unsupported("$deltatoken", token.span, "Read the entity anew.") }
    if let apply = options.apply { throw unsupported("$apply", apply.span, "Read the rows and sum them up.") }
    if let compute = options.compute { throw unsupported("$compute", compute.span, "Read the columns themselves.") }
    if let other = options.unparsed.first { throw unsupported("\(other.name)", other.span, "Leave it out.") }
    for option in options.custom where !LegacyTranslator.ignored.contains(option.name.lowercased()) {
      if option.name.lowercased() == "proxy" {
        guard option.value.lowercased() != "false" else { continue }
        throw unsupported(
          "proxy", option.span, "It gave addresses of files in the lake, which Dataverse does not have.")
      }
      throw LegacyError(
        status: 400, errorCode: "unknownOption",
        message: "The query holds an option that the Customer Insights API does not have.",
        remedy: "Leave it out.", span: option.span)
    }
  }

  private func unsupported(_ what: String, _ span: Span, _ remedy: String) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported",
      message: "\(what) is not supported by this gateway.", remedy: remedy, span: span)
  }

  // MARK: Names

  private func column(_ name: String, _ entity: LegacyEntity, _ span: Span) throws(LegacyError) -> String {
    if let property = entity.property(name) { return property }
    let known = entity.columns.values.sorted().joined(separator: ", ")
    guard entity.unfold == nil else {
      throw LegacyError(
        status: 400, errorCode: "columnNotFilterable",
        message:
          "Dataverse keeps the values of \(entity.name) in one JSON column, so that no query can filter or sort by them.",
        remedy: "Columns that can be used here: \(known).", span: span)
    }
    let nearest = NearestName.nearest(to: name, among: entity.columns.values.sorted())
    throw LegacyError(
      status: 400, errorCode: "propertyNotFound",
      message: "\(entity.name) has no property of this name.",
      remedy: nearest.map { "Did you mean \($0)?" } ?? "It has: \(known).", span: span)
  }

  private struct Selection {
    var items: Spanned<[SelectItem]>?
    var columns: [String: String]
    /// Members of the JSON column to show, in lower case; `nil` for all.
    var members: Set<String>?
  }

  private func select(
    _ select: Spanned<[SelectItem]>?, _ entity: LegacyEntity
  ) throws(LegacyError) -> Selection {
    guard let select, !select.value.contains(where: { $0.path == ["*"] }) else {
      return Selection(items: nil, columns: entity.columns, members: nil)
    }
    var items: [SelectItem] = []
    var columns: [String: String] = [:]
    var members: Set<String> = []
    for item in select.value {
      guard item.path.count == 1, let name = item.path.first, item.parameters == nil, item.options == QueryOptions()
      else {
        throw unsupported("A path in $select", item.span, "Name properties of the entity itself.")
      }
      if let property = entity.property(name) {
        guard let shown = entity.columns[property] else { continue }
        guard columns.updateValue(shown, forKey: property) == nil else {
          throw LegacyError(
            status: 400, errorCode: "propertyRepeated",
            message: "$select names a property twice.",
            remedy: "Name it once.", span: item.span)
        }
        items.append(SelectItem([property], span: item.span))
      } else if entity.unfold != nil {
        members.insert(name.lowercased())
      } else {
        _ = try column(name, entity, item.span)
      }
    }
    if let unfold = entity.unfold, !members.isEmpty { items.append(SelectItem([unfold], span: select.span)) }
    return Selection(
      items: Spanned(items, span: select.span), columns: columns, members: entity.unfold == nil ? nil : members)
  }

  private func orderby(
    _ orderby: Spanned<[OrderItem]>?, _ entity: LegacyEntity
  ) throws(LegacyError) -> Spanned<[OrderItem]>? {
    guard let orderby else { return nil }
    var items: [OrderItem] = []
    for item in orderby.value {
      items.append(
        OrderItem(try rename(item.expression, entity), descending: item.descending, span: item.span))
    }
    return Spanned(items, span: orderby.span)
  }

  // MARK: Filters

  private func filter(
    _ filter: Spanned<Expression>?, _ entity: LegacyEntity, _ aliases: [FunctionArgument]
  ) throws(LegacyError) -> Spanned<Expression>? {
    if let alias = aliases.first {
      throw unsupported("A parameter alias", alias.span, "Write the value where it is used.")
    }
    var result: Expression?
    if let filter {
      result = Membership.expanded(try rename(filter.value, entity))
    }
    for condition in entity.conditions {
      var test = Expression(.member(base: nil, name: condition.column))
      let value = test.append(.literal(.string(condition.value)))
      test.root = test.append(.binary(.eq, test.root, value))
      result = result.map { $0.joined(with: test, by: .and) } ?? test
    }
    return result.map { Spanned($0, span: filter?.span ?? .none) }
  }

  /// The expression with Dataverse's names in place of the legacy ones.
  private func rename(_ expression: Expression, _ entity: LegacyEntity) throws(LegacyError) -> Expression {
    var columns: [Int: String] = [:]
    for (index, node) in expression.nodes.enumerated() {
      let span = expression.spans[index]
      switch node {
      case .member(base: nil, let name): columns[index] = try column(name, entity, span)
      case .literal, .call, .binary, .not, .list: continue
      case .member, .cast, .count, .key, .annotation, .lambda, .variable, .implicit, .function, .alias, .array, .object,
        .negate, .aggregate:
        throw unsupported("This form of expression", span, "Compare properties of the entity with literals.")
      }
    }
    return expression.replacing { id, _ in
      columns[Int(id.index)].map { Expression(.member(base: nil, name: $0), span: expression.span(of: id)) }
    }
  }
}
