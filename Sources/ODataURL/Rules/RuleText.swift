/// The text given for a rule, in the forms that readers take.
struct RuleText {
  let raw: RawText
  let encoding: TextEncoding

  /// - Throws: `fragment` for a raw number sign in a text that is percent-encoded and of a rule that has none.
  init(_ text: String, encoding: TextEncoding, for form: Rule.Form) throws(SyntaxError) {
    raw = RawText(text, base: 0)
    self.encoding = encoding
    if encoding == .url, !form.hasFragment, let hash = raw.bytes.firstIndex(of: ASCII.hash) {
      throw SyntaxError(
        code: .fragment, span: raw.span(hash..<hash + 1),
        message: "a request has no fragment; write a number sign itself as %23")
    }
  }

  /// The text with something in front that stands for itself in either encoding.
  func behind(_ prefix: String) -> RuleText { RuleText(raw: raw.wrapped(prefix), encoding: encoding) }

  init(raw: RawText, encoding: TextEncoding) {
    self.raw = raw
    self.encoding = encoding
  }

  var whole: Range<Int> { 0..<raw.bytes.count }
  var span: Span { raw.span(whole) }

  /// - Throws: `stray-percent`.
  func decoded(plusAsSpace: Bool) throws(SyntaxError) -> RawText {
    encoding == .url ? try raw.decoded(whole, plusAsSpace: plusAsSpace) : raw
  }

  /// As a URL has it: what would mean something else there is percent-encoded.
  func encoded() -> RawText {
    guard encoding == .decoded else { return raw }
    var bytes: [UInt8] = []
    var positions: [Int32] = []
    for (index, byte) in raw.bytes.enumerated() {
      switch byte {
      case ASCII.percent: bytes += "%25".utf8
      case ASCII.plus: bytes += "%2B".utf8
      case ASCII.hash: bytes += "%23".utf8
      default: bytes.append(byte)
      }
      while positions.count < bytes.count { positions.append(Int32(clamping: index)) }
    }
    positions.append(Int32(clamping: raw.bytes.count))
    return RawText(bytes, base: 0, positions: positions)
  }
}

extension RawText {
  /// The text with something round it that a reader wants to see; errors keep their places.
  func wrapped(_ prefix: String, _ suffix: String = "") -> RawText {
    guard !prefix.isEmpty || !suffix.isEmpty else { return self }
    let start = Int32(clamping: position(0))
    let stop = Int32(clamping: position(bytes.count))
    var places = prefix.utf8.map { _ in start }
    places += bytes.indices.map { Int32(clamping: position($0)) }
    places += suffix.utf8.map { _ in stop }
    return RawText(Array(prefix.utf8) + bytes + suffix.utf8, base: 0, positions: places + [stop])
  }

  /// The bytes in `range`; errors keep their places.
  func slice(_ range: Range<Int>) -> RawText {
    RawText(
      Array(bytes[range]), base: 0,
      positions: (range.lowerBound...range.upperBound).map { Int32(clamping: position($0)) })
  }

  /// The bytes from `index` on.
  func dropping(_ index: Int) -> RawText {
    let bytes = bytes
    return RawText(
      Array(bytes[index...]), base: 0, positions: (index...bytes.count).map { Int32(clamping: position($0)) })
  }
}
