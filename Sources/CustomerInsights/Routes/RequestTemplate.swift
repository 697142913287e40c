/// Request targets of the legacy API without anything that a client filled in: for reports that show no ids.
package enum RequestTemplate {
  /// What a request asks for, in the words of the API's own list of operations:
  /// `/v1/instances/{id}/manage/segments/{name}/activate`. Segments that no operation has are left out, with `…` in their
  /// place; of what stands behind `?` nothing is shown.
  /// - Parameters:
  ///   - method: of HTTP; of a path that has no operation of this method, that of another one counts.
  ///   - target: in origin-form.
  ///   - entity: the name under which an entity may be shown; `nil` for what is none.
  /// - Returns: `nil` for a target that is not below `/instances`.
  package static func text(
    _ method: String, _ target: some Collection<UInt8>, entity: (String) -> String?
  ) -> String? {
    let path = target.prefix { $0 != UInt8(ascii: "?") }
    let raw = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: true).map { Array($0) }
    let words = raw.map { TargetText.decoded($0, plusAsSpace: false) ?? "" }
    guard let root = words.prefix(2).firstIndex(where: { $0.lowercased() == "instances" }) else { return nil }
    let front = words[..<root].first.flatMap { LegacyRoute.Front(rawValue: "/\($0.lowercased())") } ?? .bare
    guard root == 0 || front != .bare else { return nil }
    let start = front.rawValue + "/instances"
    let segments = Array(words[(root + 1)...])
    if let operation = LegacyOperation.find(method == "HEAD" ? "GET" : method, segments)
      ?? LegacyOperation.find(path: segments)
    {
      return
        ([start] + zip(operation.path, segments).map { $0 == "{entity}" ? entity(NameText.prefix(of: $1)) ?? $0 : $0 })
        .joined(separator: "/")
    }
    guard segments.count > 1, segments[1].lowercased() == "data" else {
      return segments.isEmpty ? start : "\(start)/{id}/…"
    }
    // A data read that cannot be read: what stands before anything that ends a name.
    let name = segments.count > 2 ? NameText.prefix(of: segments[2]) : ""
    let isWhole = segments.count == 3 && name == segments[2]
    return "\(start)/{id}/data/\(entity(name) ?? "{entity}")\(isWhole ? "" : "…")"
  }
}

/// Names, and what stands where names should.
package enum NameText {
  /// Whether a text may be the name of an entity or a property (OData ABNF, `odataIdentifier`), and not rather an id: 32
  /// hexadecimal digits, or more than 128 characters.
  package static func isName(_ text: some StringProtocol) -> Bool {
    guard let first = text.unicodeScalars.first, first == "_" || first.properties.isAlphabetic,
      text.unicodeScalars.count <= 128, text.unicodeScalars.allSatisfy(isPart)
    else { return false }
    return !(text.utf8.count == 32 && text.allSatisfy(\.isHexDigit))
  }

  /// What a text begins with that could be part of a name.
  static func prefix(of text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.prefix(while: isPart)))
  }

  private static func isPart(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType == .decimal
  }
}
