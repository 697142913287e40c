/// How far down the call stack may grow.
///
/// The room that a level of nesting takes depends on the construct and on the build, and the stack's size on the thread:
/// counting levels cannot keep a parse within a stack, measuring does. The address of a local is in or next to the frame
/// of whoever asks; stacks grow downwards wherever Swift runs. Nothing is read or written through it.
struct StackLimit {
  /// The lowest address that may be reached.
  private let floor: UInt

  /// - Parameter bytes: room below the caller's frame; below zero counts as none.
  init(bytes: Int) {
    let place = Self.place
    let room = UInt(clamping: bytes)
    floor = place > room ? place - room : 0
  }

  /// Whether the frame of the caller lies deeper than the limit.
  var isExceeded: Bool { @inline(__always) get { Self.place < floor } }

  private static var place: UInt {
    @inline(__always) get {
      var local: UInt8 = 0
      return withUnsafeMutablePointer(to: &local) { UInt(bitPattern: $0) }
    }
  }
}
