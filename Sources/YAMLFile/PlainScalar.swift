/// What readers of YAML 1.1 and 1.2 may take an unquoted scalar for.
///
/// Wider than either version on purpose: text that any common reader would turn into something else has to be quoted.
enum PlainScalar: Equatable {
  case null, boolean, number, timestamp, special
  case text

  init(_ text: String) {
    switch text.lowercased() {
    case "", "~", "null": self = .null
    case "y", "yes", "n", "no", "true", "false", "on", "off": self = .boolean
    case "<<", "=": self = .special
    case ".inf", "+.inf", "-.inf", ".nan": self = .number
    default:
      let bytes = Array(text.utf8)
      if PlainScalar.isNumber(bytes) {
        self = .number
      } else if PlainScalar.isTimestamp(bytes) {
        self = .timestamp
      } else {
        self = .text
      }
    }
  }

  var kind: String {
    switch self {
    case .null: "nothing"
    case .boolean: "a boolean"
    case .number: "a number"
    case .timestamp: "a date"
    case .special: "a YAML keyword"
    case .text: "text"
    }
  }

  /// Integers in bases 2, 8, 10 and 16, base 60 (`1:30`), and floats with or without an exponent; `_` between digits.
  private static func isNumber(_ bytes: [UInt8]) -> Bool {
    var rest = bytes[...]
    if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    if rest.count > 2, rest.first == UInt8(ascii: "0"), let base = rest.dropFirst().first {
      switch base {
      case UInt8(ascii: "x"), UInt8(ascii: "X"): return rest.dropFirst(2).allSatisfy { isHexDigit($0) || $0 == 0x5F }
      case UInt8(ascii: "o"), UInt8(ascii: "O"): return rest.dropFirst(2).allSatisfy { isDigit($0) || $0 == 0x5F }
      case UInt8(ascii: "b"), UInt8(ascii: "B"): return rest.dropFirst(2).allSatisfy { isDigit($0) || $0 == 0x5F }
      default: break
      }
    }
    func digits() -> Int {
      let run = rest.prefix { isDigit($0) || $0 == 0x5F }
      rest = rest[run.endIndex...]
      return run.count { isDigit($0) }
    }
    var mantissa = digits()
    while mantissa > 0, rest.first == UInt8(ascii: ":") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return false }
    }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      mantissa += digits()
    }
    guard mantissa > 0 else { return false }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "+") || rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
      guard digits() > 0 else { return false }
    }
    return rest.isEmpty
  }

  /// `2026-01-31`, alone or followed by a time.
  private static func isTimestamp(_ bytes: [UInt8]) -> Bool {
    let parts = bytes.prefix { $0 != UInt8(ascii: "T") && $0 != UInt8(ascii: "t") && $0 != 0x20 }
      .split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].count == 4 else { return false }
    return parts.allSatisfy { !$0.isEmpty && $0.count <= 4 && $0.allSatisfy(isDigit) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool { byte >= 0x30 && byte <= 0x39 }
  private static func isHexDigit(_ byte: UInt8) -> Bool {
    isDigit(byte) || (byte | 0x20 >= UInt8(ascii: "a") && byte | 0x20 <= UInt8(ascii: "f"))
  }
}
