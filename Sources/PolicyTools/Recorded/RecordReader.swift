import CustomerInsights
import Lint
package import Planning

/// A query as a log or a list keeps it.
package struct RecordedQuery: Sendable, Hashable {
  package var method: String
  /// Request target in origin-form.
  package var target: String
  package var time: LogInstant?
}

/// What a line of a log or list is.
package enum RecordedLine: Sendable, Hashable {
  case query(RecordedQuery)
  /// An entry of the gateway's decision log: the hash of a shape, and no query.
  case decision(shape: String)
  /// Nothing, or a comment.
  case blank
  case unusable(Reason)

  /// Why no query can be made of a line.
  package enum Reason: String, Sendable, Hashable, CaseIterable {
    case notText = "not UTF-8 text"
    case tooLong = "longer than 128 KiB"
    case noTarget = "JSON without `target` or `url`"
    case failed = "answered with an error (status 400 or more)"
  }
}

/// Reads queries line by line: targets and URLs as `sluice lint` reads them, access logs in the combined format (nginx,
/// Apache), JSON objects with `target` or `url`, and the decision log, each alone and all mixed. Whatever the bytes are, each costs time
/// once.
package struct RecordReader {
  private var splitter = LineSplitter()
  private let legacyEntities: Set<String>

  /// - Parameter rules: their legacy entities tell the dialects of queries without a path apart.
  package init(rules: RuleBook) {
    self.init(legacyEntities: Set(rules.mapping.entityNames.map { $0.lowercased() }))
  }

  /// - Parameter legacyEntities: names of legacy entities in lower case.
  init(legacyEntities: Set<String>) { self.legacyEntities = legacyEntities }

  /// Takes the next bytes.
  package mutating func read(_ chunk: UnsafeBufferPointer<UInt8>, _ take: (RecordedLine) -> Void) {
    let entities = legacyEntities
    splitter.read(chunk) { take(RecordReader.line($0, entities)) }
  }

  /// Says that there are no more bytes.
  package mutating func finish(_ take: (RecordedLine) -> Void) {
    let entities = legacyEntities
    splitter.finish { take(RecordReader.line($0, entities)) }
  }

  private static func line(_ bytes: ArraySlice<UInt8>?, _ entities: Set<String>) -> RecordedLine {
    guard let bytes else { return .unusable(.tooLong) }
    guard let text = String(validating: bytes, as: UTF8.self) else { return .unusable(.notText) }
    let first = bytes.first { $0 != 0x20 && $0 != 0x09 }
    if first == UInt8(ascii: "{") {
      guard let record = JSONRecord(bytes) else { return .unusable(.noTarget) }
      guard let target = record.target else {
        return record.shape.map { .decision(shape: $0) } ?? .unusable(.noTarget)
      }
      return query(target, record.method, record.time, record.status, entities)
    }
    if let entry = CombinedLogEntry(bytes) {
      return query(entry.target, entry.method, entry.time, entry.status, entities)
    }
    return query(text, nil, nil, nil, entities)
  }

  private static func query(
    _ text: String, _ method: String?, _ time: LogInstant?, _ status: Int?, _ entities: Set<String>
  ) -> RecordedLine {
    // What was refused or failed says nothing about what is needed; scanners fill logs with it.
    if let status, status >= 400 { return .unusable(.failed) }
    guard let line = QueryLine(file: "", line: 0, text: text, legacyEntities: entities) else { return .blank }
    return .query(RecordedQuery(method: method ?? line.method, target: line.target, time: time))
  }
}
