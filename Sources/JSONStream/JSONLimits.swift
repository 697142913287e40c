/// What one document may cost. A limit of n lets n pass and refuses n + 1, wherever chunks are split.
@usableFromInline
package struct JSONLimits: Sendable, Hashable {
  /// Levels of nesting.
  @usableFromInline package var depth: Int
  /// Bytes of one token as it stands in the source, quotes and escapes included; also what is kept of a split token.
  @usableFromInline package var tokenBytes: Int
  /// Bytes of the document, white space included.
  @usableFromInline package var documentBytes: Int

  package init(depth: Int = 32, tokenBytes: Int = 8 << 20, documentBytes: Int = 1 << 30) {
    self.depth = depth
    self.tokenBytes = tokenBytes
    self.documentBytes = documentBytes
  }
}
