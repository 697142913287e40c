import JSONStream

/// A line of a log that is a JSON object: its `target` or `url`, and `method`, `time`, `status` and
/// `shape` where they are there.
struct JSONRecord: JSONEventHandler {
  private enum Member { case target, method, time, status, shape, other }

  private(set) var target: String?
  private(set) var method: String?
  private(set) var time: LogInstant?
  private(set) var status: Int?
  /// Of a decision: the hash of the query's shape.
  private(set) var shape: String?
  private var depth = 0
  private var member = Member.other

  /// `nil` when the line is no JSON object.
  init?(_ line: ArraySlice<UInt8>) {
    var record = JSONRecord()
    var reader = JSONReader(limits: JSONLimits(depth: 32, tokenBytes: LineSplitter.limit))
    do throws(JSONStreamError) {
      try reader.read(Array(line), into: &record)
      try reader.finish(into: &record)
    } catch {
      return nil
    }
    self = record
  }

  private init() {}

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch event {
    case .beginObject, .beginArray: depth += 1
    case .endObject, .endArray: depth -= 1
    case .name: if depth == 1 { name(text) }
    case .string: if depth == 1 { try string(try JSONText.decodeString(text)) }
    case .number:
      if depth == 1, member == .status { status = Int(String(decoding: text, as: UTF8.self)) }
    case .bool, .null: return
    }
  }

  private mutating func name(_ text: UnsafeBufferPointer<UInt8>) {
    if JSONText.equals(text, "target") || JSONText.equals(text, "url") {
      member = .target
    } else if JSONText.equals(text, "method") {
      member = .method
    } else if JSONText.equals(text, "time") {
      member = .time
    } else if JSONText.equals(text, "status") {
      member = .status
    } else if JSONText.equals(text, "shape") {
      member = .shape
    } else {
      member = .other
    }
  }

  private mutating func string(_ text: String) throws(JSONStreamError) {
    switch member {
    case .target: if target == nil { target = text }
    case .method: method = text
    case .time: time = LogInstant(text)
    case .status: status = Int(text)
    case .shape: shape = text
    case .other: return
    }
  }
}
