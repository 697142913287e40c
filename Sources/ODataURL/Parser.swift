/// Reads OData URLs into trees.
///
/// ```swift
/// let query = try Parser(settings: .dataverse).relativeURI("accounts?$filter=revenue gt 1000&$top=5")
/// ```
///
/// The parser follows the ABNF of OData 4.01 (URL Conventions) with the deviations that its settings name. Time and
/// memory are linear in the length of the target, the call stack is bounded by ``Limits/depth``, and every input either
/// gives a tree or a ``SyntaxError``. Text beyond ASCII may be percent-encoded or raw; names and text must be UTF-8.
public struct Parser: Sendable {
  let settings: ParserSettings

  /// - Parameter settings: leniencies and limits.
  public init(settings: ParserSettings = .strict) {
    self.settings = settings
  }

  /// Reads path and query below a service root (ABNF `odataRelativeUri`, without its fragment).
  ///
  /// Options are cut at raw `&` and `=`, the path at raw `/`, then each piece is percent-decoded exactly once.
  /// - Parameters:
  ///   - target: raw bytes as sent, without leading slash, for example `accounts?$top=1`.
  ///   - offset: where `target` starts in the text that spans shall count in.
  /// - Throws: the first mistake found.
  public func relativeURI(_ target: UnsafeBufferPointer<UInt8>, offset: Int = 0) throws(SyntaxError) -> RelativeURI {
    if target.count > settings.limits.targetBytes { throw tooLong(target.count, offset: offset) }
    return try read(RawText(Array(target), base: offset))
  }

  /// Reads path and query below a service root; see the other overload.
  public func relativeURI(_ target: String, offset: Int = 0) throws(SyntaxError) -> RelativeURI {
    if target.utf8.count > settings.limits.targetBytes { throw tooLong(target.utf8.count, offset: offset) }
    return try read(RawText(Array(target.utf8), base: offset))
  }

  /// Reads one expression (ABNF `commonExpr`) in plain text, where `%`, `&`, `+` and `#` stand for themselves.
  /// - Throws: the first mistake found; spans count in the UTF-8 of `text`.
  public func expression(_ text: String) throws(SyntaxError) -> Expression {
    if text.utf8.count > settings.limits.targetBytes { throw tooLong(text.utf8.count, offset: 0) }
    var reader = Reader(settings: settings)
    let raw = RawText(Array(text.utf8), base: 0)
    try reader.openDecoded(raw, 0..<raw.bytes.count)
    return try reader.wholeExpression()
  }

  func tooLong(_ count: Int, offset: Int) -> SyntaxError {
    let limit = settings.limits.targetBytes
    return SyntaxError(
      code: .limitTarget, span: Span(offset + limit..<offset + count), message: "the text is longer than \(limit) bytes"
    )
  }

  func read(_ text: RawText) throws(SyntaxError) -> RelativeURI {
    let split = try TargetSplit(text, leniencies: settings.leniencies)
    var reader = Reader(settings: settings)
    let path = try reader.resourcePath(text, split.path)
    var state = Reader.OptionsState()
    if let embedded = split.embedded {
      try reader.queryOptions(
        embedded.text, 0..<embedded.text.bytes.count, isEncoded: embedded.isEncoded, into: &state)
    }
    if let query = split.query {
      try reader.queryOptions(text, query, into: &state)
    }
    let target = RelativeURI(path: path, options: state.options)
    try target.checkPlacement()
    return target
  }
}

extension RelativeURI {
  /// Options that no resource of this kind takes (OData URL Conventions, sections 2, 4.1 and 4.13).
  fileprivate func checkPlacement() throws(SyntaxError) {
    guard path.count <= 1 else { return }
    switch path.first?.kind {
    case nil, .keyword("$metadata")?, .keyword("$batch")?:
      guard let span = options.firstBeyondFormat else { return }
      throw SyntaxError(
        code: .misplacedOption, span: span, message: "this resource takes no query option but $format")
    case .keyword("$entity")?:
      guard options.unparsed.contains(where: { $0.name == "$id" }) else {
        throw SyntaxError(
          code: .missingOption, span: path[0].span, message: "$entity needs the option $id", expected: ["$id"])
      }
    default: break
    }
  }
}

extension QueryOptions {
  /// The span of a system query option that is neither `$format` nor `$schemaversion`.
  fileprivate var firstBeyondFormat: Span? {
    let spans: [Span?] = [
      select?.span, expand?.span, filter?.span, orderby?.span, top?.span, skip?.span, count?.span, search?.span,
      skiptoken?.span, deltatoken?.span,
      unparsed.first { $0.name != SystemOption.schemaversion.rawValue }?.span,
    ]
    return spans.lazy.compactMap(\.self).first
  }
}
