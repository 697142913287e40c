/// Bytes that neither change nor move, lent as they are: for what is written again and again while something else is being
/// changed, where an array would be retained and released each time.
///
/// Unchecked and with an unsafe pointer, since that is what lends memory without counting references. The invariant: it is
/// filled in ``init(_:)`` and freed in `deinit`, and nothing writes to it between.
package final class FixedBytes: @unchecked Sendable {
  private let bytes: UnsafeBufferPointer<UInt8>

  package init(_ bytes: [UInt8]) {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes.count)
    _ = copy.initialize(from: bytes)
    self.bytes = UnsafeBufferPointer(copy)
  }

  deinit { bytes.deallocate() }

  /// Some of the bytes; valid as long as this object is held.
  package subscript(range: Range<Int>) -> UnsafeBufferPointer<UInt8> { UnsafeBufferPointer(rebasing: bytes[range]) }
}
