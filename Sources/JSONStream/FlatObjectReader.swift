/// Reads an object that lies as text in a string token, in one pass and as it stands there, if it is as such objects mostly
/// are: names and texts without escapes of their own, no arrays and objects in it, no white space but blanks.
///
/// `"{\"Visits\":3,\"Store\":\"Redmond\"}"`: since the token is sound, so are a text between two `\"` without a backslash
/// in it, and all else is compared byte by byte. What is not of this form is refused, sound or not, for a reader of the
/// decoded text to judge.
package struct FlatObjectReader: Sendable {
  package struct Member: Sendable {
    /// What its name was given.
    package var name: Int
    /// Where in ``FlatObjectReader/text`` its value is, a whole JSON token.
    package var value: Range<Int>

    package init(name: Int, value: Range<Int>) {
      self.name = name
      self.value = value
    }
  }

  /// Of the object that was read last, in their order.
  package private(set) var members: [Member] = []
  package private(set) var text: [UInt8] = []
  private var trail = NameTrail()

  /// Text beyond this is given back when the next object comes.
  private static let keptBytes = 1 << 16

  package init() {}

  /// Forgets what names were given.
  package mutating func forgetNames() { trail = NameTrail() }

  /// - Parameters:
  ///   - token: a sound JSON token.
  ///   - number: what to call a name, given without quotes; asked once for each, as far as names are remembered.
  /// - Returns: whether it is such an object; otherwise ``members`` are of no use.
  package mutating func read(
    _ token: UnsafeBufferPointer<UInt8>, number: (UnsafeBufferPointer<UInt8>) -> Int
  ) -> Bool {
    members.removeAll(keepingCapacity: true)
    if text.count > FlatObjectReader.keptBytes { text = [] }
    text.removeAll(keepingCapacity: true)
    // `"{}"` is the shortest.
    guard token.count >= 4, token[0] == UInt8(ascii: "\""), token[1] == UInt8(ascii: "{") else { return false }
    text.append(contentsOf: token)
    // Moved out while it is changed, and back.
    var own: [UInt8] = []
    swap(&own, &text)
    defer { swap(&own, &text) }
    return own.withUnsafeMutableBufferPointer { bytes in
      guard let bytes = bytes.baseAddress else { return false }
      return read(bytes, end: token.count - 1, number)
    }
  }

  /// Unsafe pointer, as everywhere on this way (``TokenScanner``): `index <= end` holds throughout, and at `end` stands the
  /// closing quote, which is none of the bytes that anything here goes on behind. A backslash is never the last byte
  /// before it, since the token is sound.
  private mutating func read(
    _ bytes: UnsafeMutablePointer<UInt8>, end: Int, _ number: (UnsafeBufferPointer<UInt8>) -> Int
  ) -> Bool {
    var index = FlatObjectReader.skipBlanks(bytes, 2)
    if bytes[index] == UInt8(ascii: "}") { return index + 1 == end }
    while true {
      var name = NameTable.none
      let known = trail.take(bytes + index, end - index, scope: 0, number: &name)
      if known > 0 {
        index += known
      } else {
        guard let close = FlatObjectReader.closingQuote(bytes, index, end) else { return false }
        let spelled = UnsafeBufferPointer(start: UnsafePointer(bytes + index), count: close + 2 - index)
        if let found = trail.find(spelled, scope: 0) {
          name = found
        } else {
          name = number(UnsafeBufferPointer(rebasing: spelled[2..<spelled.count - 2]))
          trail.remember(spelled, scope: 0, number: name)
        }
        index = FlatObjectReader.skipBlanks(bytes, close + 2)
        guard bytes[index] == UInt8(ascii: ":") else { return false }
        index += 1
      }
      index = FlatObjectReader.skipBlanks(bytes, index)
      let start = index
      switch bytes[index] {
      case UInt8(ascii: "\\"):
        guard let close = FlatObjectReader.closingQuote(bytes, index, end) else { return false }
        // So that the value is a token: its quotes are there, and the backslash in front of the second is not.
        bytes[close] = UInt8(ascii: "\"")
        members.append(Member(name: name, value: start + 1..<close + 1))
        index = close + 2
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        index = TokenScanner.numberEnd(bytes, from: index, end: end + 1)
        guard index > 0 else { return false }
        members.append(Member(name: name, value: start..<index))
      case let first:
        guard let length = FlatObjectReader.wordLength(bytes, index, end, first) else { return false }
        index += length
        members.append(Member(name: name, value: start..<index))
      }
      index = FlatObjectReader.skipBlanks(bytes, index)
      if bytes[index] == UInt8(ascii: "}") { return index + 1 == end }
      guard bytes[index] == UInt8(ascii: ",") else { return false }
      index = FlatObjectReader.skipBlanks(bytes, index + 1)
    }
  }

  private static func skipBlanks(_ bytes: UnsafePointer<UInt8>, _ index: Int) -> Int {
    var index = index
    while bytes[index] == 0x20 { index += 1 }
    return index
  }

  /// The backslash of the quote that closes what a quote at `index` opens; `nil` when none is there, or another escape
  /// comes first.
  private static func closingQuote(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ end: Int) -> Int? {
    guard bytes[index] == UInt8(ascii: "\\"), bytes[index + 1] == UInt8(ascii: "\"") else { return nil }
    let start = index + 2
    let close = start + TokenScanner.escapeDistance(bytes + start, end - start)
    return close < end && bytes[close + 1] == UInt8(ascii: "\"") ? close : nil
  }

  private static func wordLength(_ bytes: UnsafePointer<UInt8>, _ index: Int, _ end: Int, _ first: UInt8) -> Int? {
    let tail: StaticString
    switch first {
    case UInt8(ascii: "t"): tail = "rue"
    case UInt8(ascii: "f"): tail = "alse"
    case UInt8(ascii: "n"): tail = "ull"
    default: return nil
    }
    return TokenScanner.isWord(bytes, from: index, end: end, tail: tail) ? tail.utf8CodeUnitCount + 1 : nil
  }
}
