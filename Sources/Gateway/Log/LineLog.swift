import Dispatch
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// JSON lines on their way to a file, written by a queue of their own.
///
/// Lines wait in memory while the destination is slow; beyond ``limit`` bytes they are dropped and counted, and the
/// count is logged, so that a stuck log neither stops the gateway nor fills its memory.
final class LineLog: Sendable {
  /// Bytes that may wait to be written.
  static let limit = 4 << 20

  private struct State {
    var waiting: [UInt8] = []
    /// Since the last line that said so.
    var dropped = 0
    var droppedInAll = 0
    var isScheduled = false
    var clock = LogTimeCache()
  }

  private let state = Mutex(State())
  private let queue: DispatchQueue
  private let descriptor: Int32
  private let name: StaticString

  /// - Parameters:
  ///   - name: stands in the event that tells of dropped lines, `<name>-log-dropped`.
  ///   - descriptor: written to and never closed.
  init(name: StaticString, descriptor: Int32) {
    self.name = name
    self.descriptor = descriptor
    queue = DispatchQueue(label: "sluice.\(name)-log")
  }

  /// Lines that were never written.
  var droppedLines: Int { state.withLock { $0.droppedInAll } }

  /// Adds a line that begins with a time and the id of a request.
  /// - Parameters:
  ///   - time: Unix time, milliseconds.
  ///   - rest: appends the other members, each behind its comma, and nothing else; it must not use this log.
  func record(time: Int64, id: String, _ rest: (inout [UInt8]) -> Void) {
    let schedule = state.withLock { state in
      guard state.waiting.count < LineLog.limit else {
        state.dropped += 1
        state.droppedInAll += 1
        return false
      }
      state.waiting.append(contentsOf: LineLog.start)
      state.clock.append(time, to: &state.waiting)
      state.waiting.append(contentsOf: LineLog.beforeID)
      state.waiting.append(contentsOf: id.utf8)
      state.waiting.append(UInt8(ascii: "\""))
      rest(&state.waiting)
      state.waiting.append(contentsOf: LineLog.end)
      defer { state.isScheduled = true }
      return !state.isScheduled
    }
    if schedule { queue.async { self.write() } }
  }

  private static let start = Array("{\"time\":\"".utf8)
  private static let beforeID = Array("\",\"id\":\"".utf8)
  private static let end = Array("}\n".utf8)

  /// Writes what waits; returns when it is written.
  func flush() { queue.sync { write() } }

  private func write() {
    let (bytes, dropped) = state.withLock { state in
      defer {
        state.waiting = []
        state.dropped = 0
        state.isScheduled = false
      }
      return (state.waiting, state.dropped)
    }
    let unwritten = writeAll(bytes)
    if unwritten > 0 { state.withLock { $0.droppedInAll += unwritten } }
    if dropped > 0 { _ = writeAll(Array("{\"event\":\"\(name)-log-dropped\",\"lines\":\(dropped)}\n".utf8)) }
  }

  /// - Returns: how many lines are not written, because the destination is gone or full: there is nobody to tell but the
  ///   log itself, and whoever reads the counter.
  private func writeAll(_ bytes: [UInt8]) -> Int {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          return rest.count { $0 == UInt8(ascii: "\n") }
        }
        rest = rest.dropFirst(count)
      }
      return 0
    }
  }
}

/// Writes members of JSON objects without making a string of them.
enum JSONMember {
  /// Appends `,"name":"value"`, or nothing for `nil`; at most 200 bytes of the value. Control characters, quotes and
  /// backslashes, which none of our names has, become `_`.
  static func append(_ name: StaticString, _ value: String?, to bytes: inout [UInt8]) {
    guard let value else { return }
    bytes.append(UInt8(ascii: ","))
    text("\(name)", to: &bytes)
    bytes.append(UInt8(ascii: ":"))
    text(value, to: &bytes)
  }

  /// Appends `,"name":[…]`, or nothing for an empty list.
  static func append(_ name: StaticString, _ values: [String], to bytes: inout [UInt8]) {
    append(name, values, to: &bytes) { text($0, to: &$1) }
  }

  /// Appends `,"name":[…]`, or nothing for an empty list.
  static func append<Value>(
    _ name: StaticString, _ values: [Value], to bytes: inout [UInt8], _ item: (Value, inout [UInt8]) -> Void
  ) {
    guard !values.isEmpty else { return }
    bytes.append(contentsOf: ",\"\(name)\":[".utf8)
    for (index, value) in values.enumerated() {
      if index > 0 { bytes.append(UInt8(ascii: ",")) }
      item(value, &bytes)
    }
    bytes.append(UInt8(ascii: "]"))
  }

  /// Appends a string in its quotes, as ``append(_:_:to:)`` does.
  static func text(_ value: String, to bytes: inout [UInt8]) {
    bytes.append(UInt8(ascii: "\""))
    var utf8 = value.utf8.prefix(200)
    // No half a character.
    while utf8.endIndex < value.endIndex, value.utf8[utf8.endIndex] & 0xC0 == 0x80 { utf8.removeLast() }
    for byte in utf8 {
      bytes.append(byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? UInt8(ascii: "_") : byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}
