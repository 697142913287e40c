/// Writes literals in canonical form.
enum LiteralPrinter {
  static func print(_ literal: Literal, to output: inout Output) {
    switch literal {
    case .null: output.syntax("null")
    case .boolean(let value): output.syntax(value ? "true" : "false")
    case .string(let text): quoted(text, to: &output)
    case .integer(let value): output.text(String(value))
    case .decimal(let text), .double(let text): output.text(text)
    case .guid(let guid): output.text(text(guid))
    case .date(let date): output.text(text(date))
    case .dateTimeOffset(let instant): output.text(text(instant))
    case .timeOfDay(let time): output.text(text(time))
    case .duration(let text):
      output.syntax("duration")
      quoted(text, to: &output)
    case .binary(let bytes):
      output.syntax("binary'")
      output.text(base64URL(bytes))
      output.syntax("'")
    case .geo(let kind, let text):
      output.text(kind.rawValue)
      quoted(text, to: &output)
    case .enumeration(let type, let value):
      output.text(type)
      quoted(value, to: &output)
    }
  }

  /// Text in single quotes, quotes inside doubled.
  private static func quoted(_ text: String, to output: inout Output) {
    output.syntax("'")
    for part in text.utf8.split(separator: ASCII.quote, omittingEmptySubsequences: false).enumerated() {
      if part.offset > 0 { output.syntax("''") }
      output.text(part.element)
    }
    output.syntax("'")
  }

  /// Text in double quotes with the escapes of JSON.
  static func printJSON(_ text: String, to output: inout Output) {
    output.syntax("\"")
    for byte in text.utf8 {
      switch byte {
      case ASCII.doubleQuote: output.syntax("\\\"")
      case ASCII.backslash: output.syntax("\\\\")
      case ASCII.lineFeed: output.syntax("\\n")
      case ASCII.carriageReturn: output.syntax("\\r")
      case ASCII.tab: output.syntax("\\t")
      case _ where byte.isControl:
        output.syntax("\\u00")
        output.text([hex(byte >> 4), hex(byte & 0xF)])
      default: output.text(CollectionOfOne(byte))
      }
    }
    output.syntax("\"")
  }

  static func text(_ guid: GUID) -> String {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(36)
    for half in [guid.high, guid.low] {
      for shift in stride(from: 60, through: 0, by: -4) {
        if [8, 13, 18, 23].contains(bytes.count) { bytes.append(ASCII.minus) }
        bytes.append(hex(UInt8(truncatingIfNeeded: half >> UInt64(shift)) & 0xF))
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func text(_ date: CalendarDate) -> String {
    let year = padded(Int(date.year.magnitude), to: 4)
    return "\(date.year < 0 ? "-" : "")\(year)-\(padded(Int(date.month), to: 2))-\(padded(Int(date.day), to: 2))"
  }

  static func text(_ time: TimeOfDay) -> String {
    var text = [time.hour, time.minute, time.second].map { padded(Int($0), to: 2) }.joined(separator: ":")
    if time.picoseconds > 0 {
      var fraction = Substring(padded(Int(time.picoseconds), to: 12))
      while fraction.last == "0" { fraction.removeLast() }
      text += "." + fraction
    }
    return text
  }

  static func text(_ instant: DateTimeOffset) -> String {
    let stem = text(instant.date) + "T" + text(instant.time)
    guard instant.offsetMinutes != 0 else { return stem + "Z" }
    let minutes = Int(instant.offsetMinutes.magnitude)
    let sign = instant.offsetMinutes < 0 ? "-" : "+"
    return "\(stem)\(sign)\(padded(minutes / 60, to: 2)):\(padded(minutes % 60, to: 2))"
  }

  private static func padded(_ value: Int, to width: Int) -> String {
    let digits = String(value)
    return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
  }

  private static func hex(_ nibble: UInt8) -> UInt8 { nibble < 10 ? 0x30 + nibble : 0x57 + nibble }

  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  /// Base64url with padding.
  static func base64URL(_ bytes: [UInt8]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity((bytes.count + 2) / 3 * 4)
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let group = bytes[start..<min(start + 3, bytes.count)]
      let bits = group.reduce(UInt32(0)) { $0 << 8 | UInt32($1) } << UInt32(8 * (3 - group.count))
      for index in 0..<4 {
        result.append(
          index <= group.count ? alphabet[Int(bits >> UInt32(18 - 6 * index) & 0x3F)] : ASCII.equals)
      }
    }
    return result
  }
}
