import Dataverse
import YAMLFile

/// From the text of a policy to a ``Policy``, in stages that each add to what the one before found.
///
/// The first three report mistakes and go on with what is sound, so that one run shows all of them; the last two run
/// only on a policy without any.
struct Compilation {
  let reader: YAMLReader
  var schema: Schema
  var source: PolicySource?
  /// Tables whose name is known, in the order of the file.
  var resolved: [ResolvedTable] = []
  /// What each table allows, indexed by its columns.
  var tables: [TableRule] = []

  struct ResolvedTable {
    var source: PolicySource.TableSource
    var table: Table
    var columns: [ResolvedColumn]
  }

  struct ResolvedColumn {
    var source: PolicySource.ColumnSource
    var column: Column
  }

  private struct Stage: Sendable {
    var name: String
    var reportsMistakes: Bool
    var run: @Sendable (inout Compilation) -> Void
  }

  private static let stages = [
    Stage(name: "load", reportsMistakes: true) { $0.load() },
    Stage(name: "resolve", reportsMistakes: true) { $0.resolve() },
    Stage(name: "check", reportsMistakes: true) { $0.check() },
    Stage(name: "index", reportsMistakes: false) { $0.index() },
  ]

  init(document: YAMLDocument, schema: Schema) {
    reader = YAMLReader(document)
    self.schema = schema
  }

  /// - Throws: the mistakes of all stages.
  mutating func run(version: String) throws(DiagnosticList) -> Policy {
    for stage in Compilation.stages {
      if !stage.reportsMistakes { try reader.finish() }
      stage.run(&self)
    }
    return freeze(version: version)
  }

  private mutating func load() { source = PolicySource(reader) }

  // MARK: Index and freeze

  private mutating func index() {
    let defaults = source?.options ?? []
    tables = resolved.map { resolved in
      let order = Dictionary(
        resolved.table.columns.enumerated().map { ($1.propertyName, $0) }, uniquingKeysWith: { first, _ in first })
      let columns = resolved.columns.map(Compilation.rule).sorted {
        (order[$0.column.propertyName] ?? 0) < (order[$1.column.propertyName] ?? 0)
      }
      return TableRule(
        table: resolved.table, timeToLive: resolved.source.timeToLive, options: resolved.source.options ?? defaults,
        columns: columns)
    }
  }

  private static func rule(_ resolved: ResolvedColumn) -> ColumnRule {
    let source = resolved.source
    let shape = source.shape?.shape ?? .any
    var operations: [Condition.Operation: LiteralShape] = [:]
    for filter in source.filters {
      guard let operation = Condition.Operation(word: filter.word) else { continue }
      operations[operation] = filter.shape?.shape.filled(from: shape) ?? shape
    }
    var rule = ColumnRule(column: resolved.column)
    rule.isSelectable = source.isSelectable
    rule.isOrderable = source.order?.isAllowed ?? false
    rule.operations = operations
    rule.allowsNot = source.filters.contains { $0.word == Compilation.notWord }
    rule.allowsNull = source.filters.contains { $0.word == Compilation.nullWord }
    return rule
  }

  /// Words in `filter` that are no operations of their own.
  static let notWord = "not"
  static let nullWord = "isNull"

  private func freeze(version: String) -> Policy {
    Policy(
      name: source?.name ?? "", version: version, schema: schema, limits: source?.limits ?? PolicyLimits(),
      annotations: source?.annotations ?? [], tables: tables,
      scopes: (source?.scopes ?? []).map { scope in
        ScopeRule(name: scope.name, tables: narrowed(scope, seen: []), limits: source?.limits ?? PolicyLimits())
      })
  }

  /// The tables of a scope. Chains of `inherit` end, as the stage `resolve` made sure.
  private func narrowed(_ scope: PolicySource.ScopeSource, seen: Set<String>) -> [TableRule] {
    var inherited = tables
    if let parent = scope.parent, !seen.contains(parent.name),
      let source = source?.scopes.first(where: { $0.name == parent.name })
    {
      inherited = narrowed(source, seen: seen.union([scope.name]))
    }
    guard let tables = scope.tables else { return inherited }
    return tables.compactMap { narrowing in
      guard let rule = inherited.first(where: { $0.table.logicalName == narrowing.name }) else { return nil }
      guard let columns = narrowing.columns else { return rule }
      let names = Set(columns.map(\.name))
      return TableRule(
        table: rule.table, timeToLive: rule.timeToLive, options: rule.options,
        columns: rule.columns.filter { names.contains($0.column.propertyName) }, navigations: rule.navigations,
        transformations: rule.transformations, requirements: rule.requirements, rowFilters: rule.rowFilters,
        help: rule.help)
    }
  }
}
