/// What the reader met. Text comes with it for names and scalars.
package enum JSONEvent: Sendable, Hashable {
  case beginObject, endObject, beginArray, endArray
  /// The name of a member.
  case name
  case string, number
  /// `true` or `false`.
  case bool
  case null
}

/// Takes the events of a ``JSONReader`` in document order.
package protocol JSONEventHandler {
  /// - Parameter text: the token exactly as it stands in the source (names and strings with quotes and escapes), whole
  ///   even when chunks split it; empty for structure. Valid during the call only.
  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError)
}

/// What one document may cost.
package struct JSONLimits: Sendable, Hashable {
  /// Levels of nesting.
  package var depth: Int
  /// Bytes of one token.
  package var tokenBytes: Int
  /// Bytes of the document.
  package var documentBytes: Int

  package init(depth: Int = 32, tokenBytes: Int = 8 << 20, documentBytes: Int = 1 << 30) {
    self.depth = depth
    self.tokenBytes = tokenBytes
    self.documentBytes = documentBytes
  }
}

/// Why a document is not read further.
package struct JSONStreamError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    /// Not JSON (RFC 8259).
    case syntax
    /// Ill-formed UTF-8, or an escaped surrogate without its partner.
    case encoding
    case depth, tokenTooLong, documentTooLong
    /// The document ended before it was whole.
    case truncated
    /// JSON, but not of the form its handler takes.
    case unexpected
  }

  package var code: Code
  /// Bytes from the beginning of the document.
  package var offset: Int
  /// One sentence without any of the document's text.
  package var message: String

  package init(_ code: Code, at offset: Int, _ message: String) {
    self.code = code
    self.offset = offset
    self.message = message
  }

  package var description: String { "\(code.rawValue) at byte \(offset): \(message)" }
}
