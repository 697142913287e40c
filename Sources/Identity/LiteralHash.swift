import Crypto

/// Stands for a literal in a log: equal values give equal marks under one key, and without the key a mark tells nothing,
/// not even to whoever guesses the value.
package struct LiteralHash: Sendable {
  private let key: SymmetricKey

  package init(key: SealKey) { self.key = key.symmetric }

  /// The first 16 hex digits of the HMAC-SHA256 of the text's UTF-8.
  package func mark(of text: String) -> String {
    let digits = Array("0123456789abcdef".utf8)
    var out: [UInt8] = []
    out.reserveCapacity(16)
    for byte in HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key).prefix(8) {
      out.append(digits[Int(byte >> 4)])
      out.append(digits[Int(byte & 15)])
    }
    return String(decoding: out, as: UTF8.self)
  }
}
