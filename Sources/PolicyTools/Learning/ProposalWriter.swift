import Dataverse
import Policy

/// Writes what was learnt in the policy language, with counts in comments.
struct ProposalWriter {
  private let learner: PolicyLearner
  private let declared: Schema
  private let base: Policy?
  private let urlBytes: Int
  /// Every item that a learnt query needs, with how often it was seen.
  private var seen: [PolicyItem: SeenCount] = [:]
  /// Items by table.
  private var items: [String: [PolicyItem]] = [:]
  private var withoutSelect: [String: Int] = [:]
  private let baseItems: Set<PolicyItem>

  /// Shapes that are listed of each table, and refused ones altogether.
  private static let listed = 50
  /// Characters of a shape that are shown.
  private static let width = 400

  init(_ learner: PolicyLearner, _ declared: Schema, _ base: Policy?, urlBytes: Int) {
    self.learner = learner
    self.declared = declared
    self.base = base
    self.urlBytes = urlBytes
    baseItems = Set(base?.tables.flatMap { PolicyFact.facts(of: $0, annotates: false) }.map(\.item) ?? [])
    for shape in learner.shapes {
      for item in shape.use.items { seen[item, default: SeenCount()].add(shape.seen) }
      for table in Set(shape.use.tablesWithoutSelect) { withoutSelect[table, default: 0] += shape.seen.count }
    }
    for item in seen.keys { items[item.table, default: []].append(item) }
  }

  func text() -> String {
    var all = SeenCount()
    for shape in learner.shapes { all.add(shape.seen) }
    var out = "# Proposed by `sluice policy learn` from \(count(all.count, "query", "queries")) of "
    out += "\(count(learner.shapes.count, "shape"))\(all.times).\n"
    out +=
      "# It allows what was asked and nothing else. That something was asked does not make it right: read it first.\n"
    out += "version: 1\nname: learnt\n\n"
    out += limits() + "\n"
    out += "# Each table has its own.\noptions: []\n\ntables:\n"
    for table in learner.schema.tables where items[table.logicalName] != nil { out += self.table(table) }
    out += "\nscopes:\n  default: {}\n"
    return out + refused() + unused()
  }

  // MARK: Limits

  /// What was seen, rounded up to 1, 2 or 5 and zeros.
  private func limits() -> String {
    let largest = learner.largest
    let most = Dictionary(
      Policy.largestLimits.named.map { ($0.name, $0.value) }, uniquingKeysWith: { first, _ in first })
    var out = "limits:\n"
    func add(_ name: String, _ value: Int, least: Int = 1) {
      let rounded = min(max(least, ProposalWriter.roundedUp(value)), most[name] ?? .max)
      out += "  \(name): \(rounded)  # \(value == 0 ? "none seen" : "\(value) seen")\n"
    }
    add("top", largest.top)
    out += "  pageSize: \(PolicyLimits().pageSize)  # logs do not tell\n"
    add("urlBytes", urlBytes, least: 100)
    add("nodes", largest.nodes, least: 3)
    add("depth", largest.depth)
    add("orWidth", largest.orWidth)
    add("listItems", largest.listItems)
    add("selectColumns", largest.selectColumns)
    add("filterLiteralLength", largest.filterLiteralLength)
    add("expands", largest.expands)
    add("expandDepth", largest.expandDepth)
    add("pathDepth", largest.pathDepth)
    return out
  }

  static func roundedUp(_ value: Int) -> Int {
    var unit = 1
    while unit < Int.max / 10 {
      for factor in [1, 2, 5] where unit * factor >= value { return unit * factor }
      unit *= 10
    }
    return value
  }

  // MARK: Tables

  private func table(_ table: Table) -> String {
    let name = table.logicalName
    let own = (items[name] ?? []).sorted()
    let total = seen[PolicyItem(.table, table: name)] ?? SeenCount()
    var out = "  # \(count(total.count, "query", "queries"))\(total.times)\(mark(PolicyItem(.table, table: name)))\n"
    let shapes = learner.shapes.filter { $0.use.items.first { $0.kind == .table }?.table == name }
    for shape in shapes.sorted(by: { ($1.seen.count, $0.text) < ($0.seen.count, $1.text) }).prefix(
      ProposalWriter.listed)
    {
      out += "  #   \(shape.seen.count)×  \(ProposalWriter.shown(shape.text))\(shape.seen.times)\n"
    }
    if shapes.count > ProposalWriter.listed { out += "  #   and \(shapes.count - ProposalWriter.listed) more shapes\n" }
    out += "  \(name):\n    ttl: \(base?.tables.first { $0.table.logicalName == name }?.timeToLive ?? 0)s\n"
    let options = QueryOption.allCases.filter { seen[PolicyItem(.option, table: name, $0.rawValue)] != nil }
    out += "    options: [\(options.map(\.rawValue).joined(separator: ", "))]\n"
    out += columns(table, own)
    out += navigations(name, own)
    let steps = own.filter { $0.kind == .transformation }.map(\.name)
    if !steps.isEmpty { out += "    apply: [\(steps.joined(separator: ", "))]\n" }
    return out
  }

  private func columns(_ table: Table, _ own: [PolicyItem]) -> String {
    let name = table.logicalName
    var lines: [String] = []
    let selects = own.contains { $0.kind == .select }
    // Without any column to select nothing can be read, not even to be filtered: the name of the row stands in.
    let standIn = selects ? nil : needsColumn(name) ? table.standIn : nil
    for column in table.columns {
      let uses = own.filter { $0.name == column.propertyName && $0.kind.isUseOfColumn }
      guard !uses.isEmpty || column.propertyName == standIn else { continue }
      lines.append(self.column(column, table, uses, isStandIn: column.propertyName == standIn))
    }
    if lines.isEmpty { return "    columns: {}\n" }
    var out = "    columns:\n"
    if let number = withoutSelect[name] {
      out +=
        "      # \(count(number, "query", "queries")) without $select: answers to them have the columns below alone.\n"
    }
    return out + lines.joined()
  }

  private func needsColumn(_ table: String) -> Bool {
    if withoutSelect[table] != nil { return true }
    // Counts and groups are answers, too.
    let answers = [QueryOption.countSegment, .apply].map { PolicyItem(.option, table: table, $0.rawValue) }
    return !answers.contains { seen[$0] != nil }
  }

  private func column(_ column: Column, _ table: Table, _ uses: [PolicyItem], isStandIn: Bool) -> String {
    var parts: [String] = []
    if declared.table(named: table.logicalName)?.column(column.propertyName) == nil {
      parts.append("type: \(column.type.name)")
      parts.append("displayName: \(ProposalWriter.quoted(column.displayName))")
    }
    if isStandIn || uses.contains(where: { $0.kind == .select }) { parts.append("select: true") }
    if uses.contains(where: { $0.kind == .order }) { parts.append("order: true") }
    let filters = uses.filter { $0.kind == .filter } + uses.filter { $0.kind == .filterWord }
    if !filters.isEmpty {
      // Quoted: some are words that YAML takes for something else.
      let words = filters.map { "\"\($0.use)\": \(learner.forms[$0]?.words(maximum: column.maxLength) ?? "{}")" }
      parts.append("filter: { \(words.joined(separator: ", ")) }")
    }
    let methods =
      uses.filter { $0.kind == .group }.map { _ in "groupby" } + uses.filter { $0.kind == .aggregate }.map(\.use)
    if !methods.isEmpty { parts.append("aggregate: [\(methods.joined(separator: ", "))]") }
    var all = SeenCount()
    for use in uses { all.add(seen[use] ?? SeenCount()) }
    var notes = uses.map { use in "\(use.words) \(seen[use]?.count ?? 0)\(mark(use))" }
    if isStandIn { notes.append("stands in: no query names a column to read") }
    var out = "      # \(notes.joined(separator: ", "))\(all.times)\n"
    for use in filters where learner.forms[use]?.listsEverything == true {
      out +=
        "      # \(use.use): a text without any character that narrows was seen, such as '' or '%'; a form that lets it pass\n"
        + "      # lists every row. Better give it a minLength, and have that query mended.\n"
    }
    return out
      + "      \(column.propertyName): { \(parts.joined(separator: ", ")) }\n"
  }

  private func navigations(_ table: String, _ own: [PolicyItem]) -> String {
    let names = Set(own.filter { $0.kind == .expand || $0.kind == .through }.map(\.name)).sorted()
    guard !names.isEmpty else { return "" }
    var out = "    navigations:\n"
    for name in names {
      var parts: [String] = []
      var notes: [String] = []
      for (kind, word) in [(PolicyItem.Kind.expand, "expand"), (.through, "filter")] {
        let item = PolicyItem(kind, table: table, name)
        guard let count = seen[item]?.count else { continue }
        parts.append("\(word): true")
        notes.append("\(word) \(count)\(mark(item))")
      }
      if let top = learner.expandTops[PolicyItem(.expandTop, table: table, name)] {
        parts.append("top: \(min(5_000, ProposalWriter.roundedUp(top)))")
        notes.append("$top \(top) seen")
      }
      out += "      # \(notes.joined(separator: ", "))\n      \(name): { \(parts.joined(separator: ", ")) }\n"
    }
    return out
  }

  /// What a comparison with the base adds to a note.
  private func mark(_ item: PolicyItem) -> String { base == nil || baseItems.contains(item) ? "" : " (new)" }

  // MARK: What is left out

  private func refused() -> String {
    guard !learner.refused.isEmpty || !learner.unusable.isEmpty else { return "" }
    var out = ""
    if !learner.refused.isEmpty {
      out += "\n# Left out: \(count(learner.refusedQueries, "query", "queries")) that no policy can allow.\n"
      let sorted = learner.refused.sorted {
        ($1.value.count, $0.key.rules.joined(), $0.key.shape ?? "")
          < ($0.value.count, $1.key.rules.joined(), $1.key.shape ?? "")
      }
      for (reason, seen) in sorted.prefix(ProposalWriter.listed) {
        out += "#   \(seen.count)×  \(reason.rules.joined(separator: ", "))\(seen.times)"
        out += reason.shape.map { "  \(ProposalWriter.shown($0))\n" } ?? "\n"
      }
      if sorted.count > ProposalWriter.listed { out += "#   and \(sorted.count - ProposalWriter.listed) more\n" }
    }
    for reason in RecordedLine.Reason.allCases {
      guard let number = learner.unusable[reason] else { continue }
      out += "# Left out: \(count(number, "line")) \(reason.rawValue).\n"
    }
    return out
  }

  private func unused() -> String {
    guard base != nil else { return "" }
    let idle = baseItems.filter { $0.kind.isLearnt && seen[$0] == nil }.sorted()
    guard !idle.isEmpty else { return "" }
    return "\n# In the base, and used by no query:\n" + idle.map { "#   \($0)\n" }.joined()
  }

  // MARK: Text

  /// Printed text has no control characters; only its length needs care.
  private static func shown(_ shape: String) -> String {
    shape.count > width ? shape.prefix(width) + "…" : shape
  }

  static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case _ where scalar.value < 0x20 || scalar.value == 0x7F: out += " "
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}

extension PolicyItem {
  /// The use of a column in a note.
  fileprivate var words: String {
    switch kind {
    case .filter, .filterWord: "filter \(use)"
    case .aggregate: use
    case .group: "groupby"
    case .order: "order"
    default: "select"
    }
  }
}

extension PolicyItem.Kind {
  fileprivate var isUseOfColumn: Bool {
    switch self {
    case .select, .filter, .filterWord, .order, .group, .aggregate: true
    default: false
    }
  }

  /// What queries can show the need of.
  fileprivate var isLearnt: Bool {
    switch self {
    case .table, .option, .expand, .through, .transformation: true
    default: isUseOfColumn
    }
  }
}

extension Table {
  /// The column that names a row, or else its key.
  fileprivate var standIn: String { column(primaryName)?.propertyName ?? primaryKey }
}
