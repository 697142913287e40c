/// Why a document is not read further.
@usableFromInline
package struct JSONStreamError: Error, Sendable, Hashable, CustomStringConvertible {
  @usableFromInline
  package enum Code: String, Sendable, CaseIterable {
    /// Not JSON (RFC 8259).
    case syntax
    /// Ill-formed UTF-8, or an escaped surrogate without its partner.
    case encoding
    /// Over one of the ``JSONLimits``.
    case depth, tokenTooLong, documentTooLong
    /// The document ended before it was whole.
    case truncated
    /// JSON, but not of the form its handler takes.
    case unexpected
  }

  @usableFromInline package var code: Code
  /// Bytes from the beginning of the document to the first byte that is wrong. What a handler throws counts from the
  /// token it was given; the reader adds the token's own place.
  @usableFromInline package var offset: Int
  /// One sentence without any of the document's text.
  @usableFromInline package var message: String

  @usableFromInline
  package init(_ code: Code, at offset: Int, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }

  @usableFromInline package var description: String { "\(code.rawValue) at byte \(offset): \(message)" }
}
