import Dataverse

/// What the callers of one scope may do. Frozen: made by the compiler, never changed. A class, as ``TableRule`` is.
package final class ScopeRule: Sendable {
  package let name: String
  /// In the order of the policy.
  package let tables: [TableRule]
  package let limits: PolicyLimits
  /// Every rule that can be reported only is, for the callers of this scope.
  package let isReportOnly: Bool
  /// The scope that it was narrowed from.
  package let parent: String?
  let known: KnownNames
  private let bySet: NameIndex
  private let byLogicalName: NameIndex
  /// Ids of the rules of ``tables`` for logs.
  private let ids: [String]

  package init(
    name: String, tables: [TableRule], limits: PolicyLimits, isReportOnly: Bool = false, parent: String? = nil
  ) {
    self.name = name
    self.tables = tables
    self.limits = limits
    self.isReportOnly = isReportOnly
    self.parent = parent
    known = KnownNames(tables)
    bySet = NameIndex(tables.map(\.table.entitySetName))
    byLogicalName = NameIndex(tables.map(\.table.logicalName))
    ids = tables.map { "\(name):\($0.table.logicalName)" }
  }

  /// Names of the values that its row filters take from callers.
  package var claims: Set<String> { Set(tables.flatMap { $0.rowFilters.flatMap(\.claims) }) }

  /// The rule of a table by its entity set; case-sensitive.
  package func table(entitySet name: String) -> TableRule? { bySet[name].map { tables[$0] } }

  /// The rule of a table by its logical name.
  package func table(named name: String) -> TableRule? { byLogicalName[name].map { tables[$0] } }

  /// The id for logs of the rule of a table, by its logical name: `scope:table`.
  func id(ofTable name: String) -> String { byLogicalName[name].map { ids[$0] } ?? "\(self.name):\(name)" }
}

/// What becomes of the findings of one rule.
package struct RuleSetting: Sendable, Hashable {
  package enum Mode: String, Sendable, Hashable, CaseIterable {
    /// The query is refused.
    case deny
    /// The query passes, and the log says what would have been.
    case report
    /// The query passes, with a warning to whoever lints it.
    case warn
    /// Nothing is said.
    case off
  }

  package var mode: Mode
  package var help: RuleHelp?

  package init(mode: Mode, help: RuleHelp? = nil) {
    self.mode = mode
    self.help = help
  }
}

/// What a collection or row is sent with when the client names no columns.
package enum MissingSelect: String, Sendable, Hashable, CaseIterable {
  /// All columns that may be selected are named for it.
  case inject
  /// It is refused.
  case deny
}
