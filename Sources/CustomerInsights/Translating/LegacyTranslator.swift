import Dataverse
package import ODataURL
import YAMLFile

/// Legacy queries → plans of Dataverse reads.
///
/// A pure function of the query and the mapping. What of a filter Dataverse can decide goes there; tests of segments
/// become a read of their own, and what Dataverse cannot answer, or not exactly, is tested on the rows that come.
package struct LegacyTranslator: Sendable {
  /// Names, tables and limits that plans are made by.
  package let mapping: LegacyMapping

  /// A translator for one mapping; costs nothing to make.
  package init(mapping: LegacyMapping) { self.mapping = mapping }

  /// - Parameter query: as read with ``ODataURL/ParserSettings/legacy``; its `$skiptoken` is the caller's to open.
  /// - Throws: why the query has no Dataverse form.
  package func translate(_ query: RelativeURI) throws(LegacyError) -> LegacyPlan {
    let resource = try resource(query)
    let entity = resource.entity
    let options = query.options
    try refuseUnsupported(options, resource)

    var filter = try LegacyFilterParts(options.filter, entity: entity, mapping: mapping)
    if let search = options.search { try filter.add(search: search, entity: entity, mapping: mapping) }
    if let key = resource.key { filter.service.append(key) }
    filter.segments.append(contentsOf: resource.segments)

    let selection = try LegacySelection(options.select, entity: entity)
    let expansions = try expansions(options.expand, entity)
    var window = LegacyWindow()
    window.top = options.top
    window.skip = try skip(options.skip)
    window.test = LegacyFilter.all(filter.tests).map(RowTest.init)
    window.recheck = LegacyFilter.all(filter.rechecks).map(RowTest.init)

    // Columns that are read but not shown.
    var hidden = filter.neededColumns
    if !filter.segments.isEmpty, let key = entity.key { hidden.insert(key) }
    for expansion in expansions { hidden.insert(expansion.navigation.from) }
    let order = try LegacyOrder(options.orderby, entity: entity)

    var base = RelativeURI(
      path: [PathSegment(.name(entity.table.entitySetName, keys: nil), span: query.path[0].span)])
    base.options.filter = filter.expression.map { Spanned($0, span: options.filter?.span ?? .none) }
    base.options.count = options.count.flatMap { $0.value ? $0 : nil }
    var plan = LegacyPlan(
      rows: .query(base), window: window, shape: selection.shape(of: entity), result: resource.result,
      expansions: expansions)
    plan.shape.hasCount = base.options.count != nil
    plan.rows = try rows(base, filter, entity)
    var sortsHere = order.isOfMembers
    if case .query = plan.rows {} else { sortsHere = sortsHere || order.items != nil }
    if sortsHere, let items = order.items {
      guard RowOrder.canSort(items.value) else {
        throw LegacyTranslator.unsupported("This form of $orderby", items.span, "Sort by properties.")
      }
      plan.window.order = RowOrder(items.value)
      hidden.formUnion(order.columns)
      plan.heldOrder = order.ofColumns
    }
    plan.heldConditions = filter.heldConditions
    plan.neededColumns = hidden
    plan.namedColumns = selection.count
    let service = sortsHere ? nil : order.items
    let isCount = plan.result == .count
    let shown = isCount ? nil : selection.items(with: hidden)
    plan.testColumns = filter.testColumns.filter { column in
      selection.items != nil && !selection.shows(column) && !hidden.contains(column)
    }.sorted()
    plan.rows.change { query in
      query.options.orderby = service
      query.options.select = shown
      if isCount { query.path.append(PathSegment(.keyword("$count"))) }
    }
    try check(plan, options)
    return plan
  }

  // MARK: Path

  /// What the path names.
  struct Resource {
    var entity: LegacyEntity
    var result = LegacyResult.collection
    /// The condition that a key stands for.
    var key: Expression?
    /// Segments that the path names: a segment was an entity of its own.
    var segments: [LegacyFilterParts.Segment] = []
  }

  private func resource(_ query: RelativeURI) throws(LegacyError) -> Resource {
    guard let first = query.path.first else {
      throw LegacyError(status: 404, errorCode: "entityNotFound", message: "The path names no entity.")
    }
    guard case .name(let name, let keys) = first.kind else {
      throw LegacyTranslator.unsupported(
        "This form of path", first.span, "Read an entity by its name: /data/Customer?$filter=….")
    }
    var resource: Resource
    if let entity = mapping.entity(name) {
      resource = Resource(entity: entity)
    } else if let segments = mapping.segments, let segment = segments.name(name),
      let entity = mapping.entity(segments.entity)
    {
      resource = Resource(entity: entity, segments: [.init(name: segment, span: first.span)])
    } else {
      let known = mapping.entityNames + (mapping.segments?.names ?? [])
      let nearest = NearestName.nearest(to: name, among: known)
      throw LegacyError(
        status: 404, errorCode: "entityNotFound", message: "No entity of this name is served.",
        remedy: nearest.map { "Did you mean \($0)?" }
          ?? "Served are: \(mapping.entityNames.joined(separator: ", ")). A segment or the output of a model is served "
          + "once the gateway's mapping names it.",
        span: first.span)
    }
    if let keys {
      resource.key = try key(keys, resource.entity, first.span)
      resource.result = .entity
    }
    switch query.path.dropFirst().first {
    case nil: return resource
    case .some(let second) where query.path.count == 2 && second.kind == .keyword("$count") && keys == nil:
      resource.result = .count
      return resource
    case .some(let second):
      throw LegacyTranslator.unsupported(
        "A path below an entity", second.span, "Read the entity with query options.")
    }
  }

  private func key(
    _ keys: KeyPredicate, _ entity: LegacyEntity, _ span: Span
  ) throws(LegacyError) -> Expression {
    guard let column = entity.key else {
      throw LegacyTranslator.unsupported("Reading one row of \(entity.name) by key", span, "Use $filter.")
    }
    let value: Expression
    switch keys {
    case .single(let single): value = single
    case .compound(let parts):
      guard let part = parts.first, parts.count == 1, entity.property(part.name) == column else {
        throw LegacyError(
          status: 400, errorCode: "keyNotFound", message: "\(entity.name) has another key.",
          remedy: "Its key is \(entity.columns[column] ?? column).", span: span)
      }
      value = part.value
    }
    guard case .literal(let literal) = value[value.root], literal != .null,
      let test = LegacyFilter.anyOf(
        column, [entity.ids[column].map { CustomerID.literal(literal, as: $0) } ?? literal], span: span)
    else { throw LegacyTranslator.unsupported("This form of key", span, "Give the value itself.") }
    return test
  }

  // MARK: Options

  /// Options of the legacy API that change nothing here: the first picks a store, the last was the client's own.
  private static let ignored: Set<String> = ["forcesearch", "skipnullfilterparameters"]

  private func refuseUnsupported(_ options: QueryOptions, _ resource: Resource) throws(LegacyError) {
    if let format = options.format, !["json", "application/json"].contains(format.value.lowercased()) {
      throw LegacyError(
        status: 406, errorCode: "notAcceptable", message: "Answers are JSON and nothing else.",
        remedy: "Leave $format out.", span: format.span)
    }
    if let token = options.deltatoken {
      throw LegacyTranslator.unsupported("$deltatoken", token.span, "Read the entity anew.")
    }
    if let apply = options.apply {
      throw LegacyTranslator.unsupported("$apply", apply.span, "Read the rows and sum them up.")
    }
    if let compute = options.compute {
      throw LegacyTranslator.unsupported("$compute", compute.span, "Read the columns themselves.")
    }
    if let other = options.unparsed.first {
      throw LegacyTranslator.unsupported("\(other.name)", other.span, "Leave it out.")
    }
    if let alias = options.aliases.first {
      throw LegacyTranslator.unsupported("A parameter alias", alias.span, "Write the value where it is used.")
    }
    for option in options.custom where !LegacyTranslator.ignored.contains(option.name.lowercased()) {
      if option.name.lowercased() == "proxy" {
        guard option.value.lowercased() != "false" else { continue }
        throw LegacyTranslator.unsupported(
          "proxy", option.span, "It gave addresses of files in the lake, which Dataverse does not have.")
      }
      throw LegacyError(
        status: 400, errorCode: "unknownOption",
        message: "The query holds an option that the Customer Insights API does not have.",
        remedy: "Leave it out.", span: option.span)
    }
    guard resource.result != .collection else { return }
    let spans = [
      options.orderby?.span, options.top?.span, options.skip?.span, options.count?.span, options.skiptoken?.span,
      resource.result == .count
        ? options.select?.span ?? options.expand?.span : options.filter?.span ?? options.search?.span,
    ]
    if let span = spans.compactMap(\.self).first {
      throw LegacyError(
        status: 400, errorCode: "optionMisplaced",
        message: resource.result == .count ? "A number of rows takes no such option." : "One row takes no such option.",
        remedy: "Leave it out.", span: span)
    }
  }

  private func skip(_ skip: Spanned<Int64>?) throws(LegacyError) -> Int {
    guard let skip else { return 0 }
    guard skip.value <= mapping.limits.skip else {
      throw LegacyError(
        status: 400, errorCode: "skipTooLarge",
        message: "$skip is larger than \(mapping.limits.skip): Dataverse has none, so that all rows in front are read.",
        remedy: "Follow @odata.nextLink from page to page instead.", span: skip.span)
    }
    return Int(skip.value)
  }

  private func expansions(
    _ expand: Spanned<[ExpandItem]>?, _ entity: LegacyEntity
  ) throws(LegacyError) -> [LegacyExpansion] {
    guard let expand else { return [] }
    var result: [LegacyExpansion] = []
    for item in expand.value {
      guard item.path.count == 1, let name = item.path.first, item.options == QueryOptions() else {
        throw LegacyTranslator.unsupported(
          "A path or an option inside $expand", item.span,
          "Expand whole entities, or read them with their own requests.")
      }
      guard let navigation = entity.expansion(name), let other = mapping.entity(navigation.entity) else {
        let known = entity.expansions.map(\.name)
        let nearest = NearestName.nearest(to: name, among: known)
        throw LegacyError(
          status: 400, errorCode: "propertyNotFound", message: "\(entity.name) cannot be expanded by this name.",
          remedy: nearest.map { "Did you mean \($0)?" }
            ?? (known.isEmpty
              ? "Read the other entity with its own request." : "It has: \(known.joined(separator: ", "))."),
          span: item.span)
      }
      guard !result.contains(where: { $0.navigation.name == navigation.name }) else {
        throw LegacyError(
          status: 400, errorCode: "propertyRepeated", message: "$expand names one thing twice.",
          remedy: "Name it once.", span: item.span)
      }
      var query = RelativeURI(path: [PathSegment(.name(other.table.entitySetName, keys: nil), span: item.span)])
      query.options.filter = LegacyFilter.all(other.tests).map { Spanned($0) }
      result.append(
        LegacyExpansion(
          navigation: navigation,
          read: LegacyIDRead(query: query, column: navigation.column, form: other.ids[navigation.column]),
          shape: LegacyShape(
            entity: other.name, columns: other.columns, unfold: other.unfold, times: other.times,
            ids: Set(other.ids.keys))))
    }
    return result
  }

  // MARK: Rows

  private func rows(
    _ base: RelativeURI, _ filter: LegacyFilterParts, _ entity: LegacyEntity
  ) throws(LegacyError) -> LegacyRows {
    guard filter.segments.isEmpty else { return .members(try members(base, filter, entity)) }
    let queries = try parts(of: filter.lists, bytes: filter.listBytes).map { base.adding($0) }
    return queries.count == 1 ? .query(queries[0]) : .lists(queries)
  }

  /// Conditions that share out lists of values so that each row meets one of them at most; one that is `nil` without lists.
  private func parts(of lists: [LegacyFilterParts.List], bytes: Int) throws(LegacyError) -> [Expression?] {
    var parts: [Expression?] = [nil]
    for list in lists {
      // A filter has limits as a whole, too, which two lists are far from.
      let limit = mapping.limits.idsPerRead * 2 / max(2, lists.count)
      let own = ListParts.parts(
        list.values, of: list.column, isWhole: list.isWhole, limit: max(1, limit), bytes: bytes / lists.count)
      guard let own else {
        throw LegacyError(
          status: 400, errorCode: "listAlike",
          message:
            "The list has more values that Dataverse may take for equal than one read can ask for: they differ in "
            + "accents, width, blanks or signs alone, or in what columns keep of no number or time. Asked for in two "
            + "reads, a row would come twice.",
          remedy: "Name at most \(max(1, limit)) such values at once, or fewer where they are long.", span: list.span)
      }
      guard parts.count * own.count <= mapping.limits.reads else {
        throw LegacyError(
          status: 400, errorCode: LegacyError.planTooLargeCode,
          message:
            "The lists take \(parts.count * own.count) reads of Dataverse, and \(mapping.limits.reads) are allowed.",
          remedy: "Ask for fewer values at once.", span: list.span)
      }
      parts = parts.flatMap { part in
        own.map { values in
          LegacyFilter.all([part, LegacyFilter.anyOf(list.column, values, span: list.span)].compactMap(\.self))
        }
      }
    }
    return parts
  }

  private func members(
    _ base: RelativeURI, _ filter: LegacyFilterParts, _ entity: LegacyEntity
  ) throws(LegacyError) -> LegacyMembers {
    let span = filter.segments.first?.span ?? .none
    // The same where no segments are configured and where this caller's scope has not their table.
    guard let segments = mapping.segments else {
      throw LegacyTranslator.unreadable(
        "which customers are in which segments", span,
        "Leave it out. Whoever runs this gateway can allow it with the table of segment memberships.")
    }
    guard entity.name == segments.entity else {
      throw LegacyTranslator.unsupported("IsMemberOfSegment on \(entity.name)", span, "Ask for \(segments.entity).")
    }
    guard let key = entity.key else {
      throw LegacyTranslator.unreadable(
        "the id of \(entity.name)", span,
        "Leave it out. Whoever runs this gateway can allow it with the column of that id.")
    }
    var query = RelativeURI(path: [PathSegment(.name(segments.table.entitySetName, keys: nil))])
    let columns = [segments.customer, segments.list]
    query.options.select = Spanned(columns.map { SelectItem([$0]) })
    let form = entity.ids[key]
    var reads = filter.segments.enumerated().map { index, segment in
      var read = query
      if index == 0, let row = segments.row { read.options.select?.value.append(SelectItem([row])) }
      let quoted = "\"\(segment.name)\""
      let text = mapping.wildcards == .bracket ? WildcardText.bracketed(quoted) : quoted
      // What is asked of the id is asked here, too, so that few rows come.
      let parts =
        [LegacyFilter.contains(segments.list, text, span: segment.span)]
        + filter.keys(key, form, as: segments.customer, segments.customerForm)
      read.options.filter = LegacyFilter.all(parts).map { Spanned($0, span: segment.span) }
      return LegacyMembers.Segment(name: segment.name, query: read)
    }
    // Lists of ids are for those who tell who is in the segment: the customers themselves are asked for by what comes.
    let ids = filter.lists.filter { $0.column == key }.map { list in
      var list = list
      list.column = segments.customer
      if let other = segments.customerForm, form != other {
        list.values = list.values.map { CustomerID.literal($0, as: other) }
      }
      return list
    }
    if !ids.isEmpty {
      let query = reads[0].query
      reads[0].parts = try parts(of: ids, bytes: filter.listBytes).map { query.adding($0) }
    }
    let others = filter.lists.filter { $0.column != key }
    let rows = try parts(of: others, bytes: filter.listBytes).map { part in
      LegacyIDRead(query: base.adding(part), column: key, form: form)
    }
    return LegacyMembers(segments: reads, mapping: segments, rows: rows, row: segments.row)
  }

  /// What a plan of several reads cannot do.
  private func check(_ plan: LegacyPlan, _ options: QueryOptions) throws(LegacyError) {
    guard let count = options.count, count.value || plan.result == .count else {
      guard plan.result == .count else { return }
      return try refuseCount(plan, options.filter?.span ?? .none)
    }
    try refuseCount(plan, count.span)
  }

  /// The service counts what its own filter finds.
  private func refuseCount(_ plan: LegacyPlan, _ span: Span) throws(LegacyError) {
    if case .query = plan.rows, !plan.window.looksAtRows { return }
    throw LegacyTranslator.unsupported("Counting with this filter", span, "Count the rows of the pages.")
  }

  /// - Parameter what: without which members cannot be found.
  private static func unreadable(_ what: String, _ span: Span, _ remedy: String) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported",
      message: "IsMemberOfSegment has no answer here: \(what) cannot be read.", remedy: remedy, span: span)
  }

  static func unsupported(_ what: String, _ span: Span, _ remedy: String) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported",
      message: "\(what) is not supported by this gateway.", remedy: remedy, span: span)
  }
}

extension LegacyRows {
  /// Changes every query that reads rows to be shown.
  package mutating func change(_ body: (inout RelativeURI) -> Void) {
    switch self {
    case .query(var query):
      body(&query)
      self = .query(query)
    case .lists(let queries):
      self = .lists(
        queries.map { query in
          var query = query
          body(&query)
          return query
        })
    case .members(var members):
      for index in members.rows.indices { body(&members.rows[index].query) }
      self = .members(members)
    }
  }
}

extension RelativeURI {
  /// The query with one more condition.
  fileprivate func adding(_ condition: Expression?) -> RelativeURI {
    guard let condition else { return self }
    var copy = self
    let whole = options.filter.map { $0.value.joined(with: condition, by: .and) } ?? condition
    copy.options.filter = Spanned(whole, span: options.filter?.span ?? condition.span)
    return copy
  }
}

extension LegacyEntity {
  /// The conditions that every row of the entity meets.
  var tests: [Expression] {
    conditions.compactMap { LegacyFilter.anyOf($0.column, [.string($0.value)]) }
  }
}
