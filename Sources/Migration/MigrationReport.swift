package import PolicyTools

/// The legacy requests of files and logs, each once, with what replaces it.
package struct MigrationReport {
  /// Requests that are the same: byte by byte, or but for their literals.
  package struct Entry: Sendable {
    /// `FILE:LINE` of the first.
    package var source: String
    /// Of HTTP.
    package var method: String
    /// The request, or its shape.
    package var old: String
    /// Either ``MigrationOutcome/moves(_:)`` or ``MigrationOutcome/cannot(_:)``.
    package var outcome: MigrationOutcome
    /// How often it was met.
    package var count: Int
  }

  /// Different requests that are kept apart.
  package static let limit = 100_000

  /// What moves and what cannot, in the order it was met.
  package private(set) var entries: [Entry] = []
  /// Further pages of legacy requests; each counts as often as it was met, as in the two below.
  package private(set) var continuations = 0
  /// Requests of Dataverse, which stay as they are.
  package private(set) var dataverseRequests = 0
  /// Requests of neither API.
  package private(set) var foreignRequests = 0
  /// Lines that no request could be made of, by reason.
  package private(set) var leftOut: [RecordedLine.Reason: Int] = [:]
  /// Whether there were more than ``limit`` different requests, so that some are missing.
  package private(set) var isCut = false
  /// Whether ``entries`` are shapes, without literals.
  package let liftsLiterals: Bool
  private let migrator: Migrator
  private var places: [[UInt8]: Int] = [:]

  /// Begins a report without any request.
  /// - Parameter liftsLiterals: whether requests that differ in their literals alone count as one, and none is shown.
  package init(migrator: Migrator, liftsLiterals: Bool) {
    self.migrator = migrator
    self.liftsLiterals = liftsLiterals
  }

  /// Takes in a line of a file or log; whatever it holds, it only counts, or becomes an entry.
  /// - Parameter source: `FILE:LINE`.
  package mutating func add(_ line: RecordedLine, source: String) {
    switch line {
    case .blank: return
    case .decision: leftOut[.noTarget, default: 0] += 1
    case .unusable(let reason): leftOut[reason, default: 0] += 1
    case .query(let query): add(query, source)
    }
  }

  private mutating func add(_ query: RecordedQuery, _ source: String) {
    guard liftsLiterals else {
      let key = Array("\(query.method) \(query.target)".utf8)
      if repeats(key) { return }
      return keep(key, query, source, old: MigrationReport.written(query.target), migrator.outcome(of: query))
    }
    // Requests of one shape may fare differently: limits look at literals, too.
    let outcome = migrator.outcome(of: query).lifted
    let shape = migrator.shape(of: query)
    let key = Array("\(query.method) \(outcome.label) \(shape)".utf8)
    if !repeats(key) { keep(key, query, source, old: shape, outcome) }
  }

  private mutating func repeats(_ key: [UInt8]) -> Bool {
    guard let place = places[key] else { return false }
    entries[place].count += 1
    return true
  }

  private mutating func keep(
    _ key: [UInt8], _ query: RecordedQuery, _ source: String, old: String, _ outcome: MigrationOutcome
  ) {
    switch outcome {
    case .isContinuation: continuations += 1
    case .isDataverse: dataverseRequests += 1
    case .isForeign: foreignRequests += 1
    case .moves, .cannot:
      guard entries.count < MigrationReport.limit else {
        isCut = true
        return
      }
      places[key] = entries.count
      entries.append(Entry(source: source, method: query.method, old: old, outcome: outcome, count: 1))
    }
  }

  /// Without the base that a query written without a path was completed with.
  private static func written(_ target: String) -> String {
    let base = "/v1/instances/00000000-0000-0000-0000-000000000000/data/"
    return target.hasPrefix(base) ? String(target.dropFirst(base.count)) : target
  }

  // MARK: Counts

  /// Requests by what becomes of them; each counts as often as it was met.
  package struct Counts: Sendable, Hashable {
    /// One read takes the place, and its answer needs nothing but other names.
    package var asTheyAre = 0
    /// One read takes the place, and the caller has to do something with its answer.
    package var withWork = 0
    /// Several reads take the place.
    package var asSeveralReads = 0
    /// By code.
    package var cannot: [String: Int] = [:]
    /// The sum of ``cannot``.
    package var cannotMove: Int { cannot.values.reduce(0, +) }
    /// All legacy requests but further pages of others.
    package var all: Int { asTheyAre + withWork + asSeveralReads + cannotMove }
  }

  /// What has been added so far.
  package var counts: Counts {
    var counts = Counts()
    for entry in entries {
      switch entry.outcome {
      case .moves(let plan) where !plan.isOneRead: counts.asSeveralReads += entry.count
      case .moves(let plan) where plan.needsWork: counts.withWork += entry.count
      case .moves: counts.asTheyAre += entry.count
      case .cannot(let reason): counts.cannot[reason.code, default: 0] += entry.count
      case .isContinuation, .isDataverse, .isForeign: continue
      }
    }
    return counts
  }

  /// Entries as they are shown: in the order they were met, or the most frequent first where they are shapes.
  package var shown: [Entry] {
    guard liftsLiterals else { return entries }
    return entries.enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }.map(\.element)
  }

  /// Legacy entity → Dataverse's column name → the legacy one, of all columns that some request reads.
  package var columns: [String: [String: String]] {
    var found: [String: [String: String]] = [:]
    for entry in entries {
      guard case .moves(let plan) = entry.outcome else { continue }
      for (entity, columns) in plan.expanded.merging([plan.entity: plan.columns], uniquingKeysWith: { $1 })
      where !columns.isEmpty {
        found[entity, default: [:]].merge(columns) { $1 }
      }
    }
    return found
  }
}

extension MigrationOutcome {
  /// How many reads the values of one list take is for its literals to say: without them, such reads are one.
  fileprivate var lifted: MigrationOutcome {
    guard case .moves(var plan) = self else { return self }
    plan.liftLists()
    return .moves(plan)
  }

  /// Tells outcomes of requests of one shape apart.
  fileprivate var label: String {
    switch self {
    case .moves(let plan):
      "moves \(plan.steps.map { "\($0.isPart ? "parts " : "")\($0.shape)" }.joined(separator: " "))"
    case .cannot(let reason): "cannot \(reason.code)"
    case .isContinuation: "continuation"
    case .isDataverse: "dataverse"
    case .isForeign: "foreign"
    }
  }
}
