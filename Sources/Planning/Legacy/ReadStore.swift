import CustomerInsights
import ODataURL
import Policy
import Synchronization

/// The reads of plans, judged by one policy, and what is the same for all requests of a scope: the reads that `$expand`
/// adds, each judged once, and of rows whose columns nobody chose the columns that may be taken and what writes them.
/// Bounded by policy and mapping: one part for each scope and way from one entity to another, one for each scope and table,
/// and one for each scope and entity.
final class ReadStore: Sendable {
  struct Way: Hashable {
    /// Of the policy.
    var scope: String
    var entity: String
    var navigation: String
  }

  /// A read that `$expand` adds, with an id in place of those that rows will tell.
  struct Expansion: Sendable {
    var obligations: Obligations
    /// What the policy lets be shown of its rows, and what writes that.
    var shape: LegacyShape
    var writer: LegacyRowWriter
  }

  private struct Writer {
    var shape: LegacyShape
    var writer: LegacyRowWriter
  }

  private struct TableKey: Hashable {
    var scope: String
    var table: String
  }

  private struct Columns {
    var names: Set<String>
    var columns: RowColumns
  }

  private let policy: Policy
  private let expansions = Mutex<[Way: Expansion]>([:])
  private let tables = Mutex<[TableKey: Columns]>([:])
  /// By the legacy entity.
  private let writers = Mutex<[TableKey: Writer]>([:])

  init(policy: Policy) { self.policy = policy }

  subscript(_ way: Way) -> Expansion? {
    get { expansions.withLock { $0[way] } }
    set { expansions.withLock { $0[way] = newValue } }
  }

  /// A read as it may be sent, judged here and now.
  func sendable(_ read: LegacyRead, _ request: JudgeRequest) throws(Refusal) -> LegacyProgram.Read {
    var query = read.query
    if let token = read.skiptoken { query.options.skiptoken = Spanned(token) }
    switch policy.judge(query, request: request) {
    case .allow(var obligations):
      // One row of the page more or less would make another page: the size is the query's own.
      if read.pageSize == nil { obligations.pageSize = nil }
      return LegacyProgram.Read(obligations, read, columns: columns(of: obligations, scope: request.scope))
    case .deny(let findings): throw Refusal(findings: findings, dialect: .legacy)
    }
  }

  /// What writes rows of an entity of which nobody chose columns.
  func writer(of shape: LegacyShape, scope: String) -> LegacyRowWriter {
    let key = TableKey(scope: scope, table: shape.entity)
    // Nearly always of one and the same parts, which compare at once.
    if let known = writers.withLock({ $0[key] }), known.shape.writesRows(like: shape) { return known.writer }
    let writer = LegacyRowWriter(shape: shape)
    writers.withLock { $0[key] = Writer(shape: shape, writer: writer) }
    return writer
  }

  /// What may be taken of the rows of a read.
  func columns(of obligations: Obligations, scope: String) -> RowColumns {
    let names: Set<String>
    switch obligations.members.names {
    case .selected: return RowColumns(obligations.members.names.list)
    case .names(let all): names = all
    }
    let key = TableKey(scope: scope, table: obligations.table)
    // Nearly always one and the same set, which compares at once.
    if let known = tables.withLock({ $0[key] }), known.names == names { return known.columns }
    let columns = RowColumns(Array(names))
    tables.withLock { $0[key] = Columns(names: names, columns: columns) }
    return columns
  }
}
