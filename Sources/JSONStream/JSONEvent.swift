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
}
