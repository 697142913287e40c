/// A line of an access log in the combined format: `host - user [time] "METHOD target HTTP/1.1" status …`.
struct CombinedLogEntry {
  var method: String
  var target: String
  var time: LogInstant?
  var status: Int?

  /// `nil` for lines of another form.
  init?(_ line: ArraySlice<UInt8>) {
    let quote = UInt8(ascii: "\"")
    guard let open = line.firstIndex(of: quote) else { return nil }
    var request: [UInt8] = []
    var index = open + 1
    while index < line.endIndex, line[index] != quote {
      if line[index] == UInt8(ascii: "\\"), index + 1 < line.endIndex {
        index = CombinedLogEntry.unescape(line, at: index + 1, into: &request)
      } else {
        request.append(line[index])
        index += 1
      }
    }
    guard index < line.endIndex else { return nil }
    let words = request.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
    guard words.count >= 3, let version = words.last, version.starts(with: "HTTP/".utf8), let first = words.first,
      !first.isEmpty, first.allSatisfy({ $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }),
      let method = String(validating: first, as: UTF8.self),
      // Blanks that a client sent raw belong to the target.
      let target = String(validating: request[(first.endIndex + 1)..<(version.startIndex - 1)], as: UTF8.self)
    else { return nil }
    self.method = method
    self.target = target
    if let from = line[..<open].firstIndex(of: UInt8(ascii: "[")),
      let to = line[from..<open].firstIndex(of: UInt8(ascii: "]"))
    {
      time = LogInstant(String(decoding: line[(from + 1)..<to], as: UTF8.self))
    }
    let rest = line[(index + 1)...].drop { $0 == 0x20 }
    status = Int(String(decoding: rest.prefix { $0 >= 0x30 && $0 <= 0x39 }.prefix(3), as: UTF8.self))
  }

  /// What stands behind a backslash: `\x22` as nginx and Apache write bytes, or the byte itself.
  /// - Returns: where the line goes on.
  private static func unescape(_ line: ArraySlice<UInt8>, at index: Int, into bytes: inout [UInt8]) -> Int {
    if line[index] == UInt8(ascii: "x"), index + 2 < line.endIndex,
      let byte = UInt8(String(decoding: line[(index + 1)...(index + 2)], as: UTF8.self), radix: 16)
    {
      bytes.append(byte)
      return index + 3
    }
    bytes.append(line[index])
    return index + 1
  }
}
