import Policy

/// What texts of one operation have in common, without the texts.
struct TextForm: Sendable, Hashable {
  /// In Unicode scalars; where there are wildcards, those that narrow what is found (``LiteralShape/effectiveLength(of:)``).
  private(set) var shortest = Int.max
  private(set) var longest = 0
  /// A text among them narrows nothing, as `''` and `'%'` where there are wildcards: it finds every row that has a value.
  private(set) var listsEverything = false
  private var classes: Set<TextClass> = Set(TextClass.allCases)

  /// A form that is plain enough to be said of all texts.
  enum TextClass: String, Sendable, Hashable, CaseIterable {
    case hex32 = "[0-9A-Fa-f]{32}"
    case guid = "[0-9A-Fa-f]{8}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}"
    case digits = "[0-9]+"

    func admits(_ text: String) -> Bool {
      let bytes = Array(text.utf8)
      switch self {
      case .hex32: return bytes.count == 32 && bytes.allSatisfy(\.isHexDigit)
      case .guid:
        let dashes: Set = [8, 13, 18, 23]
        return bytes.count == 36
          && bytes.indices.allSatisfy { dashes.contains($0) ? bytes[$0] == UInt8(ascii: "-") : bytes[$0].isHexDigit }
      case .digits: return !bytes.isEmpty && bytes.allSatisfy { $0 >= 0x30 && $0 <= 0x39 }
      }
    }
  }

  /// - Parameter isPattern: Dataverse reads wildcards in it.
  mutating func add(_ text: String, isPattern: Bool = false) {
    let length = text.unicodeScalars.count
    let effective = isPattern ? LiteralShape.effectiveLength(of: text) : length
    shortest = min(shortest, effective)
    if isPattern, effective == 0 { listsEverything = true }
    longest = max(longest, length)
    classes = classes.filter { $0.admits(text) }
  }

  /// The narrowest class that all texts are of.
  var textClass: TextClass? { TextClass.allCases.first(where: classes.contains) }

  /// As a value of `filter` in a policy, `{}` for any text.
  /// - Parameter maximum: characters that the column holds; what says more would be a mistake in the policy.
  func words(maximum: Int?) -> String {
    guard longest > 0 else { return "{ maxLength: 1 }" }
    var parts: [String] = []
    if let textClass { parts.append("pattern: \"\(textClass.rawValue)\"") }
    if textClass == nil || textClass == .digits {
      if shortest > 0, shortest <= maximum ?? .max { parts.append("minLength: \(shortest)") }
      parts.append("maxLength: \(longest)")
    }
    return "{ \(parts.joined(separator: ", ")) }"
  }
}

extension UInt8 {
  fileprivate var isHexDigit: Bool {
    (self >= 0x30 && self <= 0x39) || (self | 0x20 >= UInt8(ascii: "a") && self | 0x20 <= UInt8(ascii: "f"))
  }
}
