/// Writes literals in canonical form.
enum LiteralPrinter {
  static func print(_ literal: Literal, to output: inout Output) {
    switch literal {
    case .null: output.syntax("null")
    case .boolean(let value): output.syntax(value ? "true" : "false")
    case .string(let text): quoted(text, to: &output)
    case .integer(let value): output.text(String(value))
    case .decimal(let text), .double(let text): output.text(text)
    case .guid(let guid): print(guid, to: &output)
    case .date(let date): print(date, to: &output)
    case .dateTimeOffset(let instant): print(instant, to: &output)
    case .timeOfDay(let time): print(time, to: &output)
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
  static func quoted(_ text: String, to output: inout Output) {
    output.quote()
    if text.utf8.withContiguousStorageIfAvailable({ quoted($0, to: &output) }) == nil {
      Array(text.utf8).withUnsafeBufferPointer { quoted($0, to: &output) }
    }
    output.quote()
  }

  private static func quoted(_ bytes: UnsafeBufferPointer<UInt8>, to output: inout Output) {
    let view = Bytes(bytes)
    var start = 0
    while let quote = view.first(ASCII.quote, in: start..<bytes.count) {
      output.text(UnsafeBufferPointer(rebasing: bytes[start..<quote]))
      output.syntax("''")
      start = quote + 1
    }
    output.text(UnsafeBufferPointer(rebasing: bytes[start...]))
  }

  /// Text in double quotes with the escapes of JSON.
  static func printJSON(_ text: String, to output: inout Output) {
    output.syntax("\"")
    var text = text
    text.withUTF8 { bytes in
      if Bytes(bytes).isPlainJSON { return output.text(bytes) }
      var start = 0
      for index in 0..<bytes.count {
        let byte = bytes[index]
        guard byte.isControl || byte == ASCII.doubleQuote || byte == ASCII.backslash else { continue }
        output.text(UnsafeBufferPointer(rebasing: bytes[start..<index]))
        escape(byte, to: &output)
        start = index + 1
      }
      output.text(UnsafeBufferPointer(rebasing: bytes[start...]))
    }
    output.syntax("\"")
  }

  private static func escape(_ byte: UInt8, to output: inout Output) {
    switch byte {
    case ASCII.doubleQuote: output.syntax("\\\"")
    case ASCII.backslash: output.syntax("\\\\")
    case ASCII.lineFeed: output.syntax("\\n")
    case ASCII.carriageReturn: output.syntax("\\r")
    case ASCII.tab: output.syntax("\\t")
    default:
      output.syntax("\\u00")
      output.text(byte: hex(byte >> 4))
      output.text(byte: hex(byte & 0xF))
    }
  }

  static func print(_ guid: GUID, to output: inout Output) {
    for (half, hyphens) in [(guid.high, UInt64(0x0000_0000_8000_8000)), (guid.low, UInt64(0x8000_8000_0000_0000))] {
      for shift in stride(from: UInt64(60), through: 0, by: -4) {
        if hyphens >> (shift + 3) & 1 == 1 { output.text(byte: ASCII.minus) }
        output.text(byte: hex(UInt8(truncatingIfNeeded: half >> shift) & 0xF))
      }
    }
  }

  static func print(_ date: CalendarDate, to output: inout Output) {
    if date.year < 0 { output.text(byte: ASCII.minus) }
    output.digits(UInt64(date.year.magnitude), width: 4)
    output.text(byte: ASCII.minus)
    output.digits(UInt64(date.month), width: 2)
    output.text(byte: ASCII.minus)
    output.digits(UInt64(date.day), width: 2)
  }

  static func print(_ time: TimeOfDay, to output: inout Output) {
    output.digits(UInt64(time.hour), width: 2)
    output.text(byte: ASCII.colon)
    output.digits(UInt64(time.minute), width: 2)
    output.text(byte: ASCII.colon)
    output.digits(UInt64(time.second), width: 2)
    guard time.picoseconds > 0 else { return }
    var (fraction, width) = (time.picoseconds, 12)
    while fraction % 10 == 0 {
      fraction /= 10
      width -= 1
    }
    output.text(byte: ASCII.dot)
    output.digits(fraction, width: width)
  }

  static func print(_ instant: DateTimeOffset, to output: inout Output) {
    print(instant.date, to: &output)
    output.text(byte: UInt8(ascii: "T"))
    print(instant.time, to: &output)
    guard instant.offsetMinutes != 0 else { return output.text(byte: UInt8(ascii: "Z")) }
    let minutes = UInt64(instant.offsetMinutes.magnitude)
    output.text(byte: instant.offsetMinutes < 0 ? ASCII.minus : ASCII.plus)
    output.digits(minutes / 60, width: 2)
    output.text(byte: ASCII.colon)
    output.digits(minutes % 60, width: 2)
  }

  /// What `print` writes, for people.
  static func plain(_ print: (inout Output) -> Void) -> String {
    var output = Output(isEncoded: false)
    print(&output)
    return output.string
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
