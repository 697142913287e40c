extension SyntaxError: CustomStringConvertible {
  /// One line without any of the client's data: code, place, sentence, hint.
  public var description: String {
    let hint = suggestion.map { "; did you mean `\($0)`?" } ?? ""
    let place = span.start < 0 ? "" : " at byte \(span.start)"
    return "\(code.rawValue)\(place): \(message)\(hint)"
  }

  /// Three lines for a terminal: the target, a caret line below the span, and the message.
  ///
  /// Quotes the client's data, so it belongs into answers to that client and into terminals, not into logs. A long
  /// target is cut to a window round the span; control and format characters are shown as `?`, so that nothing in the
  /// target can act on a terminal.
  /// - Parameter target: the text that ``span`` counts in, as it was sent.
  public func rendered(in target: String) -> String {
    let bytes = Array(target.utf8)
    let place = span.range.clamped(to: 0..<bytes.count)
    // Whole characters, should the span be of another text.
    let start = Self.boundary(in: bytes, near: place.lowerBound)
    let range = start..<max(start, Self.boundary(in: bytes, behind: place.upperBound))
    let margin = 40
    let width = 40
    let from = Self.boundary(in: bytes, near: max(0, range.lowerBound - margin))
    let markedEnd = min(range.upperBound, Self.boundary(in: bytes, behind: range.lowerBound + width))
    let to = Self.boundary(in: bytes, near: min(bytes.count, max(markedEnd, range.lowerBound + 1) + margin))
    let before = Self.visible(bytes[from..<max(from, range.lowerBound)])
    let marked = Self.visible(bytes[range.lowerBound..<max(range.lowerBound, markedEnd)])
    let after = Self.visible(bytes[min(to, max(markedEnd, range.lowerBound))..<to])
    let head = from > 0 ? "…" : ""
    let tail = to < bytes.count ? "…" : ""
    let line = "\(head)\(before)\(marked)\(after)\(tail)"
    let indent = String(repeating: " ", count: Self.columns(of: head) + Self.columns(of: before))
    let carets = String(repeating: "^", count: max(1, Self.columns(of: marked)))
    let hint = suggestion.map { "; did you mean `\($0)`?" } ?? ""
    return "\(line)\n\(indent)\(carets)\n\(code.rawValue): \(message)\(hint)"
  }

  /// `index` moved back to the start of a UTF-8 sequence.
  private static func boundary(in bytes: [UInt8], near index: Int) -> Int {
    var index = index
    while index > 0, index < bytes.count, bytes[index] & 0xC0 == 0x80 { index -= 1 }
    return index
  }

  /// `index` moved on to the end of a UTF-8 sequence.
  private static func boundary(in bytes: [UInt8], behind index: Int) -> Int {
    var index = index
    while index < bytes.count, bytes[index] & 0xC0 == 0x80 { index += 1 }
    return index
  }

  /// Columns that a terminal gives the text: none to combining marks, two to East Asian wide characters and emoji.
  private static func columns(of text: String) -> Int {
    text.unicodeScalars.reduce(0) { columns, scalar in
      switch scalar.properties.generalCategory {
      case .nonspacingMark, .enclosingMark: columns
      default: columns + (isWide(scalar.value) ? 2 : 1)
      }
    }
  }

  /// The blocks that Unicode Standard Annex 11 calls wide, without the single signs outside of them.
  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x115F, 0x2E80...0x303E, 0x3041...0xA4CF, 0xA960...0xA97C, 0xAC00...0xD7A3, 0xF900...0xFAFF,
      0xFE30...0xFE6F, 0xFF00...0xFF60, 0xFFE0...0xFFE6, 0x1F300...0x1F64F, 0x1F680...0x1F6FF, 0x1F900...0x1F9FF,
      0x20000...0x3FFFD:
      true
    default: false
    }
  }

  private static func visible(_ bytes: ArraySlice<UInt8>) -> String {
    var text = ""
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: text.unicodeScalars.append("?")
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }
}
