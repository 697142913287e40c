/// Reads OData URLs into trees.
///
/// ```swift
/// let query = try Parser(settings: .dataverse).relativeURI("accounts?$filter=revenue gt 1000&$top=5")
/// ```
///
/// The parser follows the ABNF of OData 4.01 (URL Conventions) with the deviations that its settings name. Time and
/// memory are linear in the length of the target, the call stack is bounded by ``Limits/stackBytes``, and every input either
/// gives a tree or a ``SyntaxError``. Text beyond ASCII may be percent-encoded or raw; names and text must be UTF-8.
public struct Parser: Sendable {
  let settings: ParserSettings

  /// - Parameter settings: leniencies and limits.
  public init(settings: ParserSettings = .strict) {
    self.settings = settings
  }

  /// Reads path and query below a service root (ABNF `odataRelativeUri`).
  ///
  /// Options are cut at raw `&` and `=`, the path at raw `/`, then each piece is percent-decoded exactly once.
  /// - Parameters:
  ///   - target: raw bytes as sent, without leading slash, for example `accounts?$top=1`.
  ///   - offset: where `target` starts in the text that spans shall count in.
  /// - Throws: the first mistake found.
  public func relativeURI(_ target: UnsafeBufferPointer<UInt8>, offset: Int = 0) throws(SyntaxError) -> RelativeURI {
    if target.count > settings.limits.targetBytes { throw tooLong(Bytes(target), offset: offset) }
    // Neither the tree nor an error keeps the text: it does not outlive this call, which the buffer does.
    do throws(SyntaxError) {
      return try read(RawText(borrowing: target, base: offset))
    } catch {
      throw error.hinted(in: Array(target), offset: offset, isTarget: true)
    }
  }

  /// Reads path and query below a service root; see the other overload.
  public func relativeURI(_ target: String, offset: Int = 0) throws(SyntaxError) -> RelativeURI {
    if target.utf8.count > settings.limits.targetBytes { throw tooLong(target, offset: offset) }
    do throws(SyntaxError) {
      return try read(RawText(target, base: offset))
    } catch {
      throw error.hinted(in: Array(target.utf8), offset: offset, isTarget: true)
    }
  }

  /// Reads one expression (ABNF `commonExpr`) in plain text, where `%`, `&`, `+` and `#` stand for themselves.
  /// - Throws: the first mistake found; spans count in the UTF-8 of `text`.
  public func expression(_ text: String) throws(SyntaxError) -> Expression {
    if text.utf8.count > settings.limits.targetBytes { throw tooLong(text, offset: 0) }
    let raw = RawText(text, base: 0)
    var reader = Reader(settings: settings, raw)
    do throws(SyntaxError) {
      try reader.openDecoded(raw, 0..<raw.view.count)
      return try reader.wholeExpression()
    } catch {
      throw error.hinted(in: Array(text.utf8), isTarget: false)
    }
  }

  @inline(never)
  func tooLong(_ text: String, offset: Int) -> SyntaxError {
    var text = text
    return text.withUTF8 { tooLong(Bytes($0), offset: offset) }
  }

  private func tooLong(_ bytes: Bytes, offset: Int) -> SyntaxError {
    let limit = settings.limits.targetBytes
    let rest = bytes.wholeCharacters(max(0, limit)..<bytes.count)
    return SyntaxError(
      code: .limitTarget, span: Span(offset + rest.lowerBound..<offset + rest.upperBound),
      message: "the text is longer than \(limit) bytes")
  }

  func read(_ text: RawText) throws(SyntaxError) -> RelativeURI {
    var none: [SyntaxError]?
    return try read(text, mistakes: &none)
  }

  /// - Parameter mistakes: takes mistakes behind which reading goes on; when `nil`, the first one is thrown.
  func read(_ text: RawText, mistakes: inout [SyntaxError]?) throws(SyntaxError) -> RelativeURI {
    // Views of the bytes are in use to the end.
    defer { withExtendedLifetime(text) {} }
    let split = try TargetSplit(text, leniencies: settings.leniencies)
    var reader = Reader(settings: settings, text)
    var path: [PathSegment] = []
    do throws(SyntaxError) {
      path = try reader.resourcePath(text, split.path)
    } catch {
      if mistakes == nil { throw error }
      mistakes?.append(error)
      reader.recover()
    }
    let isPathSound = mistakes?.isEmpty ?? true
    var target = RelativeURI(path: path)
    var state = Reader.OptionsState()
    if let embedded = split.embedded {
      try reader.queryOptions(
        embedded.text, 0..<embedded.text.view.count, isEncoded: embedded.isEncoded,
        quotesAmpersands: !embedded.isEncoded, into: &target.options, &state, mistakes: &mistakes)
    }
    if let query = split.query {
      try reader.queryOptions(text, query, into: &target.options, &state, mistakes: &mistakes)
    }
    try reader.joinConditions(of: &state, to: &target.options)
    if let fragment = split.fragment {
      do throws(SyntaxError) {
        target.path.append(try reader.context(text, fragment))
      } catch {
        if mistakes == nil { throw error }
        mistakes?.append(error)
      }
    }
    if isPathSound { try target.checkPlacement() }
    return consume target
  }
}

/// What became of a target that was read to its end in spite of mistakes.
public struct Diagnosis: Sendable {
  /// The request; `nil` when there is any mistake, since what is left of a request with a part missing is another one.
  public var request: RelativeURI?
  /// The mistakes in the order in which they stand, at most ``Diagnosis/most``; empty for a sound target.
  public var errors: [SyntaxError]

  /// Mistakes that are told of one target.
  public static let most = 20
}

extension Parser {
  /// Reads path and query below a service root and goes on behind a mistake: the path and each query option are cut apart
  /// before they are read, and so are the items of `$select`, `$expand`, `$orderby` and `$compute` and the options nested
  /// in them, so that a mistake in one of them says nothing of the others. For linters; whoever sends
  /// requests on wants ``relativeURI(_:offset:)-(String,_)``.
  /// - Parameters:
  ///   - target: as sent, without leading slash.
  ///   - offset: where `target` starts in the text that spans shall count in.
  public func diagnose(_ target: String, offset: Int = 0) -> Diagnosis {
    guard target.utf8.count <= settings.limits.targetBytes else {
      return Diagnosis(request: nil, errors: [tooLong(target, offset: offset)])
    }
    var mistakes: [SyntaxError]? = []
    var request: RelativeURI?
    do throws(SyntaxError) {
      request = try read(RawText(target, base: offset), mistakes: &mistakes)
    } catch {
      mistakes?.append(error)
    }
    let bytes = Array(target.utf8)
    let errors = (mistakes ?? []).map { $0.hinted(in: bytes, offset: offset, isTarget: true) }.enumerated()
      .sorted { ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset) }
      .map(\.element)
    return Diagnosis(request: errors.isEmpty ? request : nil, errors: Array(errors.prefix(Diagnosis.most)))
  }
}

extension RelativeURI {
  /// Options that no resource of this kind takes (OData URL Conventions, sections 2, 4.1 and 4.13).
  fileprivate func checkPlacement() throws(SyntaxError) {
    switch path.first?.kind {
    case nil: try refuse(options.shapingSpans, message: "this resource takes no query option but $format")
    case .keyword("$metadata")?, .keyword("$batch")?:
      try refuse(options.shapingSpans, message: "this resource takes no query option but $format")
      if let alias = options.aliases.first {
        throw SyntaxError(
          code: .misplacedOption, span: alias.span, message: "this resource takes no query option but $format")
      }
    case .keyword("$entity")? where path.count <= 2:
      guard options.unparsed.contains(where: { $0.name == SystemOption.id.rawValue }) else {
        throw SyntaxError(
          code: .missingOption, span: path[0].span, message: "$entity needs the option $id", expected: ["$id"])
      }
      var spans = options.shapingSpans
      spans[.id] = nil
      // Only with a cast it is known of which type these would speak.
      if path.count == 2 { (spans[.select], spans[.expand]) = (nil, nil) }
      try refuse(spans, message: "this option cannot be used with $entity")
      if path.count == 1, let alias = options.aliases.first {
        throw SyntaxError(
          code: .misplacedOption, span: alias.span, message: "this option cannot be used with $entity")
      }
    default: break
    }
  }

  private func refuse(_ spans: [SystemOption: Span], message: String) throws(SyntaxError) {
    guard let span = spans.values.min(by: { $0.start < $1.start }) else { return }
    throw SyntaxError(code: .misplacedOption, span: span, message: message)
  }
}

extension QueryOptions {
  /// The system query options that say anything about rows: all but `$format` and `$schemaversion`.
  fileprivate var shapingSpans: [SystemOption: Span] {
    var spans: [SystemOption: Span] = [:]
    spans[.select] = select?.span
    spans[.expand] = expand?.span
    spans[.filter] = filter?.span
    spans[.orderby] = orderby?.span
    spans[.top] = top?.span
    spans[.skip] = skip?.span
    spans[.count] = count?.span
    spans[.search] = search?.span
    spans[.skiptoken] = skiptoken?.span
    spans[.deltatoken] = deltatoken?.span
    spans[.compute] = compute?.span
    spans[.apply] = apply?.span
    for option in unparsed {
      if let name = SystemOption(rawValue: option.name), name != .schemaversion { spans[name] = option.span }
    }
    return spans
  }
}
