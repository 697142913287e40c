import Dataverse
import ODataURL
import Policy

extension Policy {
  /// Everything that a policy can allow on these tables: what it refuses, no policy lets pass.
  static func widest(of schema: Schema) -> Policy {
    let limits = Policy.largestLimits
    let tables = schema.tables.map { table in
      TableRule(
        table: table, timeToLive: 0, options: Set(QueryOption.allCases), columns: table.columns.map(ColumnRule.widest),
        navigations: Dictionary(
          table.navigations.map { ($0.name, NavigationRule($0, isExpandable: true, isFilterable: true, top: 5_000)) },
          uniquingKeysWith: { first, _ in first }),
        transformations: Set(TransformationKind.allCases))
    }
    return Policy(
      name: "widest", version: "widest", schema: schema, limits: limits, annotations: [], tables: tables,
      scopes: [ScopeRule(name: widestScope, tables: tables, limits: limits)])
  }

  static let widestScope = "default"

  /// The largest that a policy file can say.
  static var largestLimits: PolicyLimits {
    var limits = PolicyLimits()
    limits.top = 5_000
    limits.pageSize = 5_000
    limits.urlBytes = 32_768
    limits.nodes = 10_000
    limits.depth = 64
    limits.orWidth = 1_000
    limits.listItems = 1_000
    limits.selectColumns = 1_000
    limits.filterLiteralLength = 32_768
    limits.expands = 15
    limits.expandDepth = 15
    limits.expandTop = 5_000
    limits.pathDepth = 15
    return limits
  }
}

extension ColumnRule {
  /// All that the policy language takes for a column of this type.
  fileprivate static func widest(_ column: Column) -> ColumnRule {
    var rule = ColumnRule(column: column)
    let type = column.type
    let isLong = type == .file || type == .image
    rule.isSelectable = true
    rule.isOrderable = !isLong && !type.isLookup
    rule.operations = isLong ? [:] : (ColumnFamily.operations[type.family] ?? [:])
    rule.allowsNot = !isLong
    rule.allowsNull = !isLong
    rule.allowsColumn = !isLong
    // Dataverse groups neither by dates and times nor by long values.
    rule.isGroupable = !isLong && type != .memo && type.family != .date
    switch type.family {
    case .number: rule.methods = Set(AggregationMethod.allCases)
    case .date: rule.methods = [.min, .max]
    case .text, .choices, .other: rule.methods = []
    }
    return rule
  }
}

/// Types that take the same operations.
private enum ColumnFamily: CaseIterable {
  case text, number, date, choices, other

  /// Shared by all columns of a family, so that a large schema costs no more than its columns.
  static let operations: [ColumnFamily: [Condition.Operation: LiteralShape]] = {
    var all: [ColumnFamily: [Condition.Operation: LiteralShape]] = [:]
    for family in ColumnFamily.allCases {
      let words = Condition.Operation.words.compactMap { Condition.Operation(word: $0) }
      all[family] = Dictionary(
        words.filter { family.takes($0) }.map { ($0, LiteralShape.any) }, uniquingKeysWith: { first, _ in first })
    }
    return all
  }()

  func takes(_ operation: Condition.Operation) -> Bool {
    switch operation {
    case .comparison(.eq), .comparison(.ne): true
    case .comparison: self == .text || self == .number || self == .date
    case .text: self == .text
    case .queryFunction(let name):
      switch name {
      case "On", "OnOrAfter", "OnOrBefore": self == .date
      case "ContainValues", "DoesNotContainValues": self == .choices
      default: QueryFunction.named(name)?.dependency != .clock || self == .date
      }
    }
  }
}

extension ColumnType {
  fileprivate var family: ColumnFamily {
    switch self {
    case .text, .memo: .text
    case .wholeNumber, .bigInt, .decimal, .double, .money: .number
    case .dateTime, .dateOnly: .date
    case .choices: .choices
    case .uniqueIdentifier, .boolean, .choice, .file, .image, .lookup: .other
    }
  }

  fileprivate var isLookup: Bool {
    if case .lookup = self { true } else { false }
  }
}
