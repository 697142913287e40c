/// What the reader met. Text comes with it for names and scalars.
@usableFromInline
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
@usableFromInline
package protocol JSONEventHandler {
  /// - Parameter text: the token exactly as it stands in the source (names and strings with quotes and escapes), whole
  ///   even when chunks split it; empty for structure. Valid during the call only.
  /// - Throws: to stop reading; `offset` counts from the beginning of `text`.
  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError)

  /// Takes the name of a member that stands at `bytes`, if the handler knows it from before byte for byte: in place of the
  /// event ``JSONEvent/name``, and without the name being read again.
  /// - Parameter left: bytes that may be looked at.
  /// - Returns: bytes of the name with its quotes and the colon right behind it; 0 when it is to be read.
  mutating func takeKnownName(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int
}

extension JSONEventHandler {
  /// Knows none.
  @inlinable
  package mutating func takeKnownName(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int { 0 }
}
