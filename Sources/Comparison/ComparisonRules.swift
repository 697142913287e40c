/// What counts as a difference.
package struct ComparisonRules: Sendable {
  /// Columns that name a row, the first of these that all rows have; each may be of several names. Columns that are
  /// known to name rows are tried after them.
  package var keys: [[String]] = []
  /// Whether rows are compared place by place, instead of by key.
  package var isOrdered = false
  /// Whether ids differ by case and dashes.
  package var exactIDs = false
  /// Whether names that differ by case alone are the same.
  package var ignoresNameCase = false
  /// Whether a member that is missing is the same as one that is null.
  package var absentIsNull = false
  /// Whether the bodies of two errors are compared, and not only their status class and code.
  package var comparesErrorBodies = false
  /// Members that count for nothing.
  package var ignored = IgnoredMembers.usual
  /// Differences of one query that are kept; all are counted.
  package var differenceLimit = 20

  /// The usual rules, which a command without options has.
  package init() {}

  /// A name as it is compared.
  func nameForm(_ name: String) -> [UInt8] {
    ignoresNameCase ? ASCIIText.lowercased(name) : Array(name.utf8)
  }
}

/// Why a comparison cannot begin, or a request not be made: a mistake in what was asked for.
package struct ComparisonMistake: Error, Sendable, Hashable, CustomStringConvertible {
  /// One sentence without any value of the request.
  package var description: String

  /// - Parameter description: one sentence without any value of the request.
  package init(_ description: String) { self.description = description }
}

/// Members that are left out of a comparison, by name: `@odata.context`, `Customer_Measure/TotalSpend`, `*@odata.etag`.
///
/// A pattern is one name or several with `/` between them, of which the last is the member's own and the others those
/// around it. `*` at the beginning or end of a name stands for anything. ASCII case makes no difference.
package struct IgnoredMembers: Sendable {
  private struct NamePattern: Sendable {
    var bytes: [UInt8]
    var isOpenBefore: Bool
    var isOpenBehind: Bool

    func matches(_ name: [UInt8]) -> Bool {
      if isOpenBefore, isOpenBehind {
        return bytes.isEmpty || name.indices.contains { name[$0...].starts(with: bytes) }
      }
      if isOpenBefore { return name.count >= bytes.count && name.suffix(bytes.count).elementsEqual(bytes) }
      return isOpenBehind ? name.starts(with: bytes) : name == bytes
    }
  }

  private var patterns: [[NamePattern]] = []

  /// Nothing is left out.
  package static let none = IgnoredMembers(patterns: [])

  /// Links, etags and what else tells of the server and not of its data.
  package static let usualPatterns = [
    "@odata.context", "@odata.etag", "@odata.id", "@odata.editLink", "@odata.readLink", "@odata.metadataEtag",
    "*@odata.nextLink", "*@odata.navigationLink", "*@odata.associationLink",
    "@Microsoft.Dynamics.CRM.fetchxmlpagingcookie", "@Microsoft.Dynamics.CRM.globalmetadataversion",
  ]

  /// ``usualPatterns``.
  package static let usual = IgnoredMembers(patterns: usualPatterns.compactMap { parse($0) })

  private init(patterns: [[NamePattern]]) { self.patterns = patterns }

  /// - Throws: for a pattern without a name, or with a `*` in the middle of one.
  package mutating func add(_ pattern: String) throws(ComparisonMistake) {
    guard let parsed = IgnoredMembers.parse(pattern) else {
      throw ComparisonMistake(
        "A member to ignore is a name, or names with `/` between them; `*` may begin or end a name.")
    }
    patterns.append(parsed)
  }

  private static func parse(_ text: String) -> [NamePattern]? {
    let parts = text.split(separator: "/", omittingEmptySubsequences: false)
    var names: [NamePattern] = []
    for part in parts {
      var bytes = ASCIIText.lowercased(String(part))[...]
      guard !bytes.isEmpty else { return nil }
      let star = UInt8(ascii: "*")
      let isOpenBefore = bytes.first == star
      if isOpenBefore { bytes = bytes.dropFirst() }
      let isOpenBehind = bytes.last == star
      if isOpenBehind { bytes = bytes.dropLast() }
      guard !bytes.contains(star) else { return nil }
      names.append(NamePattern(bytes: Array(bytes), isOpenBefore: isOpenBefore, isOpenBehind: isOpenBehind))
    }
    return names
  }

  /// - Parameter path: names of the members around it, the outermost first.
  func matches(_ path: [String], _ name: String) -> Bool {
    let own = ASCIIText.lowercased(name)
    return patterns.contains { pattern in
      guard let last = pattern.last, last.matches(own), pattern.count <= path.count + 1 else { return false }
      return zip(pattern.dropLast(), path.suffix(pattern.count - 1)).allSatisfy { pattern, name in
        pattern.matches(ASCIIText.lowercased(name))
      }
    }
  }
}

/// Texts whose letters of ASCII count without case.
enum ASCIIText {
  static func lowercased(_ text: String) -> [UInt8] {
    text.utf8.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
  }

  static func equal(_ left: some StringProtocol, _ right: some StringProtocol) -> Bool {
    lowercased(String(left)) == lowercased(String(right))
  }
}
