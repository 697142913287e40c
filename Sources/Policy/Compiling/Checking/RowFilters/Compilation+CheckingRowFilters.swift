import Dataverse
import ODataURL

/// Checks on row filters: conditions on one column that no row can meet together.
extension Compilation {
  func checkRowFilters() {
    for table in resolved {
      guard let filter = table.rowFilter, let word = table.source.rowFilter else { continue }
      reportContradiction([filter], at: word)
    }
    for scope in resolvedScopes {
      for (name, word) in scope.source.rowFilters {
        guard let index = resolvedIndex[name.text], let table = scope.tables.first(where: { $0.name == name.text })
        else { continue }
        let own = resolved[index].rowFilter.map { [$0] } ?? []
        // What contradicts itself without the scope is said of the table.
        guard RowFilterFacts(own).contradiction == nil else { continue }
        reportContradiction(own + table.rowFilters, at: word)
      }
    }
  }

  private func reportContradiction(_ filters: [RowFilter], at word: PolicySource.Word) {
    guard let column = RowFilterFacts(filters).contradiction else { return }
    report(
      word.node, word.path, "No row can be read: the row filters want `\(column)` to be two different things at once.",
      help: "Write `or` between them, or remove one.")
  }
}

/// What row filters that hold together say of single columns, as far as `and` joins it.
private struct RowFilterFacts {
  /// A column of which they want what cannot be; `nil` when none is found.
  private(set) var contradiction: String?
  private var equal: [String: Literal] = [:]
  private var null: Set<String> = []
  private var notNull: Set<String> = []

  init(_ filters: [RowFilter]) {
    for filter in filters { note(filter.expression, filter.expression.root) }
    contradiction = contradiction ?? null.intersection(notNull).sorted().first
  }

  private mutating func note(_ tree: Expression, _ root: NodeID) {
    var pending = [root]
    while let id = pending.popLast() {
      switch tree[id] {
      case .binary(.and, let left, let right): pending += [right, left]
      case .binary(let op, let left, let right):
        guard case .member(base: nil, let name) = tree[left] else { continue }
        switch (op, tree[right]) {
        case (.eq, .literal(.null)): null.insert(name)
        case (.eq, .literal(let literal)):
          notNull.insert(name)
          if let known = equal[name], !RowFilterFacts.canBeOne(known, literal) { contradiction = contradiction ?? name }
          equal[name] = literal
        case (.ne, .literal(.null)), (.eq, .alias), (.gt, _), (.ge, _), (.lt, _), (.le, _): notNull.insert(name)
        default: continue
        }
      case .call(_, let arguments):
        if let first = arguments.first, case .member(base: nil, let name) = tree[first] { notNull.insert(name) }
      default: continue
      }
    }
  }

  /// Dataverse compares text without case, and numbers however they are written.
  private static func canBeOne(_ left: Literal, _ right: Literal) -> Bool {
    switch (left, right) {
    case (.string(let left), .string(let right)): left.lowercased() == right.lowercased()
    case (.integer, .integer), (.guid, .guid), (.boolean, .boolean): left == right
    default: true
    }
  }
}
