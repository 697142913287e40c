import Dataverse
import YAMLFile

/// From the text of a policy to a ``Policy``, in stages that each add to what the one before found.
///
/// The first three report mistakes and go on with what is sound, so that one run shows all of them; the last two run
/// only on a policy without any. Time is about linear in the size of the file: names are looked up in indexes.
struct Compilation {
  let reader: YAMLReader
  var schema: Schema
  var source = PolicySource()
  /// Those that may be absent, whether they are or not.
  var optionalTables: Set<String> = []
  /// Tables whose name is known, in the order of the file.
  var resolved: [ResolvedTable] = []
  /// Where in ``resolved`` a table is, by logical name.
  var resolvedIndex: [String: Int] = [:]
  /// Scopes whose chain of `inherit` is sound, in the order of the file.
  var resolvedScopes: [ResolvedScope] = []
  /// What each table allows, indexed by its columns; as many as ``resolved``, in the same order.
  var tables: [TableRule] = []

  struct ResolvedTable {
    var source: PolicySource.TableSource
    var table: Table
    var columns: [ResolvedColumn]
    /// Where in ``columns`` one is, by property name.
    var columnIndex: [String: Int]
    var navigations: [ResolvedNavigation] = []
    var rowFilter: RowFilter?
    /// Those of the table, or of the policy.
    var options: PolicySource.OptionsSource

    func column(_ name: String) -> ResolvedColumn? { columnIndex[name].map { columns[$0] } }
  }

  struct ResolvedColumn {
    var source: PolicySource.ColumnSource
    var column: Column
  }

  struct ResolvedNavigation {
    var source: PolicySource.NavigationSource
    var navigation: NavigationProperty
  }

  /// A scope with all that it inherits.
  struct ResolvedScope {
    var source: PolicySource.ScopeSource
    var tables: [ScopeTable]
    var limits: PolicyLimits
    /// Row filters that it says itself.
    var addedRowFilters: [AddedRowFilter] = []
  }

  struct AddedRowFilter {
    /// Logical name.
    var table: String
    var word: PolicySource.Word
    var filter: RowFilter
    /// Those of the scopes that it inherits from.
    var inherited: [RowFilter]
  }

  /// What is left of a table in a scope.
  struct ScopeTable {
    var name: String
    /// `nil`: all of the table's.
    var columns: Set<String>?
    /// Besides those of the table.
    var rowFilters: [RowFilter] = []
    var requirements: [Requirement] = []
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

  // MARK: Words

  /// Words in `filter` that are no operations of their own.
  static let notWord = "not"
  static let nullWord = "isNull"
  static let columnWord = "column"
  static let addedWords = [notWord, nullWord, columnWord]
  /// The word in `aggregate` that is no method.
  static let groupbyWord = "groupby"

  /// At most twelve names.
  static func list(_ names: [String]) -> String {
    names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", and \(names.count - 12) more" : "")
  }
}
