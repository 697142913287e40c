import Crypto

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Why a paging token is not opened or made. One reason for all forgeries: the difference would help a forger.
package enum SealError: Error, Sendable, Hashable {
  /// Not made by this key for this context, or damaged.
  case notOurs
  /// The token to seal is longer than ``PagingSeal/limit``.
  case tooLong
  case failed
}

/// Authenticated encryption of paging tokens (ChaCha20-Poly1305, RFC 8439), bound to a context by associated data.
///
/// A sealed token is `1` (the version) and unpadded base64url (RFC 4648, section 5) of nonce, ciphertext and tag. Nonces
/// are random: at 2^32 tokens a key the chance of a repetition is below 2^-32.
package struct PagingSeal: Sendable {
  /// Bytes of a token; Dataverse's are under 2,000.
  package static let limit = 8192

  private let key: SymmetricKey

  package init(key: SealKey) { self.key = key.symmetric }

  package func seal(_ token: String, boundTo context: [String]) throws(SealError) -> String {
    guard token.utf8.count <= PagingSeal.limit else { throw .tooLong }
    do {
      let box = try ChaChaPoly.seal(Array(token.utf8), using: key, authenticating: PagingSeal.associated(context))
      return "1" + Base64URL.encode(Array(box.combined))
    } catch {
      throw .failed
    }
  }

  /// - Throws: `notOurs` unless ``seal(_:boundTo:)`` made it with the same key and context.
  package func open(_ sealed: String, boundTo context: [String]) throws(SealError) -> String {
    guard sealed.utf8.first == UInt8(ascii: "1"), sealed.utf8.count <= 2 * PagingSeal.limit,
      let bytes = Base64URL.decode(sealed.dropFirst())
    else { throw .notOurs }
    do {
      let box = try ChaChaPoly.SealedBox(combined: bytes)
      let text = try ChaChaPoly.open(box, using: key, authenticating: PagingSeal.associated(context))
      guard let token = String(validating: Array(text), as: UTF8.self) else { throw SealError.notOurs }
      return token
    } catch {
      throw .notOurs
    }
  }

  /// Each part with its length before it, so that no two contexts give the same bytes.
  private static func associated(_ context: [String]) -> [UInt8] {
    var out: [UInt8] = []
    for part in context {
      let count = UInt64(part.utf8.count)
      for shift in stride(from: 56, through: 0, by: -8) {
        out.append(UInt8(truncatingIfNeeded: count >> UInt64(shift)))
      }
      out.append(contentsOf: part.utf8)
    }
    return out
  }
}

/// Base64 with the URL-safe alphabet and no padding (RFC 4648, section 5), strict: one spelling a value.
enum Base64URL {
  private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)

  static func encode(_ bytes: [UInt8]) -> String {
    var out: [UInt8] = []
    out.reserveCapacity((bytes.count * 4 + 2) / 3)
    var bits: UInt32 = 0
    var count = 0
    for byte in bytes {
      bits = bits << 8 | UInt32(byte)
      count += 8
      while count >= 6 {
        count -= 6
        out.append(alphabet[Int(bits >> UInt32(count) & 63)])
      }
      bits &= (1 << UInt32(count)) - 1
    }
    if count > 0 { out.append(alphabet[Int(bits << UInt32(6 - count) & 63)]) }
    return String(decoding: out, as: UTF8.self)
  }

  static func decode(_ text: Substring) -> [UInt8]? {
    var out: [UInt8] = []
    var bits: UInt32 = 0
    var count = 0
    for byte in text.utf8 {
      guard let value = alphabet.firstIndex(of: byte) else { return nil }
      bits = bits << 6 | UInt32(value)
      count += 6
      if count >= 8 {
        count -= 8
        out.append(UInt8(truncatingIfNeeded: bits >> UInt32(count)))
        bits &= (1 << UInt32(count)) - 1
      }
    }
    guard count < 6, bits == 0 else { return nil }
    return out
  }
}
