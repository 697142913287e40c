/// What the service honours of `Prefer`.
struct SandboxPreferences: Sendable {
  var maxPageSize: Int?
  var annotations: [String] = []

  init(_ values: [String]) {
    for value in values {
      for name in ["odata.maxpagesize", "odata.include-annotations"] {
        guard let argument = SandboxPreferences.argument(of: name, in: value) else { continue }
        if name == "odata.maxpagesize" {
          maxPageSize = Int(argument).flatMap { $0 > 0 ? $0 : nil }
        } else {
          annotations = argument.split(separator: ",").map(String.init)
        }
      }
    }
  }

  /// Whether an annotation term was asked for, `*` standing for any rest of a name.
  func includes(_ term: String) -> Bool {
    annotations.contains { $0 == term || $0.hasSuffix("*") && term.hasPrefix($0.dropLast()) }
  }

  private static func argument(of name: String, in value: String) -> String? {
    guard let range = value.range(of: name + "=") else { return nil }
    let rest = value[range.upperBound...]
    if rest.first == "\"" { return String(rest.dropFirst().prefix { $0 != "\"" }) }
    return String(rest.prefix { $0 != "," && $0 != ";" && $0 != " " })
  }
}

extension String {
  /// Foundation-free search; names here are short.
  fileprivate func range(of needle: String) -> Range<String.Index>? {
    var start = startIndex
    while start < endIndex {
      if self[start...].hasPrefix(needle) { return start..<index(start, offsetBy: needle.count) }
      start = index(after: start)
    }
    return nil
  }
}
