/// A text and its form for comparison without case.
///
/// Dataverse compares text without case. Here each character is replaced by the one that Unicode's simple mappings lead
/// to, upper case first, then lower case (`Σ`, `σ` and `ς` become one), and the results are compared by code point.
/// Accents count, and a letter with its accent differs from the two characters that look the same: a database whose
/// collation takes them for equal finds more.
struct FoldedText: Sendable, Hashable {
  /// The text itself, UTF-8.
  let bytes: [UInt8]
  /// UTF-8, whose bytes sort as the code points do.
  let folded: [UInt8]

  /// - Parameter bytes: well-formed UTF-8.
  init(_ bytes: [UInt8]) {
    self.bytes = bytes
    folded = FoldedText.fold(bytes)
  }

  init(_ text: String) { self.init(Array(text.utf8)) }

  var string: String { String(decoding: bytes, as: UTF8.self) }

  /// -1, 0 or 1.
  func compared(with other: FoldedText) -> Int {
    for (left, right) in zip(folded, other.folded) where left != right { return left < right ? -1 : 1 }
    return (folded.count - other.folded.count).signum()
  }

  static func == (left: Self, right: Self) -> Bool { left.folded == right.folded }

  func hash(into hasher: inout Hasher) {
    // In one piece: an array hashes its items one by one. The count keeps a text apart from one that goes on in what is
    // hashed next.
    hasher.combine(folded.count)
    folded.withUnsafeBytes { hasher.combine(bytes: $0) }
  }

  func starts(with other: FoldedText) -> Bool { folded.starts(with: other.folded) }

  func ends(with other: FoldedText) -> Bool {
    folded.count >= other.folded.count && folded.suffix(other.folded.count).elementsEqual(other.folded)
  }

  /// Where the other text begins first in this one, in UTF-16 units; `nil` when it does not occur.
  func firstIndex(of other: FoldedText) -> Int? {
    FoldedText.find(other.folded, in: folded).map { FoldedText.utf16Length(folded[..<$0]) }
  }

  func contains(_ other: FoldedText) -> Bool { FoldedText.find(other.folded, in: folded) != nil }

  /// Characters as the OData libraries of the service count them.
  var utf16Length: Int { FoldedText.utf16Length(bytes[...]) }

  /// The part that begins at `start` and has `length` UTF-16 units, or reaches to the end.
  /// - Returns: `nil` when a surrogate pair would be cut, and for a negative number.
  func part(from start: Int, length: Int?) -> FoldedText? {
    guard start >= 0, length ?? 0 >= 0 else { return nil }
    let units = string.utf16
    // Kept inside the text first: an index moved by a number near the largest overflows, whatever its limit.
    let count = units.count
    let first = min(start, count)
    let last = first + min(length ?? count, count - first)
    let from = units.index(units.startIndex, offsetBy: first)
    let to = units.index(from, offsetBy: last - first)
    return String(units[from..<to]).map(FoldedText.init)
  }

  /// Without white space at both ends.
  var trimmed: FoldedText {
    var scalars = string.unicodeScalars[...]
    while scalars.first?.properties.isWhitespace == true { scalars.removeFirst() }
    while scalars.last?.properties.isWhitespace == true { scalars.removeLast() }
    return FoldedText(String(String.UnicodeScalarView(scalars)))
  }

  private static func utf16Length(_ utf8: ArraySlice<UInt8>) -> Int {
    // One unit for each character, one more for those of four bytes.
    utf8.reduce(0) { $0 + ($1 & 0xC0 == 0x80 ? 0 : $1 >= 0xF0 ? 2 : 1) }
  }

  private static func fold(_ bytes: [UInt8]) -> [UInt8] {
    guard let first = bytes.firstIndex(where: { $0 >= 0x80 || (0x41...0x5A).contains($0) }) else { return bytes }
    guard bytes[first...].contains(where: { $0 >= 0x80 }) else {
      return bytes.map { (0x41...0x5A).contains($0) ? $0 | 0x20 : $0 }
    }
    var out: [UInt8] = []
    out.reserveCapacity(bytes.count)
    for scalar in String(decoding: bytes, as: UTF8.self).unicodeScalars {
      if scalar.isASCII {
        let byte = UInt8(truncatingIfNeeded: scalar.value)
        out.append((0x41...0x5A).contains(byte) ? byte | 0x20 : byte)
      } else {
        let upper = only(scalar.properties.uppercaseMapping) ?? scalar
        // Dotless ı is a letter of its own, though its capital is that of i.
        let folded = scalar.value == 0x131 ? scalar : only(upper.properties.lowercaseMapping) ?? upper
        out.append(contentsOf: UTF8.encode(folded) ?? UTF8.encodedReplacementCharacter)
      }
    }
    return out
  }

  /// A mapping to more than one character (`ß` to `SS`) is none that keeps places.
  private static func only(_ mapping: String) -> Unicode.Scalar? {
    mapping.unicodeScalars.count == 1 ? mapping.unicodeScalars.first : nil
  }

  /// Where `needle` begins in `text`. Looks at each byte of the text once (Knuth, Morris and Pratt), whatever both are:
  /// they come from outside.
  private static func find(_ needle: [UInt8], in text: [UInt8]) -> Int? {
    guard needle.count <= text.count else { return nil }
    guard !needle.isEmpty else { return 0 }
    // For each length of a matching beginning, the length of the next shorter one that also ends there.
    var borders = [0]
    borders.reserveCapacity(needle.count)
    var border = 0
    for index in needle.indices.dropFirst() {
      while border > 0, needle[index] != needle[border] { border = borders[border - 1] }
      if needle[index] == needle[border] { border += 1 }
      borders.append(border)
    }
    var matched = 0
    for (index, byte) in text.enumerated() {
      while matched > 0, byte != needle[matched] { matched = borders[matched - 1] }
      if byte == needle[matched] { matched += 1 }
      if matched == needle.count { return index + 1 - matched }
    }
    return nil
  }
}
