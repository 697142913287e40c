/// One difference between two schemas.
package struct SchemaChange: Sendable, Hashable {
  package enum Kind: String, Sendable { case added, removed, changed }
  package enum Subject: String, Sendable { case table, column, navigation, alternateKey }

  package var kind: Kind
  package var subject: Subject
  /// Logical name.
  package var table: String
  /// Of what is in the table, as in URLs; `nil` for the table itself.
  package var name: String?
  /// What changed, from what to what; of an added thing what it is. Empty for a removed one.
  package var detail: String

  /// `changed column msdynci_prediction.msdynci_model: type text, was memo`.
  package var description: String {
    let place = name.map { "\(table).\($0)" } ?? table
    let word = subject == .alternateKey ? "alternate key" : subject.rawValue
    return "\(kind.rawValue) \(word) \(place)\(detail.isEmpty ? "" : ": \(detail)")"
  }

  /// The differences, by the names of tables; within a table first the table itself, then columns, navigation
  /// properties and alternate keys by name. Of a table that is only in one of the two only that is told. The order of
  /// columns is no difference.
  package static func changes(from old: Schema, to new: Schema) -> [SchemaChange] {
    var changes: [SchemaChange] = []
    for name in Set((old.tables + new.tables).map(\.logicalName)).sorted() {
      switch (old.table(named: name), new.table(named: name)) {
      case (let before?, let after?): changes += self.changes(from: before, to: after)
      case (nil, let after?):
        changes.append(
          SchemaChange(
            kind: .added, subject: .table, table: name, name: nil, detail: "entity set \(after.entitySetName)"))
      default: changes.append(SchemaChange(kind: .removed, subject: .table, table: name, name: nil, detail: ""))
      }
    }
    return changes
  }

  private static func changes(from old: Table, to new: Table) -> [SchemaChange] {
    var changes: [SchemaChange] = []
    let detail = differences(facts(old), facts(new))
    if !detail.isEmpty {
      changes.append(SchemaChange(kind: .changed, subject: .table, table: old.logicalName, name: nil, detail: detail))
    }
    func compare(_ subject: Subject, _ old: [String: [Fact]], _ new: [String: [Fact]], in table: String) {
      for name in Set(old.keys).union(new.keys).sorted() {
        switch (old[name], new[name]) {
        case (let before?, let after?):
          let detail = differences(before, after)
          if detail.isEmpty { continue }
          changes.append(SchemaChange(kind: .changed, subject: subject, table: table, name: name, detail: detail))
        case (nil, let after?):
          let text = after.prefix(1).map { "\($0.name) \($0.value)" }.joined()
          changes.append(SchemaChange(kind: .added, subject: subject, table: table, name: name, detail: text))
        default: changes.append(SchemaChange(kind: .removed, subject: subject, table: table, name: name, detail: ""))
        }
      }
    }
    let table = old.logicalName
    func columns(_ table: Table) -> [String: [Fact]] {
      Dictionary(table.columns.map { ($0.propertyName, facts($0)) }) { first, _ in first }
    }
    func navigations(_ table: Table) -> [String: [Fact]] {
      Dictionary(table.navigations.map { ($0.name, facts($0)) }) { first, _ in first }
    }
    func keys(_ table: Table) -> [String: [Fact]] {
      Dictionary(table.alternateKeys.map { ($0.name, [Fact("columns", $0.columns.joined(separator: ","))]) }) {
        first, _ in first
      }
    }
    compare(.column, columns(old), columns(new), in: table)
    compare(.navigation, navigations(old), navigations(new), in: table)
    compare(.alternateKey, keys(old), keys(new), in: table)
    return changes
  }

  // MARK: What is compared

  private struct Fact {
    var name: String
    var value: String

    init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  private static func differences(_ old: [Fact], _ new: [Fact]) -> String {
    zip(old, new).filter { $0.value != $1.value }.map { old, new in
      "\(new.name) \(new.value.isEmpty ? "none" : new.value), was \(old.value.isEmpty ? "none" : old.value)"
    }.joined(separator: "; ")
  }

  private static func facts(_ table: Table) -> [Fact] {
    [
      Fact("entity set", table.entitySetName), Fact("key", table.primaryKey), Fact("primary name", table.primaryName),
      Fact("kind", table.kind.rawValue),
    ]
  }

  private static func facts(_ column: Column) -> [Fact] {
    var type = column.type.name
    if case .lookup(let target) = column.type, !target.isEmpty { type += " of \(target)" }
    return [
      Fact("type", type), Fact("length", column.maxLength.map(String.init) ?? ""),
      Fact("display name", column.displayName.debugDescription), Fact("computed", column.isComputed ? "yes" : "no"),
    ]
  }

  private static func facts(_ navigation: NavigationProperty) -> [Fact] {
    let ways = navigation.isManyToMany ? "many to many" : navigation.isCollection ? "many" : "one"
    return [
      Fact("target", navigation.target), Fact("leads to", ways), Fact("lookup", navigation.lookup ?? ""),
    ]
  }
}
