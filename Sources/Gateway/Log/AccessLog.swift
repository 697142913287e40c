import Dispatch
import Planning
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// One JSON line a request, written by a queue of its own. Never a target, a literal or a key: table and rule names only.
///
/// Lines wait in memory while the destination is slow; beyond ``limit`` bytes they are dropped and counted, and the
/// count is logged, so that a stuck log neither stops the gateway nor fills its memory.
final class AccessLog: Sendable {
  struct Entry: Sendable {
    /// Unix time, milliseconds.
    var time: Int64
    var id: String
    var caller: String?
    var method: String
    var dialect: Dialect
    var table: String?
    /// The rule that allowed or refused.
    var rule: String
    var status: Int
    /// Sent to the client, header section included.
    var bytes: Int
    var cache: String
    var milliseconds: Int64
  }

  /// Bytes that may wait to be written.
  static let limit = 4 << 20

  private struct State {
    var waiting: [UInt8] = []
    var dropped = 0
    var scheduled = false
  }

  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "sluice.access-log")
  private let descriptor: Int32

  /// - Parameter descriptor: written to and never closed; negative to log nothing.
  init(descriptor: Int32) { self.descriptor = descriptor }

  func record(_ entry: Entry) {
    guard descriptor >= 0 else { return }
    let schedule = state.withLock { state in
      if state.waiting.count < AccessLog.limit {
        AccessLog.append(entry, to: &state.waiting)
      } else {
        state.dropped += 1
      }
      defer { state.scheduled = true }
      return !state.scheduled
    }
    if schedule { queue.async { self.write() } }
  }

  /// Writes what waits; returns when it is written.
  func flush() { queue.sync { write() } }

  private func write() {
    let (bytes, dropped) = state.withLock { state in
      defer { state = State() }
      return (state.waiting, state.dropped)
    }
    writeAll(bytes)
    if dropped > 0 { writeAll(Array("{\"event\":\"access-log-dropped\",\"lines\":\(dropped)}\n".utf8)) }
  }

  private func writeAll(_ bytes: [UInt8]) {
    bytes.withUnsafeBytes { buffer in
      var rest = buffer[...]
      while !rest.isEmpty {
        let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
        if count < 0 {
          if errno == EINTR { continue }
          // The log's destination is gone or full: nobody to tell but the log itself.
          return
        }
        rest = rest.dropFirst(count)
      }
    }
  }

  private static func append(_ entry: Entry, to bytes: inout [UInt8]) {
    bytes.append(contentsOf: "{\"time\":\"\(LogTime.format(entry.time))\",\"id\":\"\(entry.id)\"".utf8)
    append("caller", entry.caller, to: &bytes)
    append("method", entry.method, to: &bytes)
    append("dialect", entry.dialect.rawValue, to: &bytes)
    append("table", entry.table, to: &bytes)
    append("rule", entry.rule, to: &bytes)
    append("cache", entry.cache, to: &bytes)
    bytes.append(
      contentsOf: ",\"status\":\(entry.status),\"bytes\":\(entry.bytes),\"ms\":\(entry.milliseconds)}\n".utf8)
  }

  /// Appends a string member; control characters and quotes, which none of our names has, become `_`.
  private static func append(_ name: StaticString, _ value: String?, to bytes: inout [UInt8]) {
    guard let value else { return }
    bytes.append(contentsOf: ",\"\(name)\":\"".utf8)
    for byte in value.utf8.prefix(200) {
      bytes.append(byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") ? UInt8(ascii: "_") : byte)
    }
    bytes.append(UInt8(ascii: "\""))
  }
}

extension Slice where Base == UnsafeRawBufferPointer {
  fileprivate var baseAddress: UnsafeRawPointer? { UnsafeRawBufferPointer(rebasing: self).baseAddress }
}
