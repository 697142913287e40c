/// An operation of the legacy API outside of data reads: method, path, and what becomes of it here.
package struct LegacyOperation: Sendable, Hashable {
  /// What is answered.
  package enum Answer: Sendable, Hashable {
    /// From the configuration: all instances, or one.
    case instances, instance
    /// From what the caller's policy lets be known of the mapping's entities.
    case entities, entity, searchConfiguration
    /// The service document of `…/data`, and its `$metadata`.
    case dataService, dataModel
    /// Fixed: what a reader's role is, and that rows can be read.
    case role, storeState
    /// From rows of Dataverse, by reads that the policy judges.
    case keyring, entitySize, segments
    /// Nothing of it is in Dataverse.
    case absent(LegacyAbsence)
    /// A write, or what the old service took for one.
    case write(LegacyWrite)
  }

  /// Of HTTP, in capitals.
  package var method: String
  /// Segments behind `/instances`; one in braces stands for any.
  package var path: [String]
  /// What answers it.
  package var answer: Answer

  init(_ method: String, _ path: String, _ answer: Answer) {
    self.method = method
    self.path = path.split(separator: "/").map(String.init)
    self.answer = answer
  }

  /// The operation of a method and a path, whose fixed words match without case.
  /// - Parameters:
  ///   - method: `HEAD` is asked for as `GET`.
  ///   - segments: behind `/instances`, decoded.
  static func find(_ method: String, _ segments: [String]) -> LegacyOperation? {
    let folded = segments.map { $0.lowercased() }
    return all.first { $0.method == method && $0.matches(folded) }
  }

  /// The first operation of a path, whatever its method.
  static func find(path segments: [String]) -> LegacyOperation? {
    let folded = segments.map { $0.lowercased() }
    return all.first { $0.matches(folded) }
  }

  /// Whether any method has an operation of this path.
  static func isKnown(_ segments: [String]) -> Bool { find(path: segments) != nil }

  private func matches(_ segments: [String]) -> Bool {
    guard segments.count == path.count else { return false }
    return zip(path, segments).allSatisfy { word, segment in
      word.hasPrefix("{") ? !segment.isEmpty : word.lowercased() == segment
    }
  }

  /// The segments that stand where the path has names in braces, that of the instance left out.
  func parameters(of segments: [String]) -> [String] {
    zip(path, segments).dropFirst().filter { $0.0.hasPrefix("{") }.map(\.1)
  }
}

/// Why Dataverse has nothing to answer with.
package enum LegacyAbsence: String, Sendable, Hashable, CaseIterable {
  case jobs, measures, relationships, dataSources, hierarchies, roles, profiling, labels, activityCounts
}

/// What a refused write would have changed.
package enum LegacyWrite: String, Sendable, Hashable, CaseIterable {
  /// Rows: real-time ingestion of activities and profiles.
  case rows
  /// Definitions in Customer Insights: segments, measures, relationships, search, hierarchies.
  case definitions
  case instances, dataSources, jobs, roles
  /// No change: a read that the old API took by POST.
  case instanceBatch
}
