package import ODataURL

/// What becomes of a legacy query: the Dataverse reads that it takes, and what is done with their rows.
package struct LegacyPlan: Sendable {
  /// Where rows come from.
  package var rows: LegacyRows
  /// Which of them are shown.
  package var window: LegacyWindow
  /// How they are shown.
  package var shape: LegacyShape
  /// What the answer is: rows, one row or a number.
  package var result: LegacyResult
  /// What is read for the rows that are shown, and stands inside them.
  package var expansions: [LegacyExpansion]
  /// Columns that are read for ``LegacyWindow/recheck`` alone. Where a policy does not let them be read, the plan works
  /// without.
  package var testColumns: [String]
  /// Columns of ``rows`` without which the plan would answer something else than was asked: those of conditions, orders
  /// and joins that are calculated here.
  package var neededColumns: Set<String> = []
  /// Columns that the client's `$select` came to; what stands beside them in the queries of ``rows`` is needed here, and
  /// the gateway's own. 0 without one that names columns.
  package var namedColumns = 0
  /// Conditions on columns that are put to rows here, since they stand beside others that Dataverse cannot be asked. Where
  /// a member of a JSON column is compared with a column, the column stands in its place.
  var heldConditions: [Expression] = []
  /// Columns that rows are sorted by here, with those in place of members as well.
  var heldOrder: [OrderItem] = []

  /// A plan whose tests need no columns but those that its queries name.
  package init(
    rows: LegacyRows, window: LegacyWindow = LegacyWindow(), shape: LegacyShape, result: LegacyResult = .collection,
    expansions: [LegacyExpansion] = [], testColumns: [String] = []
  ) {
    self.rows = rows
    self.window = window
    self.shape = shape
    self.result = result
    self.expansions = expansions
    self.testColumns = testColumns
  }

  /// The one read whose answer needs nothing but new names: it can be passed on while it comes.
  package var direct: LegacyRead? {
    guard case .query(var query) = rows, window.skip == 0, !window.looksAtRows, window.order == nil,
      expansions.isEmpty, result != .entity
    else { return nil }
    guard result == .collection else { return LegacyRead(query: query) }
    guard let top = window.top else { return LegacyRead(query: query, pageSize: LegacyWindow.page) }
    // More than a page is read page by page: Dataverse takes no `$top` together with a page size.
    guard top.value <= LegacyWindow.page else { return nil }
    query.options.top = top
    return LegacyRead(query: query)
  }

  /// Every read, those for ids that only the rows will tell with ``LegacyIDRead/sample`` in their place: for whoever
  /// judges a plan before it runs.
  package var reads: [RelativeURI] { ownReads + expansions.map(\.read.sample) }

  /// Those of ``reads`` that ``rows`` takes, which come first.
  package var ownReads: [RelativeURI] {
    switch rows {
    case .query(let query): [query]
    case .lists(let queries): queries
    case .members(let members): members.queries + members.rows.map(\.sample)
    }
  }

  /// A query with all conditions and orders on columns that are put to its rows here: for whoever judges a plan, since the
  /// same condition must be allowed wherever it is calculated. `nil` where there are none.
  package func asked(by query: RelativeURI) -> RelativeURI? {
    guard !heldConditions.isEmpty || !heldOrder.isEmpty else { return nil }
    var asked = query
    if let held = LegacyFilter.all(heldConditions) {
      let whole = query.options.filter.map { $0.value.joined(with: held, by: .and) } ?? held
      asked.options.filter = Spanned(whole, span: held.span)
    }
    if let first = heldOrder.first { asked.options.orderby = Spanned(heldOrder, span: first.span) }
    return asked
  }

  /// Columns that the client wrote in conditions and orders that are calculated here, each with the first place where it
  /// did.
  package var heldColumns: [String: Span] {
    var spans: [String: Span] = [:]
    for expression in heldConditions + heldOrder.map(\.expression) {
      expression.walk { id, node in
        if case .member(base: nil, let name) = node, spans[name] == nil { spans[name] = expression.span(of: id) }
        return .continue
      }
    }
    return spans
  }

  /// Rows of a page that one of ``reads`` asks for when the plan runs.
  package func pageSize(ofRead index: Int) -> Int {
    switch rows {
    case .query: index == 0 ? rowPageSize : LegacyRead.wholePage
    case .lists(let queries): index < queries.count ? rowPageSize : LegacyRead.wholePage
    case .members: LegacyRead.wholePage
    }
  }

  /// Rows that an answer takes of those that come, as far as nothing is tested.
  var wantedRows: Int { window.skip + window.rowLimit }

  /// Rows of a page to ask for where ``rows`` are queries of their own. Dataverse wants one page size on all pages, so it
  /// depends on the plan alone.
  package var rowPageSize: Int {
    window.order == nil ? min(LegacyRead.wholePage, max(LegacyWindow.page, wantedRows)) : LegacyRead.wholePage
  }
}

/// Where the rows of a plan come from.
package enum LegacyRows: Sendable {
  /// The pages of one query.
  case query(RelativeURI)
  /// Several queries for parts of one list of values, made so that no row is in two of them (``ListParts``).
  case lists([RelativeURI])
  case members(LegacyMembers)
}

/// The customers of segments.
package struct LegacyMembers: Sendable {
  /// One for each segment; a customer must be in all of them. Not empty.
  package var segments: [Segment]
  /// The table that the queries of ``segments`` read, and how its rows are understood.
  package var mapping: SegmentMapping
  /// Read the customers themselves; several for parts of lists of values, so that no customer is in two of them. Not empty.
  package var rows: [LegacyIDRead]
  /// The column that tells the rows of the membership table apart, where it is read: a customer with several rows is then
  /// shown once over all pages.
  package private(set) var row: String?

  /// Customers who are in all of some segments.
  /// - Parameter row: where the queries of the first segment read what tells rows apart, as ``read(row:)`` makes them.
  package init(segments: [Segment], mapping: SegmentMapping, rows: [LegacyIDRead], row: String? = nil) {
    self.segments = segments
    self.mapping = mapping
    self.rows = rows
    self.row = row
  }

  /// One segment, and what is read of the membership table for it.
  package struct Segment: Sendable {
    /// As the lists of the table spell it: compared there case by case, whatever rows Dataverse finds.
    package var name: String
    /// Its rows of the membership table, and some of others, which the list in each row tells apart.
    package var query: RelativeURI
    /// ``query`` for parts of a long list of ids, so that no row is in two of them; none where there is no such list.
    package var parts: [RelativeURI] = []

    /// A segment that is read by one query.
    package init(name: String, query: RelativeURI) {
      self.name = name
      self.query = query
    }

    /// What is read for all its rows.
    package var queries: [RelativeURI] { parts.isEmpty ? [query] : parts }

    fileprivate mutating func select(_ items: [SelectItem]) {
      query.options.select = Spanned(items)
      for index in parts.indices { parts[index].options.select = Spanned(items) }
    }
  }

  /// The reads that tell who is in which segment: those of the first one, then one for each other, which has no parts.
  package var queries: [RelativeURI] { segments.flatMap(\.queries) }

  /// How many ``queries`` there are.
  package var queryCount: Int {
    var count = 0
    for index in segments.indices { count += max(1, segments[index].parts.count) }
    return count
  }

  /// The one of ``queries``, without the column that tells rows apart; `nil` where there are several.
  package var onlyQuery: RelativeURI? {
    guard segments.count == 1, segments[0].parts.count <= 1 else { return nil }
    var query = segments[0].parts.first ?? segments[0].query
    if let row { query.options.select?.value.removeAll { $0.path == [row] } }
    return query
  }

  /// Reads the column that tells the rows of the first segment apart, or no longer when `nil`.
  package mutating func read(row column: String?) {
    guard var items = segments.first?.query.options.select?.value else { return }
    if let row { items.removeAll { $0.path == [row] } }
    if let column { items.append(SelectItem([column])) }
    segments[0].select(items)
    row = column
  }

  /// Reads what rows a segment has for customers, whose ids are as they stand there.
  func rows(of segment: Segment) -> LegacyIDRead { LegacyIDRead(query: segment.query, column: mapping.customer) }
}

/// A read of rows by values that are known only when the plan runs.
package struct LegacyIDRead: Sendable {
  /// Without the values.
  package var query: RelativeURI
  /// The column that has them.
  package var column: String
  /// How the column has them, where they are ids of customers: they may come in the other form.
  package var form: CustomerID.Form?

  /// A read whose values come later; `column` is a property name of the query's table.
  package init(query: RelativeURI, column: String, form: CustomerID.Form? = nil) {
    self.query = query
    self.column = column
    self.form = form
  }

  /// - Parameter ids: not empty.
  package func query(ids: some Collection<String>) -> RelativeURI {
    var result = query
    let values = ids.map { id in Literal.string(form.map { CustomerID.text(id, as: $0) } ?? id) }
    guard let chain = LegacyFilter.anyOf(column, values) else { return result }
    let filter = query.options.filter.map { $0.value.joined(with: chain, by: .and) } ?? chain
    result.options.filter = Spanned(filter, span: query.options.filter?.span ?? .none)
    return result
  }

  /// With an id of the usual form.
  package var sample: RelativeURI { query(ids: CollectionOfOne(LegacyIDRead.usualID)) }

  private static let usualID = "00000000000000000000000000000000"
}

/// Rows of another entity that stand in each row.
package struct LegacyExpansion: Sendable {
  /// The way from the rows of the plan to those that stand in them.
  package var navigation: LegacyNavigation
  /// Reads the rows that stand in others, by the ids that those have.
  package var read: LegacyIDRead
  /// How the rows that stand in others are shown.
  package var shape: LegacyShape
  /// Writes rows in this shape, where it has been made for many answers; otherwise each run makes one.
  package var writer: LegacyRowWriter?
}

/// Which of a plan's rows an answer has.
package struct LegacyWindow: Sendable {
  /// Rows of an answer when nothing was asked, as in the legacy API.
  package static let page = 100

  /// Rows that are left out first.
  package var skip = 0
  /// Rows of the answer, which then has no further page; pages of ``pageRows`` rows without end when `nil`.
  package var top: Spanned<Int64>?
  /// Rows of a page of the answer: ``page``, or fewer where the policy gives no larger ones. At least 1.
  package var pageRows = LegacyWindow.page
  /// What a row must pass here, because Dataverse cannot be asked. A row of which it cannot be decided is left out.
  package var test: RowTest?
  /// What a row must pass here, because Dataverse does not answer exactly. Where it cannot be decided, Dataverse has.
  package var recheck: RowTest?
  /// The order in which rows are put here, because Dataverse cannot. All of them must be read for it.
  package var order: RowOrder?

  /// All rows in the order in which they come, page by page.
  package init() {}

  /// Whether rows that come may be left out for what they hold.
  package var looksAtRows: Bool { test != nil || recheck != nil }

  /// Whether a row passes ``test`` and ``recheck``.
  func passes(_ row: DataverseRow) -> Bool {
    test?.matches(row) ?? (test == nil) && recheck?.matches(row) ?? true
  }

  /// Rows that an answer has at most. Far below what an `Int` holds, so that it can be counted on from.
  package var rowLimit: Int { top.map { Int(min($0.value, 1 << 40)) } ?? pageRows }
}

/// The form of an answer.
package enum LegacyResult: Sendable, Hashable {
  case collection
  /// The first row, or 404.
  case entity
  /// `/$count`.
  case count
}

/// One Dataverse read.
package struct LegacyRead: Sendable {
  /// What is read, in Dataverse's names; not judged yet. Its `$skiptoken` is ``skiptoken``.
  package var query: RelativeURI
  /// Rows of a page to ask for; `nil` where the query has a `$top`, which Dataverse does not take together with one.
  package var pageSize: Int?
  /// The service's own, of a page before.
  package var skiptoken: String?
  /// Which of the plan's ``LegacyPlan/reads`` it is, with the page size of ``LegacyPlan/pageSize(ofRead:)``: what was
  /// judged before the plan ran need not be judged again. `nil` for one by ids that rows have told.
  package var number: Int?
  /// What the read may take of what its plan may; `nil` for a read of no plan that runs.
  package var lease: ReadLease?

  /// Rows of a page where all pages are read: the most that elastic tables give.
  package static let wholePage = 500

  /// A read of no plan that runs.
  package init(query: RelativeURI, pageSize: Int? = nil, skiptoken: String? = nil, number: Int? = nil) {
    self.query = query
    self.pageSize = pageSize
    self.skiptoken = skiptoken
    self.number = number
  }
}
