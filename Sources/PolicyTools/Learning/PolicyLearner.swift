package import CustomerInsights
package import Dataverse
import ODataURL
import Planning
import Policy

/// Learns from recorded queries what a policy would have to allow. Keeps counts, lengths and shapes, never a literal
/// beyond the one query of each shape that is judged again in the end.
package struct PolicyLearner {
  /// Queries that are the same but for their literals.
  struct Shape: Sendable {
    var text: String
    var seen = SeenCount()
    var use: QueryUse
    /// The longest queries of it, as they are judged, to measure what is sent.
    var queries: [RelativeURI]
    var sampleBytes: Int
  }

  /// Why queries are not learnt.
  struct Refused: Sendable, Hashable {
    /// `nil` where there is none, or where it might tell more than names.
    var shape: String?
    var rules: [String]
  }

  let schema: Schema
  private(set) var shapes: [Shape] = []
  private(set) var refused: [Refused: SeenCount] = [:]
  private(set) var unusable: [RecordedLine.Reason: Int] = [:]
  private(set) var forms: [PolicyItem: TextForm] = [:]
  private(set) var expandTops: [PolicyItem: Int] = [:]
  /// The largest of everything that a policy limits; 0 where nothing was seen.
  private(set) var largest = PolicyLimits.none
  private let reader: TargetReader
  private let widest: Policy
  private let resolver: QueryResolver
  private var shapeIndex: [String: Int] = [:]
  /// What became of targets that were met before: logs repeat themselves. Emptied when full.
  private var known: [String: Memory] = [:]

  private enum Memory {
    case learnt(Int)
    case refused(Refused)
  }

  /// Targets that are remembered.
  private static let memory = 4_096

  /// - Parameter schema: tables and columns that queries can name; others are refused.
  package init(schema: Schema, mapping: LegacyMapping) {
    self.schema = schema
    reader = TargetReader(mapping: mapping)
    widest = Policy.widest(of: schema)
    resolver = QueryResolver(schema: schema)
  }

  package var learntQueries: Int { shapes.reduce(0) { $0 + $1.seen.count } }
  package var refusedQueries: Int { refused.values.reduce(0) { $0 + $1.count } }

  package mutating func add(_ line: RecordedLine) {
    switch line {
    case .blank: return
    // A hash tells of no column.
    case .decision: unusable[.noTarget, default: 0] += 1
    case .unusable(let reason): unusable[reason, default: 0] += 1
    case .query(let query):
      // What is known of a target is known of reads of it.
      let isRead = query.method == "GET" || query.method == "HEAD"
      let memory = (isRead ? known[query.target] : nil) ?? learn(query)
      if isRead {
        if known.count >= PolicyLearner.memory { known.removeAll(keepingCapacity: true) }
        known[query.target] = memory
      }
      switch memory {
      case .learnt(let index): shapes[index].seen.add(query.time)
      case .refused(let reason): refused[reason, default: SeenCount()].add(query.time)
      }
    }
  }

  private mutating func learn(_ query: RecordedQuery) -> Memory {
    guard query.method == "GET" || query.method == "HEAD" else {
      return .refused(Refused(shape: nil, rules: ["guard.write"]))
    }
    let read: TargetReader.ReadQuery
    do throws(Refusal) {
      read = try reader.read(query.target)
    } catch {
      return .refused(Refused(shape: nil, rules: [error.code]))
    }
    let shape = QueryShape(read.written, dialect: read.dialect).text
    var queries: [RelativeURI] = []
    var whole: QueryUse?
    var limits = largest
    for query in read.judged {
      let substituted = widest.judgedForm(
        of: AliasSubstitution(query, maximumNodes: widest.limits.nodes).query, scope: Policy.widestScope)
      let resolution = resolver.resolve(substituted)
      let verdict = widest.judge(
        query, request: JudgeRequest(scope: Policy.widestScope, pagingTokenVouched: true))
      if case .deny(let findings) = verdict {
        let rules = Set(findings.map(\.rule)).sorted()
        // The shape keeps names that stand as text (`PropertyName='…'`). One that names no column may be anything.
        return .refused(Refused(shape: substituted.namesByText ? nil : shape, rules: rules))
      }
      let use = QueryUse(substituted, resolution)
      limits.raise(to: substituted, resolution, use)
      queries.append(substituted)
      whole = whole.map { $0.union(use) } ?? use
    }
    guard let use = whole else { return .refused(Refused(shape: shape, rules: [])) }
    largest = limits
    for (item, text) in use.texts where isText(item) {
      forms[item, default: TextForm()].add(text, isPattern: TextFunction(rawValue: item.use) != nil)
    }
    for (item, top) in use.expandTops { expandTops[item] = max(expandTops[item] ?? 1, Int(top)) }
    let key = "\(read.dialect.rawValue) \(shape)"
    let bytes = queries.map { $0.printed().utf8.count }.max() ?? 0
    if let index = shapeIndex[key] {
      if bytes > shapes[index].sampleBytes {
        shapes[index].queries = read.judged
        shapes[index].sampleBytes = bytes
      }
      return .learnt(index)
    }
    shapeIndex[key] = shapes.count
    shapes.append(Shape(text: shape, use: use.withoutTexts, queries: read.judged, sampleBytes: bytes))
    return .learnt(shapes.count - 1)
  }

  private func isText(_ item: PolicyItem) -> Bool {
    let type = schema.table(named: item.table)?.column(item.name)?.type
    return type == .text || type == .memo
  }

  /// Every learnt shape by the queries that stand for it, as they are judged.
  func samples() -> [(shape: String, query: RelativeURI)] {
    shapes.flatMap { shape in shape.queries.map { (shape.text, $0) } }
  }
}

extension RelativeURI {
  /// Whether a column is named by text.
  fileprivate var namesByText: Bool {
    expressions.contains { placed in
      placed.expression.nodes.contains { node in
        guard case .function(_, _, let parameters) = node else { return false }
        return parameters.contains { $0.name == "PropertyName" }
      }
    }
  }
}

extension PolicyLimits {
  fileprivate static var none: PolicyLimits {
    var limits = PolicyLimits()
    limits.top = 0
    limits.nodes = 0
    limits.depth = 0
    limits.orWidth = 0
    limits.listItems = 0
    limits.selectColumns = 0
    limits.filterLiteralLength = 0
    limits.expands = 0
    limits.expandDepth = 0
    limits.pathDepth = 0
    return limits
  }

  fileprivate mutating func raise(to query: RelativeURI, _ resolution: Resolution, _ use: QueryUse) {
    let measure = resolution.measure
    top = max(top, Int(query.options.top?.value ?? 0))
    nodes = max(nodes, measure.nodes, query.expressions.reduce(0) { $0 + $1.expression.nodes.count })
    depth = max(depth, measure.depth)
    orWidth = max(orWidth, measure.widestOr)
    listItems = max(listItems, measure.longestList)
    selectColumns = max(selectColumns, query.options.mostSelected)
    filterLiteralLength = max(filterLiteralLength, use.texts.map { $0.text.unicodeScalars.count }.max() ?? 0)
    expands = max(expands, measure.expands)
    expandDepth = max(expandDepth, measure.expandDepth)
    pathDepth = max(pathDepth, resolution.root.longestPath)
  }
}

extension Level {
  /// Steps of the longest path that conditions and `$apply` take, on this level and those below it.
  fileprivate var longestPath: Int {
    let own = navigations.map { $0.path.count + 1 }.max() ?? 0
    return max(own, expands.map(\.longestPath).max() ?? 0)
  }
}

extension QueryOptions {
  /// Items of the longest `$select` at any level.
  fileprivate var mostSelected: Int {
    let inner = expand?.value.map(\.options.mostSelected).max() ?? 0
    return max(select?.value.count ?? 0, inner)
  }
}
