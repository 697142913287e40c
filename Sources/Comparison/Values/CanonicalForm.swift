/// One sequence of bytes for all values that count as the same under some rules: two values are the same when their
/// forms are.
struct CanonicalForm {
  let rules: ComparisonRules

  /// Of a whole value.
  /// - Parameter path: names of the members that lead to it.
  func bytes(of value: JSONValue, path: [String] = []) -> [UInt8] {
    var out: [UInt8] = []
    append(value, path, to: &out)
    return out
  }

  private func append(_ value: JSONValue, _ path: [String], to out: inout [UInt8]) {
    switch value {
    case .null: out.append(UInt8(ascii: "z"))
    case .bool(let value): out.append(UInt8(ascii: value ? "t" : "f"))
    case .number(let text): appendPart("n", ExactNumber.canonical(text), to: &out)
    case .string(let text): append(text, to: &out)
    case .array(let items): appendItems(items, path, to: &out)
    case .object(let members): appendMembers(members, path, to: &out)
    }
  }

  private func append(_ text: String, to out: inout [UInt8]) {
    switch TextKind(text, rules: rules) {
    case .id(let digits): appendPart("i", digits, to: &out)
    case .instant(let instant):
      appendPart("d", Array("\(instant.seconds).".utf8) + instant.fraction, to: &out)
    case .text: appendPart("s", Array(text.utf8), to: &out)
    }
  }

  private func appendItems(_ items: [JSONValue], _ path: [String], to out: inout [UInt8]) {
    var forms = items.map { bytes(of: $0, path: path) }
    if RowMatcher.ignoresOrder(of: items, rules) { forms.sort { $0.lexicographicallyPrecedes($1) } }
    out.append(UInt8(ascii: "["))
    for form in forms { out.append(contentsOf: form) }
    out.append(UInt8(ascii: "]"))
  }

  private func appendMembers(_ members: [JSONMember], _ path: [String], to out: inout [UInt8]) {
    var forms: [[UInt8]] = []
    for member in members where !isLeftOut(member, path) {
      var form: [UInt8] = []
      appendPart("m", rules.nameForm(member.name), to: &form)
      append(member.value, path + [member.name], to: &form)
      forms.append(form)
    }
    forms.sort { $0.lexicographicallyPrecedes($1) }
    out.append(UInt8(ascii: "{"))
    for form in forms { out.append(contentsOf: form) }
    out.append(UInt8(ascii: "}"))
  }

  /// Whether a member counts for nothing.
  func isLeftOut(_ member: JSONMember, _ path: [String]) -> Bool {
    if rules.absentIsNull, case .null = member.value { return true }
    return rules.ignored.matches(path, member.name)
  }

  /// With its length in front, so that no text can look like the end of one and the beginning of another.
  private func appendPart(_ kind: Unicode.Scalar, _ bytes: [UInt8], to out: inout [UInt8]) {
    out.append(UInt8(ascii: kind))
    out.append(contentsOf: "\(bytes.count):".utf8)
    out.append(contentsOf: bytes)
  }
}

/// What a text is, as far as comparing goes.
enum TextKind {
  /// 32 hex digits in lower case.
  case id([UInt8])
  case instant(Instant)
  case text

  init(_ text: String, rules: ComparisonRules) {
    if let digits = TextKind.idDigits(text), !rules.exactIDs {
      self = .id(digits)
    } else if let instant = Instant(text) {
      self = .instant(instant)
    } else {
      self = .text
    }
  }

  /// Of 32 hex digits, or of a GUID (RFC 9562, section 4); braces around it are no part of it.
  private static func idDigits(_ text: String) -> [UInt8]? {
    var bytes = Array(text.utf8)[...]
    if bytes.count == 38, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") {
      bytes = bytes.dropFirst().dropLast()
    }
    guard bytes.count == 32 || bytes.count == 36 else { return nil }
    var digits: [UInt8] = []
    for (place, byte) in bytes.enumerated() {
      if bytes.count == 36, [8, 13, 18, 23].contains(place) {
        guard byte == UInt8(ascii: "-") else { return nil }
        continue
      }
      switch byte {
      case 0x30...0x39, 0x61...0x66: digits.append(byte)
      case 0x41...0x46: digits.append(byte | 0x20)
      default: return nil
      }
    }
    return digits
  }
}
