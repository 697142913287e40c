/// Strings between their JSON form and their text.
package enum JSONText {
  /// The text of a string token: quotes removed, escapes replaced; UTF-8.
  /// - Throws: `syntax` for anything that no ``JSONReader`` would have given.
  package static func decode(_ raw: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> [UInt8] {
    guard let inner = inside(raw) else { throw malformed(0) }
    guard inner.contains(UInt8(ascii: "\\")) else { return Array(inner) }
    var out: [UInt8] = []
    let count = try decode(raw, into: &out)
    out.removeLast(out.count - count)
    return out
  }

  /// ``decode(_:)`` into room that is used again for the next token.
  /// - Parameter room: grows as needed; its first bytes become the text.
  /// - Returns: bytes of the text.
  /// - Throws: as ``decode(_:)``.
  package static func decode(
    _ raw: UnsafeBufferPointer<UInt8>, into room: inout [UInt8]
  ) throws(JSONStreamError) -> Int {
    guard let inner = inside(raw), let source = raw.baseAddress else { throw malformed(0) }
    // Text is never longer than its token.
    if room.count < inner.count { room.append(contentsOf: repeatElement(0, count: inner.count - room.count)) }
    return try room.withUnsafeMutableBufferPointer { (room) throws(JSONStreamError) in
      guard let target = room.baseAddress else { return 0 }
      let end = inner.endIndex
      var index = inner.startIndex
      var count = 0
      // `count <= index - 1` at all times, because no escape is shorter than what it stands for: what is written lies in
      // the room, which has as many bytes as lie between the quotes. What is read lies before `end`, since each step is
      // behind a check that so much is left.
      while index < end {
        let run = TokenScanner.escapeDistance(source + index, end - index)
        (target + count).update(from: source + index, count: run)
        count += run
        index += run
        guard index < end else { break }
        let value = try escape(raw, &index, end)
        if value < 0x80 {
          target[count] = UInt8(truncatingIfNeeded: value)
          count += 1
        } else {
          guard let scalar = Unicode.Scalar(value), let utf8 = UTF8.encode(scalar) else { throw malformed(index) }
          for byte in utf8 {
            target[count] = byte
            count += 1
          }
        }
      }
      return count
    }
  }

  /// ``decode(_:)`` as a string.
  /// - Throws: as ``decode(_:)``.
  package static func decodeString(_ raw: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> String {
    guard let inner = inside(raw) else { throw malformed(0) }
    // Most names and values have no escapes, and then no array is needed between token and string.
    guard inner.contains(UInt8(ascii: "\\")) else {
      return String(decoding: UnsafeBufferPointer(rebasing: inner), as: UTF8.self)
    }
    return String(decoding: try decode(raw), as: UTF8.self)
  }

  /// Whether a name or string token spells `text`, byte for byte of its UTF-8; `\u0061` spells `a`.
  package static func equals(_ raw: UnsafeBufferPointer<UInt8>, _ text: String) -> Bool {
    var text = text
    return text.withUTF8 { utf8 in
      // An escape is never shorter than what it stands for.
      guard let inner = inside(raw), inner.count >= utf8.count else { return false }
      if inner.count == utf8.count, inner.elementsEqual(utf8) { return !utf8.contains(UInt8(ascii: "\\")) }
      guard inner.contains(UInt8(ascii: "\\")) else { return false }
      do throws(JSONStreamError) {
        return try decode(raw).elementsEqual(utf8)
      } catch {
        // Not a string token, so it spells nothing.
        return false
      }
    }
  }

  /// A string token of `text`; control characters, quotes and backslashes escaped, all else as it is.
  package static func encode(_ text: String) -> [UInt8] {
    var out: [UInt8] = []
    append(text, to: &out)
    return out
  }

  /// ``encode(_:)``, behind what is there.
  package static func append(_ text: String, to out: inout [UInt8]) {
    var text = text
    text.withUTF8 { utf8 in
      out.append(UInt8(ascii: "\""))
      var index = 0
      while index < utf8.count {
        let start = index
        while index < utf8.count, !needsEscape(utf8[index]) { index += 1 }
        out.append(contentsOf: utf8[start..<index])
        guard index < utf8.count else { break }
        appendEscaped(utf8[index], to: &out)
        index += 1
      }
      out.append(UInt8(ascii: "\""))
    }
  }

  @inline(__always)
  static func hexValue(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x41 + 10
    case 0x61...0x66: byte - 0x61 + 10
    default: nil
    }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private static func appendEscaped(_ byte: UInt8, to out: inout [UInt8]) {
    out.append(UInt8(ascii: "\\"))
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"): out.append(byte)
    case 0x08: out.append(UInt8(ascii: "b"))
    case 0x09: out.append(UInt8(ascii: "t"))
    case 0x0A: out.append(UInt8(ascii: "n"))
    case 0x0C: out.append(UInt8(ascii: "f"))
    case 0x0D: out.append(UInt8(ascii: "r"))
    default:
      out.append(contentsOf: "u00".utf8)
      out.append(hexDigit(byte >> 4))
      out.append(hexDigit(byte & 15))
    }
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }

  /// What lies between the quotes; `nil` when they are not there.
  private static func inside(_ raw: UnsafeBufferPointer<UInt8>) -> Slice<UnsafeBufferPointer<UInt8>>? {
    guard raw.count >= 2, raw.first == UInt8(ascii: "\""), raw.last == UInt8(ascii: "\"") else { return nil }
    return raw[1..<raw.count - 1]
  }

  private static func malformed(_ offset: Int) -> JSONStreamError {
    JSONStreamError(.syntax, at: offset, "This is no JSON string.")
  }

  /// What the escape at `index` stands for; moves `index` behind it.
  private static func escape(
    _ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int
  ) throws(JSONStreamError) -> UInt32 {
    guard index + 1 < end else { throw malformed(index) }
    let value: UInt32
    switch raw[index + 1] {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): value = UInt32(raw[index + 1])
    case UInt8(ascii: "b"): value = 0x08
    case UInt8(ascii: "f"): value = 0x0C
    case UInt8(ascii: "n"): value = 0x0A
    case UInt8(ascii: "r"): value = 0x0D
    case UInt8(ascii: "t"): value = 0x09
    case UInt8(ascii: "u"):
      let start = index
      let high = try unit(raw, &index, end)
      guard (0xD800...0xDFFF).contains(high) else { return high }
      guard high < 0xDC00 else { throw malformed(start) }
      let low = try unit(raw, &index, end)
      guard (0xDC00...0xDFFF).contains(low) else { throw malformed(start) }
      return 0x10000 + (high - 0xD800) << 10 + (low - 0xDC00)
    default: throw malformed(index)
    }
    index += 2
    return value
  }

  /// The UTF-16 code unit that is escaped at `index` (RFC 8259, section 7); moves `index` behind it.
  private static func unit(
    _ raw: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ end: Int
  ) throws(JSONStreamError) -> UInt32 {
    guard index + 6 <= end, raw[index] == UInt8(ascii: "\\"), raw[index + 1] == UInt8(ascii: "u") else {
      throw malformed(index)
    }
    var value: UInt32 = 0
    for position in index + 2..<index + 6 {
      guard let digit = hexValue(raw[position]) else { throw malformed(position) }
      value = value << 4 | UInt32(digit)
    }
    index += 6
    return value
  }
}
