/// One thing that a policy says: the unit of coverage, of differences between policies, and of what a query uses.
package struct PolicyItem: Sendable, Hashable {
  /// What is said, in the order in which items are listed.
  package enum Kind: Int, Sendable, Hashable, CaseIterable {
    case policyName, scope, limit, missingSelect, annotation, preference, header, metadata, setting, help, reportOnly
    case table, optional, timeToLive, logLiterals, option, alternateKey
    case columnType, displayName, select, filter, filterWord, form, order, group, aggregate, annotate
    case expand, through, expandTop, pathDepth, transformation, requirement, rowFilter
    /// A rule of the judge, as something that cases show to deny.
    case rule
  }

  package var kind: Kind
  /// Logical name; empty for what is said of the policy as a whole.
  package var table: String
  /// A column, navigation property, option, limit or rule; empty for tables.
  package var name: String
  /// What is done with it: an operation, a method, a part of a form.
  package var use: String

  package init(_ kind: Kind, table: String = "", _ name: String = "", _ use: String = "") {
    self.kind = kind
    self.table = table
    self.name = name
    self.use = use
  }
}

extension PolicyItem: Comparable {
  /// Whole policy first, then by table; columns with their uses together.
  package static func < (left: PolicyItem, right: PolicyItem) -> Bool {
    if left.table != right.table { return left.table < right.table }
    if left.isOfColumn != right.isOfColumn { return left.kind.rawValue < right.kind.rawValue }
    if left.isOfColumn, left.name != right.name { return left.name < right.name }
    return (left.kind.rawValue, left.name, left.use) < (right.kind.rawValue, right.name, right.use)
  }

  private var isOfColumn: Bool {
    switch kind {
    case .columnType, .displayName, .select, .filter, .filterWord, .form, .order, .group, .aggregate, .annotate: true
    default: false
    }
  }
}

extension PolicyItem: CustomStringConvertible {
  /// In the words of the policy language.
  package var description: String {
    switch kind {
    case .policyName: "name"
    case .scope: "scope \(name)"
    case .limit: "limit \(name)"
    case .missingSelect: "missingSelect \(name)"
    case .annotation: "annotation \(name)"
    case .preference: "prefer \(name)"
    case .header: "header \(name)"
    case .metadata: "metadata \(name)"
    case .help: table.isEmpty ? "rules \(name) \(use)" : "\(table) \(use)"
    case .setting: use.isEmpty ? "rules \(name)" : "rules \(name) \(use)"
    case .reportOnly: "reportOnly"
    case .table: "\(table)"
    case .optional: "\(table) optional"
    case .timeToLive: "\(table) ttl"
    case .logLiterals: "\(table) logLiterals \(name)"
    case .option: "\(table) option \(name)"
    case .alternateKey: "\(table) alternateKeys \(name)"
    case .columnType: "\(table).\(name) type"
    case .displayName: "\(table).\(name) displayName"
    case .select: "\(table).\(name) select"
    case .filter, .filterWord: "\(table).\(name) filter \(use)"
    case .form: "\(table).\(name) filter \(use)"
    case .order: "\(table).\(name) order"
    case .group: "\(table).\(name) aggregate groupby"
    case .aggregate: "\(table).\(name) aggregate \(use)"
    case .annotate: "\(table).\(name) annotate"
    case .expand: "\(table).\(name) expand"
    case .through: "\(table).\(name) filter"
    case .expandTop: "\(table).\(name) top"
    case .pathDepth: "\(table).\(name) depth"
    case .transformation: "\(table) apply \(name)"
    case .requirement: "\(table) requires one of \(name)"
    case .rowFilter: "\(table) rowFilter \(name)"
    case .rule: "rule \(name)"
    }
  }
}
