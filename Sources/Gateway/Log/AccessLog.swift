import Planning

/// One JSON line a request. Never a target, a literal or a key: table and rule names only.
struct AccessLog: Sendable {
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

  /// `nil` logs nothing.
  var lines: LineLog?

  func record(_ entry: Entry) {
    lines?.record(time: entry.time, id: entry.id) { bytes in
      JSONMember.append("caller", entry.caller, to: &bytes)
      JSONMember.append("method", entry.method, to: &bytes)
      JSONMember.append("dialect", entry.dialect.rawValue, to: &bytes)
      JSONMember.append("table", entry.table, to: &bytes)
      JSONMember.append("rule", entry.rule, to: &bytes)
      JSONMember.append("cache", entry.cache, to: &bytes)
      bytes.append(contentsOf: ",\"status\":\(entry.status),\"bytes\":\(entry.bytes),\"ms\":\(entry.milliseconds)".utf8)
    }
  }
}
