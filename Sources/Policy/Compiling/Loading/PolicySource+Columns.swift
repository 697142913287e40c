import Dataverse
import YAMLFile

extension PolicySource.ColumnSource {
  init(_ name: String, _ keyNode: YAMLNode, _ path: String, _ mapping: MappingReader, _ patterns: PatternCache) {
    self.init(
      name: name, keyNode: keyNode, path: path, type: mapping.word("type"), displayName: mapping.word("displayName"),
      isSelectable: mapping.bool("select") ?? false, order: mapping.flag("order"),
      filters: PolicySource.ColumnSource.filters(mapping, patterns), aggregate: mapping.aggregate(),
      annotate: mapping.flag("annotate"),
      shape: mapping.node("value").map {
        PolicySource.ShapeSource($0, mapping.path(of: "value"), mapping.reader, patterns)
      })
  }

  /// `filter: [eq, contains]` or `filter: {eq: {}, contains: {minLength: 3}}`.
  private static func filters(_ mapping: MappingReader, _ patterns: PatternCache) -> [PolicySource.FilterSource] {
    guard let node = mapping.node("filter") else { return [] }
    let path = mapping.path(of: "filter")
    let reader = mapping.reader
    var filters: [PolicySource.FilterSource] = []
    var count = 0
    if node.isMapping {
      reader.mapping(node, path: path) { entries in
        for entry in entries.mappingEntries() {
          count += 1
          let path = entries.path(of: entry.key)
          filters.append(
            PolicySource.FilterSource(
              word: entry.key, node: entry.keyNode, path: path,
              shape: PolicySource.ShapeSource(entry.node, path, reader, patterns)))
        }
      }
    } else {
      guard let items = reader.list(node, path: path) else { return [] }
      var seen: Set<String> = []
      for (index, item) in items.enumerated() {
        count += 1
        let path = "\(path)[\(index)]"
        guard let word = reader.string(item, path: path) else { continue }
        guard seen.insert(word).inserted else {
          reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.")
          continue
        }
        filters.append(PolicySource.FilterSource(word: word, node: item, path: path, shape: nil))
      }
    }
    if count == 0 {
      reader.report(
        at: node, path: path, message: "No operator is named.", help: "Leave `filter` out, or name some: `[eq]`.")
    }
    return filters
  }
}

extension MappingReader {
  /// Words of `aggregate`; which of them there are is a matter of the stage `check`.
  fileprivate func aggregate() -> [PolicySource.Word] {
    guard let node = node("aggregate"), let items = list("aggregate") else { return [] }
    let path = path(of: "aggregate")
    if items.isEmpty {
      reader.report(
        at: node, path: path, message: "No use in `$apply` is named.", help: "Leave `aggregate` out.")
    }
    let words = [Compilation.groupbyWord] + AggregationMethod.allCases.map(\.rawValue)
    var seen: Set<String> = []
    return items.enumerated().compactMap { index, item in
      let path = "\(path)[\(index)]"
      guard let word = reader.choice(item, path: path, of: words) else { return nil }
      guard seen.insert(word).inserted else {
        reader.report(at: item, path: path, message: "`\(word)` stands twice in this list.")
        return nil
      }
      return PolicySource.Word(text: word, node: item, path: path)
    }
  }
}

extension PolicySource.ShapeSource {
  fileprivate init(_ node: YAMLNode, _ path: String, _ reader: YAMLReader, _ patterns: PatternCache) {
    var shape = LiteralShape()
    reader.mapping(node, path: path) { mapping in
      shape.minLength = mapping.int("minLength", in: 1...32_768)
      shape.maxLength = mapping.int("maxLength", in: 1...32_768)
      shape.unescapesQuotes = mapping.bool("unescapeQuotes") ?? false
      guard let pattern = mapping.word("pattern") else { return }
      do throws(Pattern.Failure) {
        shape.pattern = try patterns.pattern(pattern.text)
      } catch {
        let before = String(decoding: pattern.text.utf8.prefix(error.offset), as: UTF8.self).unicodeScalars.count
        reader.report(
          at: pattern.node, path: pattern.path,
          message: "The pattern is not one: \(error.message), at character \(before + 1) of it.")
      }
    }
    self.init(shape: shape, node: node, path: path)
  }
}

/// Compiled patterns by their text: policies repeat the form of an id for every table, and machine code is dear.
final class PatternCache {
  private var patterns: [String: Pattern] = [:]

  func pattern(_ text: String) throws(Pattern.Failure) -> Pattern {
    if let known = patterns[text] { return known }
    let pattern = try Pattern(text)
    patterns[text] = pattern
    return pattern
  }
}
