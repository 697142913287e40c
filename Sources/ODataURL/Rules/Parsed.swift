/// What a text turned out to be when it was read by a ``Rule``.
public struct Parsed: Hashable, Sendable {
  /// The one spelling of this meaning, percent-encoded as a URL has it. Reading it by the same rule, with the encoding
  /// ``TextEncoding/url``, gives an equal result.
  public let canonical: String
  /// The tree as an indented S-expression, for people; holds the literals of the text.
  public let tree: String
}

/// Whether a text is percent-encoded.
public enum TextEncoding: String, Hashable, Sendable, CaseIterable {
  /// As it stands in a URL: `%` begins an encoded byte, `#` has no place.
  case url
  /// `%`, `+` and `#` stand for themselves; so does `&` where the rule is no more than one option.
  case decoded
}

extension Parsed {
  init(_ uri: RelativeURI) {
    self.init(canonical: uri.printed(), tree: uri.treeDump())
  }

  /// Options without the `?` in front.
  init(options: QueryOptions) {
    let uri = RelativeURI(options: options)
    self.init(
      canonical: Self.without("?", uri.printed(), ""), tree: "(options" + uri.treeDump().dropFirst("(uri".count))
  }

  /// - Parameters:
  ///   - prefix: what was put in front of the text to read it, as it is printed; not part of the result.
  ///   - suffix: the same, behind the text.
  ///   - shown: the node that stands for the text; the root otherwise.
  init(_ expression: Expression, without prefix: String = "", _ suffix: String = "", shown: NodeID? = nil) {
    var output = Output(isEncoded: true)
    ExpressionPrinter.print(expression, to: &output)
    var inner = expression
    if let shown { inner.root = shown }
    self.init(canonical: Self.without(prefix, output.string, suffix), tree: inner.treeDump())
  }

  /// The tree without the outermost node, for a node that was put round the text to read it.
  func unwrapped() -> Parsed {
    let lines = tree.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
    let inner = lines.map { $0.hasPrefix("  ") ? $0.dropFirst(2) : $0 }.joined(separator: "\n")
    return Parsed(canonical: canonical, tree: inner.isEmpty ? "()" : String(inner.dropLast()))
  }

  /// The canonical text without what was put round it.
  func without(_ prefix: String, _ suffix: String = "") -> Parsed {
    Parsed(canonical: Self.without(prefix, canonical, suffix), tree: tree)
  }

  private static func without(_ prefix: String, _ text: String, _ suffix: String) -> String {
    var bytes = Substring(text).utf8
    if bytes.starts(with: prefix.utf8) { bytes = bytes.dropFirst(prefix.utf8.count) }
    if bytes.reversed().starts(with: suffix.utf8.reversed()) { bytes = bytes.dropLast(suffix.utf8.count) }
    return String(Substring(bytes))
  }
}
