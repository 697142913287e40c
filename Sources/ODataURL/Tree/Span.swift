/// A half-open range of byte offsets in the request target as the client sent it (before percent-decoding).
///
/// Nodes that were built rather than parsed carry ``none``.
public struct Span: Hashable, Sendable {
  /// Offset of the first byte.
  public var start: Int32
  /// Offset after the last byte.
  public var end: Int32

  /// A span from its ends, which are not checked.
  public init(start: Int32, end: Int32) {
    self.start = start
    self.end = end
  }

  /// A span from a range of byte offsets; what does not fit 32 bits is cut to it.
  public init(_ range: Range<Int>) {
    self.init(start: Int32(clamping: range.lowerBound), end: Int32(clamping: range.upperBound))
  }

  /// The span of a node that no source text stands for.
  public static let none = Span(start: -1, end: -1)

  /// The offsets as an `Int` range; empty for ``none``.
  public var range: Range<Int> { start < 0 ? 0..<0 : Int(start)..<Int(max(start, end)) }
}

/// A value and where it stood; equality and hash look at the value alone.
public struct Spanned<Value: Hashable & Sendable>: Hashable, Sendable {
  /// The value itself.
  public var value: Value
  /// Where it stood in the source.
  public var span: Span

  /// A value; without a span when it is built rather than read.
  public init(_ value: Value, span: Span = .none) {
    self.value = value
    self.span = span
  }

  /// The same value, wherever it stood.
  public static func == (left: Self, right: Self) -> Bool { left.value == right.value }
  public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
