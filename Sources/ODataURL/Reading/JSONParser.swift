/// JSON arrays and objects as arguments (ABNF `arrayOrObject`); items may also be OData expressions.
extension Reader {
  @inline(never)
  mutating func jsonArray() throws(SyntaxError) -> NodeID {
    let start = at
    try openBracket()
    var items: [NodeID] = []
    if byte != ASCII.closeBracket {
      repeat {
        skipBlanks()
        try checkList(items.count)
        items.append(try jsonItem())
        skipBlanks()
      } while take(ASCII.comma)
    }
    guard take(ASCII.closeBracket) else { throw unclosedJSON(start, "]") }
    leave()
    return try add(.array(items), span(from: start))
  }

  @inline(never)
  mutating func jsonObject() throws(SyntaxError) -> NodeID {
    let start = at
    try openBracket()
    var members: [NamedParameter] = []
    var names = NameCheck()
    if byte != ASCII.closeBrace {
      repeat {
        skipBlanks()
        try checkList(members.count)
        let name = try memberName(after: members, &names)
        members.append(NamedParameter(name: name, value: try jsonItem()))
        skipBlanks()
      } while take(ASCII.comma)
    }
    guard take(ASCII.closeBrace) else { throw unclosedJSON(start, "}") }
    leave()
    return try add(.object(members), span(from: start))
  }

  @inline(never)
  private mutating func memberName(
    after members: [NamedParameter], _ names: inout NameCheck
  ) throws(SyntaxError) -> String {
    let start = at
    let name: String
    if byte == ASCII.doubleQuote {
      name = try jsonText()
    } else if isAtSingleQuotedJSON {
      name = try quotedText()
    } else {
      throw failure(.invalidJSON, here, "expected the name of a member in double quotes", expected: ["\""])
    }
    if names.repeats(name, after: members, \.name) {
      throw failure(.repeatedMember, start..<at, "the object has a member of this name already")
    }
    skipBlanks()
    try require(ASCII.colon, in: "after the name of a member")
    skipBlanks()
    return name
  }

  private var isAtSingleQuotedJSON: Bool {
    leniencies.contains(.singleQuotedJSON) && (byte == ASCII.quote || isAtTypographicQuote)
  }

  /// One value: text in double quotes or an expression, of which text in single quotes is one.
  private mutating func jsonItem() throws(SyntaxError) -> NodeID {
    byte == ASCII.doubleQuote ? try jsonString() : try subexpression()
  }

  @inline(never)
  private mutating func jsonString() throws(SyntaxError) -> NodeID {
    let start = at
    let value = try jsonText()
    return try add(.literal(.string(value)), span(from: start))
  }

  /// A JSON string with its escapes resolved (RFC 8259, section 7).
  @inline(never)
  private mutating func jsonText() throws(SyntaxError) -> String {
    let start = at
    at += 1
    var from = at
    var parts = ""
    while at < end {
      let byte = bytes[at]
      if byte == ASCII.doubleQuote {
        let last = text(from..<at)
        at += 1
        return parts.isEmpty ? last : parts + last
      }
      if byte == ASCII.backslash {
        parts += text(from..<at)
        parts.unicodeScalars.append(try jsonEscape())
        from = at
        continue
      }
      if byte.isControl {
        throw failure(.controlCharacter, at..<at + 1, "control characters are not allowed in text, encoded or not")
      }
      at += 1
    }
    throw failure(.unterminatedString, start..<end, "the text has no closing double quote", expected: ["\""])
  }

  private mutating func jsonEscape() throws(SyntaxError) -> Unicode.Scalar {
    let start = at
    at += 1
    let letter = byte
    if !isAtEnd { at += 1 }
    switch letter {
    case ASCII.doubleQuote, ASCII.backslash, ASCII.slash: return Unicode.Scalar(letter)
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "u"):
      guard let first = hexQuad() else { break }
      var value = first
      if first & 0xFC00 == 0xD800 {
        guard byte == ASCII.backslash, peek(1) == UInt8(ascii: "u") else { break }
        at += 2
        guard let second = hexQuad(), second & 0xFC00 == 0xDC00 else { break }
        value = 0x10000 + (first & 0x3FF) << 10 + (second & 0x3FF)
      }
      guard value != 0, let scalar = Unicode.Scalar(value) else { break }
      return scalar
    default: break
    }
    throw failure(.invalidJSON, start..<min(max(at, start + 1), end), "this is no JSON escape of a character")
  }

  private mutating func hexQuad() -> UInt32? {
    var value: UInt32 = 0
    for _ in 0..<4 {
      guard let digit = byte.hexValue, !isAtEnd else { return nil }
      value = value << 4 | UInt32(digit)
      at += 1
    }
    return value
  }

  @inline(never)
  private func unclosedJSON(_ start: Int, _ token: String) -> SyntaxError {
    isAtEnd
      ? failure(.expectedToken, start..<start + 1, "the bracket is not closed", expected: [token])
      : failure(.expectedToken, here, "expected a comma or `\(token)`", expected: [",", token])
  }
}
