/// A stretch of the target before percent-decoding, and where its bytes stand in what the client sent.
struct RawText {
  let bytes: [UInt8]
  /// Offset of the first byte, when `positions` is empty.
  let base: Int
  /// Offset of each byte and of the end, for text that was itself obtained by decoding; empty otherwise.
  let positions: [Int32]

  init(_ bytes: [UInt8], base: Int, positions: [Int32] = []) {
    self.bytes = bytes
    self.base = base
    self.positions = positions
  }

  func position(_ index: Int) -> Int { positions.isEmpty ? base + index : Int(positions[index]) }

  func span(_ range: Range<Int>) -> Span { Span(position(range.lowerBound)..<position(range.upperBound)) }

  /// Percent-decodes `range` once, remembering where every byte came from.
  /// - Parameter plusAsSpace: whether a raw `+` stands for a blank.
  /// - Throws: `stray-percent`.
  func decoded(_ range: Range<Int>, plusAsSpace: Bool) throws(SyntaxError) -> RawText {
    var result: [UInt8] = []
    var origin: [Int32] = []
    result.reserveCapacity(range.count)
    origin.reserveCapacity(range.count + 1)
    var index = range.lowerBound
    while index < range.upperBound {
      origin.append(Int32(clamping: position(index)))
      let byte = bytes[index]
      switch byte {
      case ASCII.percent:
        guard index + 2 < range.upperBound, let high = bytes[index + 1].hexValue, let low = bytes[index + 2].hexValue
        else {
          throw SyntaxError(
            code: .strayPercent, span: span(index..<min(index + 3, range.upperBound)),
            message: "a percent sign must be followed by two hexadecimal digits; write a percent sign itself as %25")
        }
        result.append(high << 4 | low)
        index += 3
      case ASCII.plus where plusAsSpace:
        result.append(ASCII.space)
        index += 1
      default:
        result.append(byte)
        index += 1
      }
    }
    origin.append(Int32(clamping: position(range.upperBound)))
    return RawText(result, base: 0, positions: origin)
  }
}

/// Well-formedness of UTF-8 (Unicode Standard, table 3-7): no overlong forms, surrogates or truncated sequences.
enum UTF8Check {
  /// The range of the first ill-formed sequence in `bytes[range]`.
  static func firstError(in bytes: [UInt8], _ range: Range<Int>) -> Range<Int>? {
    var index = range.lowerBound
    while index < range.upperBound {
      let lead = bytes[index]
      if lead < 0x80 {
        index += 1
        continue
      }
      let length: Int
      var second: ClosedRange<UInt8> = 0x80...0xBF
      switch lead {
      case 0xC2...0xDF: length = 2
      case 0xE0: (length, second) = (3, 0xA0...0xBF)
      case 0xED: (length, second) = (3, 0x80...0x9F)
      case 0xE1...0xEF: length = 3
      case 0xF0: (length, second) = (4, 0x90...0xBF)
      case 0xF4: (length, second) = (4, 0x80...0x8F)
      case 0xF1...0xF3: length = 4
      default: return index..<index + 1
      }
      for step in 1..<length {
        guard index + step < range.upperBound else { return index..<range.upperBound }
        let allowed = step == 1 ? second : 0x80...0xBF
        guard allowed.contains(bytes[index + step]) else { return index..<index + step }
      }
      index += length
    }
    return nil
  }
}
