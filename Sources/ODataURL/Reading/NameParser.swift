/// Finds names that are given twice in one list. A short list is searched; a long one is hashed, so that the time stays
/// linear whatever the limits are.
struct NameCheck {
  private var seen: Set<[UInt8]> = []

  /// Whether `name` is that of one of the `items` in front of it, all of which have been asked for here.
  mutating func repeats<Item>(_ name: String, after items: [Item], _ nameOf: (Item) -> String) -> Bool {
    // Byte for byte: strings of Swift are equal that services tell apart.
    if items.count < 32 { return items.contains { isSame(nameOf($0), name) } }
    if seen.isEmpty { seen = Set(items.map { Array(nameOf($0).utf8) }) }
    return !seen.insert(Array(name.utf8)).inserted
  }
}

/// ABNF `odataIdentifier` and names made of it.
extension Reader {
  /// Characters an identifier may have.
  private static let longestIdentifier = 128

  /// Whether an identifier can start at the current place.
  var isAtName: Bool {
    let byte = byte
    return byte.isLetter || byte == ASCII.underscore || (byte >= 0x80 && nameScalarLength(at: at, leading: true) != nil)
  }

  /// Reads an identifier.
  /// - Throws: `invalid-name`, `name-too-long`.
  mutating func identifier(_ what: StaticString) throws(SyntaxError) -> Range<Int> {
    let start = at
    guard scanIdentifier() else {
      throw failure(.invalidName, here, "expected \(what): a letter or underscore, then letters, digits, underscores")
    }
    if at - start > Self.longestIdentifier { try checkLength(start..<at) }
    return start..<at
  }

  /// Reads an identifier or several with dots between.
  mutating func dottedName(_ what: StaticString) throws(SyntaxError) -> (range: Range<Int>, isQualified: Bool) {
    let start = at
    _ = try identifier(what)
    var isQualified = false
    while byte == ASCII.dot, peek(1) != ASCII.star {
      at += 1
      _ = try identifier("a name after the dot")
      isQualified = true
    }
    return (start..<at, isQualified)
  }

  private func checkLength(_ range: Range<Int>) throws(SyntaxError) {
    let characters = bytes[range].reduce(0) { $1 & 0xC0 == 0x80 ? $0 : $0 + 1 }
    if characters > Self.longestIdentifier {
      throw failure(.nameTooLong, range, "a name has at most \(Self.longestIdentifier) characters")
    }
  }

  private mutating func scanIdentifier() -> Bool {
    let bytes = bytes
    let first = byte
    if first.isLetter || first == ASCII.underscore {
      at = bytes.endOfWord(from: at + 1, to: end)
    } else if first >= 0x80, let length = nameScalarLength(at: at, leading: true) {
      at += length
    } else {
      return false
    }
    while at < end {
      let next = bytes[at]
      if next.isWord {
        at += 1
      } else if next >= 0x80, let length = nameScalarLength(at: at, leading: false) {
        at += length
      } else {
        break
      }
    }
    return true
  }

  /// The length of the non-ASCII scalar at `index` if an identifier may hold it there: categories L and Nl, then also
  /// Nd, Mn, Mc, Pc and Cf (OData CSDL, `SimpleIdentifier`).
  @inline(never)
  private func nameScalarLength(at index: Int, leading: Bool) -> Int? {
    let length = bytes[index] >= 0xF0 ? 4 : bytes[index] >= 0xE0 ? 3 : 2
    guard index + length <= end,
      let scalar = String(decoding: bytes[index..<index + length], as: UTF8.self).unicodeScalars.first
    else { return nil }
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .letterNumber:
      return length
    case .decimalNumber, .nonspacingMark, .spacingMark, .connectorPunctuation, .format:
      return leading ? nil : length
    default:
      return nil
    }
  }
}
