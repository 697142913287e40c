import JSONStream
import ODataURL
import Synchronization

@testable import CustomerInsights

/// Tables in memory that answer reads as Dataverse does: condition, columns, pages. Their rows have their own order.
final class TableService: Sendable {
  /// Makes texts one that compare as equal.
  typealias Collation = @Sendable (String) -> String

  /// How pages end.
  enum Pages: CaseIterable, Sendable {
    /// The last page with rows has no link.
    case plain
    /// A page that is full has a link, even if nothing follows.
    case emptyEnd
    /// An empty page stands before each but the first.
    case hollow
  }

  private struct State {
    var reads: [LegacyRead] = []
    var inFlight = 0
    var mostInFlight = 0
    var found: [String: [DataverseRow]] = [:]
  }

  /// A row, and its texts as conditions see them.
  private struct Entry {
    var row: DataverseRow
    var texts: [String: String]
  }

  private let tables: [String: [Entry]]
  private let largestPage: Int
  private let pages: Pages
  private let collation: Collation
  private let state = Mutex(State())

  /// - Parameter collation: without case, if nothing else is said.
  init(
    _ tables: [String: [DataverseRow]], largestPage: Int = 500, pages: Pages = .plain,
    collation: @escaping Collation = { $0.lowercased() }
  ) {
    self.collation = collation
    self.tables = tables.mapValues { rows in
      rows.map { row in
        let texts = row.names.compactMap { name in row.string(name).map { (name, collation($0)) } }
        return Entry(row: row, texts: Dictionary(uniqueKeysWithValues: texts))
      }
    }
    self.largestPage = largestPage
    self.pages = pages
  }

  var reads: [LegacyRead] { state.withLock { $0.reads } }
  var mostInFlight: Int { state.withLock { $0.mostInFlight } }
  /// Queries as they were printed, without percent-encoding, with the page size and the skip token.
  var log: [String] {
    reads.map { read in
      "\(printed(read.query)) | \(read.pageSize.map(String.init) ?? "-")\(read.skiptoken.map { " @\($0)" } ?? "")"
    }
  }

  func read(_ request: LegacyRead) async throws -> RowPage {
    state.withLock {
      $0.reads.append(request)
      $0.inFlight += 1
      $0.mostInFlight = max($0.mostInFlight, $0.inFlight)
    }
    defer { state.withLock { $0.inFlight -= 1 } }
    await Task.yield()
    return page(request)
  }

  private func page(_ request: LegacyRead) -> RowPage {
    guard case .name(let set, _)? = request.query.path.first?.kind else { return RowPage(rows: [], byteCount: 0) }
    let options = request.query.options
    let found = rows(of: set, options.filter?.value)
    let size = min(options.top.map { Int($0.value) } ?? request.pageSize ?? .max, largestPage)
    let token = request.skiptoken ?? "p0"
    let start = min(Int(token.dropFirst()) ?? 0, found.count)
    let end = min(found.count, start + size)
    let columns = options.select.map { Set($0.value.flatMap(\.path)) }
    var page = RowPage(rows: found[start..<end].map { $0.keeping(columns) }, byteCount: 0)
    if end < found.count || pages == .emptyEnd && end - start == size {
      page.skiptoken = "\(pages == .hollow ? "e" : "p")\(end)"
    }
    if token.hasPrefix("e") { page = RowPage(rows: [], skiptoken: "p\(start)", byteCount: 0) }
    if options.count?.value == true { page.count = Array(String(found.count).utf8) }
    page.byteCount = page.rows.reduce(0) { $0 + $1.byteCount }
    return page
  }

  /// The rows that meet a condition; once looked for, remembered.
  private func rows(of set: String, _ filter: Expression?) -> [DataverseRow] {
    let entries = tables[set] ?? []
    guard let filter else { return entries.map(\.row) }
    let key = "\(set)?\(filter.printed())"
    if let known = state.withLock({ $0.found[key] }) { return known }
    let condition = condition(filter, filter.root)
    let found = entries.filter { condition.isMet(by: $0.texts) }.map(\.row)
    state.withLock { $0.found[key] = found }
    return found
  }

  /// What reads of plans are made of.
  private indirect enum Condition {
    case and(Condition, Condition)
    case or(Condition, Condition)
    /// `eq`, and chains of it.
    case isOneOf(column: String, texts: Set<String>)
    case contains(column: String, text: String)
    case never

    func isMet(by texts: [String: String]) -> Bool {
      switch self {
      case .and(let left, let right): left.isMet(by: texts) && right.isMet(by: texts)
      case .or(let left, let right): left.isMet(by: texts) || right.isMet(by: texts)
      case .isOneOf(let column, let known): texts[column].map(known.contains) ?? false
      case .contains(let column, let text): texts[column]?.contains(text) ?? false
      case .never: false
      }
    }
  }

  private func condition(_ filter: Expression, _ id: NodeID) -> Condition {
    func column(_ id: NodeID) -> String? {
      if case .member(base: nil, let name) = filter[id] { name } else { nil }
    }
    func text(_ id: NodeID) -> String {
      if case .literal(.string(let text)) = filter[id] { collation(text) } else { "" }
    }
    switch filter[id] {
    case .binary(.and, let left, let right): return .and(condition(filter, left), condition(filter, right))
    case .binary(.or, let left, let right):
      let (left, right) = (condition(filter, left), condition(filter, right))
      guard case .isOneOf(let column, let texts) = left, case .isOneOf(column, let others) = right else {
        return .or(left, right)
      }
      return .isOneOf(column: column, texts: texts.union(others))
    case .binary(.eq, let left, let right):
      guard let column = column(left) else { return .never }
      return .isOneOf(column: column, texts: [text(right)])
    case .call(name: "contains", let arguments) where arguments.count == 2:
      guard let column = column(arguments[0]) else { return .never }
      return .contains(column: column, text: TableService.unbracketed(text(arguments[1])))
    default: return .never
    }
  }

  /// A wildcard in brackets stands for itself. (One without is taken for itself here, too.)
  private static func unbracketed(_ text: String) -> String {
    guard text.contains("[") else { return text }
    var plain = text
    for wildcard in ["_", "%", "["] { plain = plain.replacing("[\(wildcard)]", with: wildcard) }
    return plain
  }
}

extension DataverseRow {
  fileprivate func keeping(_ columns: Set<String>?) -> DataverseRow {
    guard let columns else { return self }
    return DataverseRow(members: members.filter { columns.contains($0.key) })
  }
}

/// One page of an answer, read by a plain parser.
struct AnswerPage {
  var rows: [[String: String]]
  var count: String?
  var next: LegacyCursor?
}

/// Runs plans over tables.
struct PlanRunner {
  var service: TableService
  var limits = LegacyPlanLimits()
  var mapping: LegacyMapping
  /// Tests are not timed.
  private static let now = ContinuousClock.now

  private static let shipped = Result { try shippedMapping() }

  init(_ service: TableService, limits: LegacyPlanLimits = LegacyPlanLimits()) throws {
    self.service = service
    self.limits = limits
    // A machine that is busy with other things is no organization that does not answer.
    self.limits.milliseconds = 3_600_000
    mapping = try PlanRunner.shipped.get()
  }

  func plan(_ query: String) throws -> LegacyPlan { try LegacyTranslator(mapping: mapping).translate(parsed(query)) }

  func run(_ plan: LegacyPlan, from start: LegacyCursor? = nil) -> LegacyRun {
    LegacyRun(
      plan: PreparedPlan(plan), limits: limits, context: "c", start: start, nextLink: { "link:\($0.text)" },
      clock: { PlanRunner.now },
      read: { [service] in try await service.read($0) })
  }

  /// The bytes of one answer.
  func answer(_ query: String, from start: LegacyCursor? = nil) async throws -> String {
    var run = run(try plan(query), from: start)
    var out: [UInt8] = []
    while let part = try await run.next() { out += part }
    return String(decoding: out, as: UTF8.self)
  }

  func page(_ query: String, from start: LegacyCursor? = nil) async throws -> AnswerPage {
    try AnswerPage(await answer(query, from: start))
  }

  /// All pages, links followed to the end. Pages without end are cut at some large number.
  func pages(_ query: String) async throws -> [AnswerPage] {
    var pages = [try await page(query)]
    while let next = pages.last?.next, pages.count < 200 { pages.append(try await page(query, from: next)) }
    return pages
  }
}
