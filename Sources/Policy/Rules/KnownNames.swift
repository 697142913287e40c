import Dataverse
import Synchronization

/// The names that the callers of one scope may know. Whatever is found out with these alone tells nothing of any other:
/// a name that is hidden and one that does not exist are both not there.
///
/// Made when it is first wanted, since most queries are not refused.
final class KnownNames: Sendable {
  private let tables: [TableRule]
  private let made = Mutex<[Bool: QueryResolver]>([:])

  init(_ tables: [TableRule]) { self.tables = tables }

  /// - Parameter hidesColumns: `false` where queries on columns that are not named pass and are only reported: which
  ///   there are is no secret then. Tables and navigation properties that are not named are never in it.
  func resolver(hidesColumns: Bool) -> QueryResolver {
    made.withLock { known in
      if let resolver = known[hidesColumns] { return resolver }
      let resolver = QueryResolver(schema: Schema(tables: tables.map { narrowed($0, hidesColumns: hidesColumns) }))
      known[hidesColumns] = resolver
      return resolver
    }
  }

  /// The table with what its rule names. It keeps the name of its key, which is no column unless it is named.
  private func narrowed(_ rule: TableRule, hidesColumns: Bool) -> Table {
    let source = rule.table
    return Table(
      logicalName: source.logicalName, entitySetName: source.entitySetName, primaryKey: source.primaryKey,
      primaryName: source.primaryName, kind: source.kind,
      columns: hidesColumns ? rule.columns.map(\.column) : source.columns,
      navigations: source.navigations.filter { navigation in
        rule.navigations[navigation.name] != nil && tables.contains { $0.table.logicalName == navigation.target }
      },
      alternateKeys: source.alternateKeys.filter { key in
        !hidesColumns || key.columns.allSatisfy { rule.column($0) != nil }
      })
  }
}
