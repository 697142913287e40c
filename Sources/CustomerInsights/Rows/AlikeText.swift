/// What is left of a text when everything is taken away that a database's collation may pass over: two texts that any of
/// them takes for equal are alike here. Many others are, too: it decides only what is asked for together.
///
/// Dataverse's collation follows the language of the organization, and is one without case and accents. Passed over are
/// case, accents, width, marks, blanks, and whether kana are voiced, small, hiragana or katakana; letters that collations
/// write with others (`ß`, `æ`, `þ`) are those.
struct AlikeText: Sendable, Hashable {
  private let skeleton: [UInt8]

  init(_ text: String) {
    var skeleton: [UInt8] = []
    for scalar in text.unicodeScalars {
      if scalar.isASCII {
        AlikeText.add(scalar, to: &skeleton)
      } else {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars { AlikeText.add(lower, to: &skeleton) }
      }
    }
    self.skeleton = skeleton
  }

  private static func add(_ scalar: Unicode.Scalar, to skeleton: inout [UInt8]) {
    guard scalar.isASCII else { return skeleton.append(contentsOf: base(of: scalar).utf8) }
    let byte = UInt8(truncatingIfNeeded: scalar.value)
    switch byte {
    case 0x30...0x39, 0x61...0x7A: skeleton.append(byte)
    case 0x41...0x5A: skeleton.append(byte | 0x20)
    default: return
    }
  }

  /// - Returns: empty for what is no letter and no digit.
  private static func base(of scalar: Unicode.Scalar) -> String {
    switch scalar.properties.generalCategory {
    case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: break
    case .decimalNumber, .letterNumber, .otherNumber: return digit(scalar)
    default: return ""
    }
    // Unicode names a letter with an accent after the letter: LATIN SMALL LETTER E WITH ACUTE.
    guard let name = scalar.properties.name else { return String(scalar) }
    var words = name.split(separator: " ").prefix { $0 != "WITH" }
    if words.last == "MARK" { return "" }
    words.removeAll { passedOver.contains($0) }
    let letter = words.dropFirst().joined(separator: " ")
    guard let script = words.first, !letter.isEmpty else { return String(scalar) }
    switch script {
    case "LATIN": return latin[letter] ?? letter.lowercased()
    case "HIRAGANA", "KATAKANA": return "KANA \(plainKana(letter))"
    default: return "\(script) \(others[letter] ?? letter)"
    }
  }

  private static func digit(_ scalar: Unicode.Scalar) -> String {
    guard let value = scalar.properties.numericValue, value == value.rounded(), (0...9).contains(value) else {
      return String(scalar)
    }
    return String(Int(value))
  }

  /// Words of a letter's name that make no difference.
  private static let passedOver: Set<Substring> = [
    "SMALL", "CAPITAL", "LETTER", "FULLWIDTH", "HALFWIDTH", "LIGATURE", "MODIFIER", "FINAL", "SHORT", "DOTLESS",
  ]

  /// Letters of names whose form in lower case is not what collations make of them.
  private static let latin = ["SHARP S": "ss", "LONG S": "s", "THORN": "th", "ETH": "d", "ENG": "n", "KRA": "q"]

  /// Cyrillic letters that are others with an accent, and are not named so.
  private static let others = ["IO": "IE", "GJE": "GHE", "KJE": "KA", "YI": "BYELORUSSIAN-UKRAINIAN I"]

  /// A syllable without its voice: `GA` as `KA`.
  private static func plainKana(_ syllable: String) -> String {
    guard let first = syllable.first, let plain = voiceless[first] else { return syllable }
    return plain + syllable.dropFirst()
  }

  private static let voiceless: [Character: String] = [
    "G": "K", "Z": "S", "D": "T", "B": "H", "P": "H", "V": "",
  ]
}
