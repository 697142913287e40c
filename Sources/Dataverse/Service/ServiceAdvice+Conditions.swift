import ODataURL

/// Advice on conditions and order.
extension Advisor {
  /// Longest text that an index can hold.
  private static let indexedLength = 850

  mutating func conditions(_ level: Level) {
    var longTexts: Set<ColumnName> = []
    var texts: [ComparedText: String] = [:]
    for condition in level.conditions {
      if case .queryFunction(let name) = condition.operation,
        let dependency = QueryFunction.named(name)?.dependency
      {
        warn(
          "DV115", condition.span,
          dependency == .clock
            ? "The answer changes with the clock and cannot be kept." : "The answer is another for each caller.",
          "Compare with a fixed value.")
      }
      if case .text(let function) = condition.operation { wildcard(function, condition) }
      // A key has an index, whatever its columns are.
      guard !condition.isKey, let column = condition.column.column else { continue }
      if column.isComputed {
        warn(
          "DV105", condition.column.span, "This column is computed for every row.",
          "Compare the columns that it is made of.")
      }
      let isLong = column.type == .memo || column.type == .text && (column.maxLength ?? 0) > Self.indexedLength
      // Once for each column.
      if isLong, longTexts.insert(ColumnName(condition.column)).inserted {
        warn(
          "DV104", condition.column.span, "Conditions on long text have no index and are slow.",
          "Compare a shorter column as well.")
      }
      guard let compared = ComparedText(condition), case .string(let text)? = condition.values.first?.literal else {
        continue
      }
      if texts.updateValue(text, forKey: compared).map({ $0 != text }) ?? false {
        advise(
          "DV202", condition.span, "Dataverse ignores case: this is the same as another condition.",
          "Leave one of them out.")
      }
    }
  }

  private mutating func wildcard(_ function: TextFunction, _ condition: Condition) {
    if function == .startswith {
      guard case .string(let text)? = condition.values.first?.literal, let first = text.utf8.first,
        "%_[-".utf8.contains(first)
      else { return }
    }
    warn(
      "DV103", condition.span, "A search that starts with a wildcard reads every row.",
      "Use eq, or startswith with the beginning of the text.")
  }

  mutating func order(_ options: QueryOptions, _ level: Level) {
    for item in options.orderby?.value ?? [] {
      guard case .member(base: .some, _) = item.expression[item.expression.root] else { continue }
      warn("DV106", item.span, "Ordering by a related row is slow.", "Order by a column of the row itself.")
    }
    for reference in level.order {
      guard let column = reference.column else { continue }
      let message: String? =
        switch column.type {
        case .choice, .choices: "Choices are ordered by their numbers, not by their labels."
        case .lookup: "Lookups are ordered by the name of the related row, which is slow."
        default: column.isComputed ? "This column is computed for every row." : nil
        }
      guard let message else { continue }
      warn("DV106", reference.span, message, "Order by another column.")
    }
  }

  mutating func partition(_ level: Level, _ place: Span) {
    // The partitions of Customer Insights are of the service's own making.
    guard let table = level.table, table.kind == .elastic, !table.isOfCustomerInsights, level.navigation == nil else {
      return
    }
    let isGiven = level.conditions.contains {
      $0.column.name == "partitionid" && $0.column.path.isEmpty && $0.operation == .comparison(.eq) && !$0.isNegated
    }
    guard !isGiven else { return }
    advise(
      "DV113", place, "Without its partition every partition of an elastic table is asked.",
      "Add a condition on partitionid.")
  }

  mutating func legacyNames(_ level: Level) {
    func check(_ reference: ColumnReference) {
      // By its form alone: whether there is such a column is not told.
      guard reference.index == nil, !reference.isText, let table = reference.table, table.isOfCustomerInsights,
        reference.name.utf8.first.map({ (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }) ?? false
      else { return }
      advise(
        "DV203", reference.span, "This looks like a name of the legacy API.",
        "Columns of Customer Insights are named msdynci_… on Dataverse, in lower case.")
    }
    for column in level.select ?? [] { check(column) }
    for column in level.order { check(column) }
    for condition in level.conditions { check(condition.column) }
  }

  // MARK: Alternatives

  /// Equalities on one column, joined by `or`, from which on ``QueryFunction`` `In` is shorter.
  private static let fewAlternatives = 3

  /// Looks at the chains of `or` outside of lambdas, where a query function has no row.
  mutating func alternatives(_ expression: Expression) {
    var pending = [(id: expression.root, isLink: false)]
    var visits = 0
    while let (id, isLink) = pending.popLast(), visits <= expression.nodes.count {
      visits += 1
      switch expression[id] {
      case .binary(.or, let left, let right):
        if !isLink { chain(id, in: expression) }
        pending.append((right, true))
        pending.append((left, true))
      case .binary(.and, let left, let right):
        pending.append((right, false))
        pending.append((left, false))
      case .not(let operand): pending.append((operand, false))
      default: continue
      }
    }
  }

  private mutating func chain(_ id: NodeID, in expression: Expression) {
    var columns: [String: Int] = [:]
    var pending = [id]
    var visits = 0
    while let next = pending.popLast(), visits <= expression.nodes.count {
      visits += 1
      switch expression[next] {
      case .binary(.or, let left, let right): pending += [right, left]
      case .binary(.eq, let left, let right):
        guard case .member(base: nil, let name) = expression[left], case .literal(let literal) = expression[right],
          literal != .null
        else { continue }
        columns[name, default: 0] += 1
      default: continue
      }
    }
    guard columns.values.contains(where: { $0 >= Self.fewAlternatives }) else { return }
    advise(
      "DV201", expression.span(of: id), "Many values of one column stand here.",
      "Use Microsoft.Dynamics.CRM.In(PropertyName='column',PropertyValues=[…]).")
  }
}

extension Table {
  /// Written by Customer Insights - Data.
  fileprivate var isOfCustomerInsights: Bool { logicalName.hasPrefix("msdynci_") }
}

private struct ColumnName: Hashable {
  var name: String
  var path: [String]

  init(_ reference: ColumnReference) {
    name = reference.name
    path = reference.path
  }
}

/// What two conditions have in common that differ in upper and lower case alone.
private struct ComparedText: Hashable {
  var column: ColumnName
  var operation: Condition.Operation
  var isNegated: Bool
  var origin: Condition.Origin
  var lambda: NodeID?
  var lowercased: String

  /// `nil` for conditions that do not compare with one text.
  init?(_ condition: Condition) {
    guard condition.values.count == 1, case .string(let text) = condition.values[0].literal else { return nil }
    column = ColumnName(condition.column)
    operation = condition.operation
    isNegated = condition.isNegated
    origin = condition.origin
    lambda = condition.lambda
    lowercased = text.lowercased()
  }
}
