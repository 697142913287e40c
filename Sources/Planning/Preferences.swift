/// What of the `Prefer` header (RFC 7240) means something to a read: page size and annotations.
package struct Preferences: Sendable, Hashable {
  /// `odata.maxpagesize` (also `maxpagesize`), at least 1.
  package var maxPageSize: Int?
  /// `odata.include-annotations` split at commas, in the order given.
  package var annotations: [String]

  /// Bytes of an annotation's name; a longer one names nothing.
  static let longestAnnotation = 128

  package static let none = Preferences(maxPageSize: nil, annotations: [])

  package init(maxPageSize: Int?, annotations: [String]) {
    self.maxPageSize = maxPageSize
    self.annotations = annotations
  }

  /// Reads the values of all `Prefer` lines. Preferences that are unknown or malformed are ignored, as RFC 7240
  /// section 2 asks; at most 16 annotations of at most ``longestAnnotation`` bytes of ASCII are
  /// kept, so that preferences stay small wherever they are remembered, and no other spelling of a name is taken for it.
  package init(headerValues: [String]) {
    self = .none
    for value in headerValues {
      for (name, argument) in Preferences.items(in: value) {
        switch name {
        case "odata.maxpagesize", "maxpagesize":
          if maxPageSize == nil, let size = Int(argument), size >= 1 { maxPageSize = size }
        case "odata.include-annotations", "include-annotations":
          guard annotations.isEmpty else { continue }
          annotations = argument.split(separator: ",").prefix(16).map { Preferences.trimmed($0) }
            .filter { $0.utf8.count <= Preferences.longestAnnotation && $0.utf8.allSatisfy { $0 < 0x80 } }
        default: continue
        }
      }
    }
  }

  /// Those of them whose names are in `allowed`; the others are ignored.
  func keeping(_ allowed: Set<String>) -> Preferences {
    Preferences(
      maxPageSize: allowed.contains("odata.maxpagesize") ? maxPageSize : nil,
      annotations: allowed.contains("odata.include-annotations") ? annotations : [])
  }

  /// Splits at commas outside quotes; names in lower case, quotes removed, parameters behind `;` dropped.
  private static func items(in value: String) -> [(name: String, argument: String)] {
    var items: [(String, String)] = []
    var quoted = false
    var start = value.startIndex
    func close(at end: String.Index) {
      let item = value[start..<end].prefix { $0 != ";" || quoted }
      let parts = item.split(separator: "=", maxSplits: 1)
      guard let name = parts.first else { return }
      let argument = parts.count > 1 ? trimmed(parts[1]).filter { $0 != "\"" } : ""
      items.append((trimmed(name).lowercased(), argument))
    }
    for index in value.indices {
      switch value[index] {
      case "\"": quoted.toggle()
      case "," where !quoted:
        close(at: index)
        start = value.index(after: index)
      default: continue
      }
    }
    quoted = false
    close(at: value.endIndex)
    return items
  }

  private static func trimmed(_ text: Substring) -> String {
    let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
    var text = text.drop(while: isBlank)
    while let last = text.last, isBlank(last) { text.removeLast() }
    return String(text)
  }
}
