/// One mapping while it is read. Asking for a key makes it known; see ``YAMLReader/mapping(_:path:_:)``.
///
/// Values of a wrong type are reported and given as `nil`; so are missing ones, reported only where `required`.
package final class MappingReader {
  package let reader: YAMLReader
  /// The mapping itself, for reports that concern it as a whole.
  package let node: YAMLNode
  package let path: String
  private let entries: [YAMLNode.Entry]
  private var known: [String] = []
  private var takesAnyKey = false

  init(reader: YAMLReader, node: YAMLNode, entries: [YAMLNode.Entry], path: String) {
    self.reader = reader
    self.node = node
    self.entries = entries
    self.path = path
  }

  /// The path of a key of this mapping.
  package func path(of key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

  /// The value of `key`, if it is there.
  package func node(_ key: String) -> YAMLNode? {
    if !known.contains(key) { known.append(key) }
    return entries.first { $0.key == key }?.value
  }

  /// The place of `key` itself, or of the mapping when it is not there.
  package func keyNode(_ key: String) -> YAMLNode { entries.first { $0.key == key }?.keyNode ?? node }

  /// The value of `key`; its absence is reported.
  package func required(_ key: String) -> YAMLNode? {
    if let value = node(key) { return value }
    reader.report(at: node, path: path, message: "`\(key)` is missing here.")
    return nil
  }

  /// All entries in source order, for mappings whose keys are names of the user's. Every key counts as known.
  package func mappingEntries() -> [(key: String, keyNode: YAMLNode, node: YAMLNode)] {
    takesAnyKey = true
    return entries.map { ($0.key, $0.keyNode, $0.value) }
  }

  /// Reports a mistake in this mapping.
  package func report(at node: YAMLNode, message: String, help: String? = nil) {
    reader.report(at: node, path: path, message: message, help: help)
  }

  // MARK: Values of keys

  package func string(_ key: String, required: Bool = false) -> String? {
    value(key, required).flatMap { reader.string($0, path: path(of: key)) }
  }

  package func int(_ key: String, in range: ClosedRange<Int>, required: Bool = false) -> Int? {
    value(key, required).flatMap { reader.int($0, path: path(of: key), in: range) }
  }

  package func bool(_ key: String, required: Bool = false) -> Bool? {
    value(key, required).flatMap { reader.bool($0, path: path(of: key)) }
  }

  /// Milliseconds; see ``YAMLReader/duration(_:path:in:)``.
  package func duration(
    _ key: String, in range: ClosedRange<Int64> = 0...YAMLReader.longestDuration, required: Bool = false
  ) -> Int64? {
    value(key, required).flatMap { reader.duration($0, path: path(of: key), in: range) }
  }

  package func choice(_ key: String, of words: [String], required: Bool = false) -> String? {
    value(key, required).flatMap { reader.choice($0, path: path(of: key), of: words) }
  }

  package func list(_ key: String, required: Bool = false) -> [YAMLNode]? {
    value(key, required).flatMap { reader.list($0, path: path(of: key)) }
  }

  package func stringList(_ key: String, required: Bool = false) -> [String]? {
    value(key, required).flatMap { reader.stringList($0, path: path(of: key)) }
  }

  /// Reads the mapping that is the value of `key`, if it is there.
  package func mapping(_ key: String, required: Bool = false, _ body: (MappingReader) -> Void) {
    guard let value = value(key, required) else { return }
    reader.mapping(value, path: path(of: key), body)
  }

  private func value(_ key: String, _ required: Bool) -> YAMLNode? { required ? self.required(key) : node(key) }

  func reportUnknownKeys() {
    guard !takesAnyKey else { return }
    for entry in entries where !known.contains(entry.key) {
      let help: String
      if let nearest = reader.nearest(to: entry.key, among: known) {
        help = "Did you mean `\(nearest)`?"
      } else {
        help = "Known here: \(known.map { "`\($0)`" }.joined(separator: ", "))."
      }
      reader.report(
        at: entry.keyNode, path: path(of: entry.key), message: "`\(entry.key)` is not a key of this mapping.",
        help: help)
    }
  }
}
