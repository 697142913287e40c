package import ODataURL

/// What becomes of a legacy query: the Dataverse reads that it takes, and what is done with their rows.
package struct LegacyPlan: Sendable {
  /// Where rows come from.
  package var rows: LegacyRows
  /// Which of them are shown.
  package var window: LegacyWindow
  /// How they are shown.
  package var shape: LegacyShape
  package var result: LegacyResult
  /// What is read for the rows that are shown, and stands inside them.
  package var expansions: [LegacyExpansion]
  /// Columns that are read for ``LegacyWindow/recheck`` alone. Where a policy does not let them be read, the plan works
  /// without.
  package var testColumns: [String]
  /// Columns of ``rows`` without which the plan would answer something else than was asked: those of conditions, orders
  /// and joins that are calculated here.
  package var neededColumns: Set<String> = []
  /// Conditions on columns that are put to rows here, since they stand beside others that Dataverse cannot be asked.
  var heldConditions: [Expression] = []
  /// Columns that rows are sorted by here.
  var heldOrder: [OrderItem] = []

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
  package var mapping: SegmentMapping
  /// Read the customers themselves; several for parts of lists of values, so that no customer is in two of them. Not empty.
  package var rows: [LegacyIDRead]
  /// The column that tells the rows of the membership table apart, where it is read: a customer with several rows is then
  /// shown once over all pages.
  package private(set) var row: String?

  package init(segments: [Segment], mapping: SegmentMapping, rows: [LegacyIDRead]) {
    self.segments = segments
    self.mapping = mapping
    self.rows = rows
  }

  package struct Segment: Sendable {
    package var name: String
    /// Its rows of the membership table, and some of others, which the list in each row tells apart.
    package var query: RelativeURI
    /// ``query`` for parts of a long list of ids, so that no row is in two of them; none where there is no such list.
    package var parts: [RelativeURI] = []

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

  package init(query: RelativeURI, column: String, form: CustomerID.Form? = nil) {
    self.query = query
    self.column = column
    self.form = form
  }

  /// By what a value, in whatever form, is told to be one of the column's.
  func key(_ id: String) -> FoldedText { CustomerID.key(id, as: form) }

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
  package var navigation: LegacyNavigation
  package var read: LegacyIDRead
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
  /// Rows of the answer, which then has no further page; pages of ``page`` rows without end when `nil`.
  package var top: Spanned<Int64>?
  /// What a row must pass here, because Dataverse cannot be asked. A row of which it cannot be decided is left out.
  package var test: RowTest?
  /// What a row must pass here, because Dataverse does not answer exactly. Where it cannot be decided, Dataverse has.
  package var recheck: RowTest?
  /// The order in which rows are put here, because Dataverse cannot. All of them must be read for it.
  package var order: RowOrder?

  package init() {}

  /// Whether rows that come may be left out for what they hold.
  package var looksAtRows: Bool { test != nil || recheck != nil }

  /// Whether a row passes ``test`` and ``recheck``.
  func passes(_ row: DataverseRow) -> Bool {
    test?.matches(row) ?? (test == nil) && recheck?.matches(row) ?? true
  }

  /// Rows that an answer has at most. Far below what an `Int` holds, so that it can be counted on from.
  package var rowLimit: Int { top.map { Int(min($0.value, 1 << 40)) } ?? LegacyWindow.page }
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
  package var query: RelativeURI
  /// Rows of a page to ask for; `nil` where the query has a `$top`, which Dataverse does not take together with one.
  package var pageSize: Int?
  /// The service's own, of a page before.
  package var skiptoken: String?
  /// Which of the plan's ``LegacyPlan/reads`` it is, with the page size of ``LegacyPlan/pageSize(ofRead:)``: what was
  /// judged before the plan ran need not be judged again. `nil` for one by ids that rows have told.
  package var number: Int?
  /// Is told how many rows and bytes of the answer are held so far, so that a plan that has used up what it may ends while
  /// an answer comes. What it throws ends the read.
  package var hold: @Sendable (_ rows: Int, _ bytes: Int) throws -> Void = { _, _ in }

  /// Rows of a page where all pages are read: the most that elastic tables give.
  package static let wholePage = 500

  package init(query: RelativeURI, pageSize: Int? = nil, skiptoken: String? = nil, number: Int? = nil) {
    self.query = query
    self.pageSize = pageSize
    self.skiptoken = skiptoken
    self.number = number
  }
}
