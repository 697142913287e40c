/// The `$skiptoken` of the service: a cookie in a cookie, the inner one percent-encoded twice and holding the keys of the
/// page's first and last row.
struct PagingCookie: Equatable {
  /// Of the page to come; 2 or more.
  var page: Int
  var first: String
  var last: String
  var keyColumn: String

  var text: String {
    let inner =
      "<cookie page=\"\(page - 1)\"><\(keyColumn) last=\"{\(last.uppercased())}\" first=\"{\(first.uppercased())}\" /></cookie>"
    return
      "<cookie pagenumber=\"\(page)\" pagingcookie=\"\(PercentCoding.encoded(PercentCoding.encoded(inner)))\" istracking=\"False\" />"
  }

  init(page: Int, first: String, last: String, keyColumn: String) {
    self.page = page
    self.first = first
    self.last = last
    self.keyColumn = keyColumn
  }

  /// Reads a token that was percent-decoded once; `nil` for anything that ``text`` does not write.
  init?(text: String, keyColumn: String) {
    let quoted = text.split(separator: "\"", omittingEmptySubsequences: false)
    guard quoted.count == 7, let page = Int(quoted[1]), (2...1_000_000).contains(page),
      let inner = PercentCoding.decoded(String(quoted[3])).flatMap(PercentCoding.decoded)
    else { return nil }
    let parts = inner.split(separator: "\"", omittingEmptySubsequences: false)
    guard parts.count == 7, parts[3].count == 38, parts[5].count == 38 else { return nil }
    self.init(
      page: page, first: parts[5].dropFirst().dropLast().lowercased(),
      last: parts[3].dropFirst().dropLast().lowercased(), keyColumn: keyColumn)
    guard self.text == text else { return nil }
  }
}

enum PercentCoding {
  /// Everything but unreserved characters (RFC 3986, section 2.3), in lower-case hex as the service writes it.
  static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(Character(Unicode.Scalar(byte)))
      default:
        let hex = String(byte, radix: 16)
        out += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return out
  }

  static func decoded(_ text: String) -> String? {
    var out: [UInt8] = []
    var rest = text.utf8[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte)
        continue
      }
      guard let high = digit(rest.popFirst()), let low = digit(rest.popFirst()) else { return nil }
      out.append(high << 4 | low)
    }
    return String(validating: out, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8?) -> UInt8? {
    byte.flatMap { Character(Unicode.Scalar($0)).hexDigitValue }.map(UInt8.init)
  }
}
