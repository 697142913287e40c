/// One request and what a policy has to say to it.
package struct PolicyCase: Sendable, Hashable {
  package var name: String
  /// File and 1-based line of the case.
  package var file: String
  package var line: Int
  /// A URL, a path, or a query relative to the service root, with or without a method before it.
  package var request: String
  package var scope: String
  /// What the caller brings for row filters.
  package var claims: [String: String]
  /// Value of `Prefer`.
  package var prefer: String?
  package var expected: Expectation

  package enum Expectation: Sendable, Hashable {
    /// - `upstream`: the printed query, below the service root.
    /// - `report`: rules that would have denied but only report; `nil` for whatever.
    case allow(upstream: String?, report: Set<String>?)
    /// - `rules`: of all findings together.
    /// - `at`: what one of them marks in the request.
    case deny(rules: Set<String>, at: String?)
  }
}

/// A file of cases.
package struct CaseFile: Sendable {
  package let path: String
  /// As written: relative to the file.
  package let policy: String?
  package let mapping: String?
  package let cases: [PolicyCase]

  /// Where a path in the file leads, for whoever does not stand beside it.
  package func resolved(_ other: String) -> String {
    guard !other.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return other }
    return String(path[...slash]) + other
  }
}
