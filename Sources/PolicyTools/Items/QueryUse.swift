package import Dataverse
package import ODataURL
import Policy

/// What a query wants of a policy: every item that has to be there for it to pass.
package struct QueryUse: Sendable {
  /// In the order in which the query names them, each once.
  package private(set) var items: [PolicyItem] = []
  /// Texts of conditions, with the operation of a column that they stand for.
  package private(set) var texts: [(item: PolicyItem, text: String)] = []
  /// Tables that are read without `$select`.
  package private(set) var tablesWithoutSelect: [String] = []
  /// Largest `$top` inside `$expand`, by navigation property.
  package private(set) var expandTops: [(item: PolicyItem, top: Int64)] = []
  private var seen: Set<PolicyItem> = []

  /// - Parameters:
  ///   - query: without aliases.
  ///   - resolution: of the query.
  package init(_ query: RelativeURI, _ resolution: Resolution) {
    guard let table = resolution.root.table?.logicalName else { return }
    switch resolution.address {
    case .count: add(PolicyItem(.option, table: table, QueryOption.countSegment.rawValue))
    case .entity: add(PolicyItem(.option, table: table, QueryOption.key.rawValue))
    case .collection, .other: break
    }
    add(resolution.root, query.options, readsRows: resolution.address != .count)
  }

  /// What both queries use.
  func union(_ other: QueryUse) -> QueryUse {
    var all = self
    for item in other.items { all.add(item) }
    all.texts.append(contentsOf: other.texts)
    all.tablesWithoutSelect.append(contentsOf: other.tablesWithoutSelect.filter { !tablesWithoutSelect.contains($0) })
    all.expandTops.append(contentsOf: other.expandTops)
    return all
  }

  /// The same without literals.
  var withoutTexts: QueryUse {
    var copy = self
    copy.texts = []
    return copy
  }

  private mutating func add(_ item: PolicyItem) {
    if seen.insert(item).inserted { items.append(item) }
  }

  private mutating func add(_ kind: PolicyItem.Kind, _ column: ColumnReference, _ use: String = "") {
    guard let table = column.table?.logicalName, column.column != nil else { return }
    add(PolicyItem(kind, table: table, column.name, use))
  }

  private mutating func add(_ level: Level, _ options: QueryOptions, readsRows: Bool) {
    guard let table = level.table?.logicalName else { return }
    add(PolicyItem(.table, table: table))
    let named: [(QueryOption, Bool)] = [
      (.select, options.select != nil), (.expand, options.expand != nil), (.apply, options.apply != nil),
      (.filter, options.filter != nil), (.orderby, options.orderby != nil), (.top, options.top != nil),
      (.count, options.count != nil), (.skiptoken, options.skiptoken != nil),
    ]
    for (option, isThere) in named where isThere { add(PolicyItem(.option, table: table, option.rawValue)) }
    if let select = level.select {
      for column in select { add(.select, column) }
    } else if readsRows, level.aggregation == nil {
      tablesWithoutSelect.append(table)
    }
    for column in level.order { add(.order, column) }
    for condition in level.conditions { add(condition) }
    for navigation in level.navigations { add(.through, navigation) }
    if let aggregation = level.aggregation { add(aggregation, options.apply?.value ?? [], table) }
    let items = options.expand?.value ?? []
    for (index, inner) in level.expands.enumerated() {
      if let navigation = inner.navigation { add(.expand, navigation) }
      let options = index < items.count ? items[index].options : QueryOptions()
      if let top = options.top, let navigation = inner.navigation, let source = navigation.source {
        expandTops.append((PolicyItem(.expandTop, table: source.logicalName, navigation.name), top.value))
      }
      add(inner, options, readsRows: true)
    }
  }

  private mutating func add(_ kind: PolicyItem.Kind, _ navigation: NavigationReference) {
    guard let source = navigation.source, navigation.navigation != nil else { return }
    add(PolicyItem(kind, table: source.logicalName, navigation.name))
    // Where it leads has to be in the policy, too.
    if let target = navigation.target { add(PolicyItem(.table, table: target.logicalName)) }
  }

  private mutating func add(_ condition: Condition) {
    let word = condition.operation.word
    add(.filter, condition.column, word)
    if condition.isNegated { add(.filterWord, condition.column, FilterWord.not) }
    if let other = condition.other {
      add(.filterWord, condition.column, FilterWord.column)
      add(.filterWord, other, FilterWord.column)
    }
    for value in condition.values {
      switch value.literal {
      case .null: add(.filterWord, condition.column, FilterWord.isNull)
      case .string(let text):
        guard let table = condition.column.table?.logicalName, condition.column.column != nil else { continue }
        texts.append((PolicyItem(.filter, table: table, condition.column.name, word), text))
      default: continue
      }
    }
  }

  private mutating func add(_ aggregation: Aggregation, _ steps: [Transformation], _ table: String) {
    func note(_ steps: [Transformation]) {
      for step in steps {
        switch step.kind {
        case .aggregate: add(PolicyItem(.transformation, table: table, TransformationKind.aggregate.rawValue))
        case .filter: add(PolicyItem(.transformation, table: table, TransformationKind.filter.rawValue))
        case .groupby(_, let inner):
          add(PolicyItem(.transformation, table: table, TransformationKind.groupby.rawValue))
          note(inner)
        default: continue
        }
      }
    }
    note(steps)
    for group in aggregation.groups { add(.group, group.column) }
    for output in aggregation.aggregates {
      if let method = output.method { add(.aggregate, output.column, method.rawValue) }
    }
  }
}
