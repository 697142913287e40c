/// Strings between their JSON form and their text.
package enum JSONText {
  /// The text of a string token: quotes removed, escapes replaced; UTF-8.
  /// - Throws: `syntax` for anything that a ``JSONReader`` would not have given.
  package static func decode(_ raw: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> [UInt8] {
    guard raw.count >= 2, raw.first == UInt8(ascii: "\""), raw.last == UInt8(ascii: "\"") else { throw malformed }
    var out: [UInt8] = []
    out.reserveCapacity(raw.count)
    var index = 1
    let end = raw.count - 1
    while index < end {
      let byte = raw[index]
      guard byte == UInt8(ascii: "\\") else {
        out.append(byte)
        index += 1
        continue
      }
      guard index + 1 < end else { throw malformed }
      switch raw[index + 1] {
      case UInt8(ascii: "b"): out.append(0x08)
      case UInt8(ascii: "f"): out.append(0x0C)
      case UInt8(ascii: "n"): out.append(0x0A)
      case UInt8(ascii: "r"): out.append(0x0D)
      case UInt8(ascii: "t"): out.append(0x09)
      case UInt8(ascii: "u"):
        out.append(contentsOf: try scalar(raw, &index, end))
        continue
      case let other: out.append(other)
      }
      index += 2
    }
    return out
  }

  /// Whether a name or string token without escapes spells `text`.
  package static func equals(_ raw: UnsafeBufferPointer<UInt8>, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { utf8 in
      raw.count == utf8.count + 2 && raw[1..<raw.count - 1].elementsEqual(utf8)
    }
  }

  /// A string token of `text`; control characters, quotes and backslashes escaped.
  package static func encode(_ text: some StringProtocol) -> [UInt8] {
    var out: [UInt8] = []
    append(text.utf8, to: &out)
    return out
  }

  /// A string token of well-formed UTF-8.
  package static func encode(utf8: [UInt8]) -> [UInt8] {
    var out: [UInt8] = []
    append(utf8, to: &out)
    return out
  }

  static func append(_ utf8: some Collection<UInt8>, to out: inout [UInt8]) {
    out.reserveCapacity(out.count + utf8.count + 2)
    out.append(UInt8(ascii: "\""))
    for byte in utf8 {
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"): out += [UInt8(ascii: "\\"), byte]
      case 0x0A: out += [UInt8(ascii: "\\"), UInt8(ascii: "n")]
      case 0x0D: out += [UInt8(ascii: "\\"), UInt8(ascii: "r")]
      case 0x09: out += [UInt8(ascii: "\\"), UInt8(ascii: "t")]
      case 0x00..<0x20:
        out += "\\u00".utf8
        out += [hexDigit(byte >> 4), hexDigit(byte & 15)]
      default: out.append(byte)
      }
    }
    out.append(UInt8(ascii: "\""))
  }

  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

  private static let malformed = JSONStreamError(.syntax, at: 0, "This is not a JSON string.")

  /// One `\uXXXX`, or two that are a surrogate pair; moves `index` behind it.
  private static func scalar(
    _ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int
  ) throws(JSONStreamError) -> [UInt8] {
    let first = try unit(raw, &index, end)
    var value = first
    if (0xD800...0xDBFF).contains(first) {
      let second = try unit(raw, &index, end)
      guard (0xDC00...0xDFFF).contains(second) else { throw malformed }
      value = 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }
    guard let scalar = Unicode.Scalar(value) else { throw malformed }
    return Array(UTF8.encode(scalar).map(Array.init) ?? [])
  }

  private static func unit(
    _ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int
  ) throws(JSONStreamError) -> UInt32 {
    guard index + 6 <= end, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u") else { throw malformed }
    var value: UInt32 = 0
    for position in index + 2..<index + 6 {
      guard let digit = hexValue(raw[position]) else { throw malformed }
      value = value << 4 | UInt32(digit)
    }
    index += 6
    return value
  }
}
