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
  /// Made by this key for this context, longer ago than it is good for.
  case expired
  /// The token to seal is longer than ``PagingSeal/limit``.
  case tooLong
  case failed
}

/// Authenticated encryption of paging tokens (ChaCha20-Poly1305, RFC 8439), bound to a context by associated data.
///
/// A sealed token is `2` (the version) and unpadded base64url (RFC 4648, section 5) of nonce, ciphertext and tag; what is
/// encrypted is when it was made, `|` and the token. Nonces are random: at 2^32 tokens a key the chance of a repetition is
/// below 2^-32.
package struct PagingSeal: Sendable {
  /// Bytes of a token; Dataverse's are under 2,000.
  package static let limit = 8192

  private static let version = "2"

  private let key: SymmetricKey
  private let lifetime: Int64
  private let clock: @Sendable () -> Int64

  /// - Parameters:
  ///   - lifetime: milliseconds that a sealed token opens for.
  ///   - clock: Unix milliseconds.
  package init(key: SealKey, lifetime: Int64, clock: @escaping @Sendable () -> Int64) {
    self.key = key.symmetric
    self.lifetime = lifetime
    self.clock = clock
  }

  package func seal(_ token: String, boundTo context: [String]) throws(SealError) -> String {
    guard token.utf8.count <= PagingSeal.limit else { throw .tooLong }
    do {
      let box = try ChaChaPoly.seal(
        Array("\(clock())|\(token)".utf8), using: key, authenticating: PagingSeal.associated(context))
      return PagingSeal.version + Base64URL.encode(Array(box.combined))
    } catch {
      throw .failed
    }
  }

  /// - Throws: `notOurs` unless ``seal(_:boundTo:)`` made it with the same key and context; `expired` when that is too long
  ///   ago.
  package func open(_ sealed: String, boundTo context: [String]) throws(SealError) -> String {
    guard sealed.hasPrefix(PagingSeal.version), sealed.utf8.count <= 2 * PagingSeal.limit,
      let bytes = Base64URL.decode(sealed.dropFirst())
    else { throw .notOurs }
    let text: [UInt8]
    do {
      let box = try ChaChaPoly.SealedBox(combined: bytes)
      text = Array(try ChaChaPoly.open(box, using: key, authenticating: PagingSeal.associated(context)))
    } catch {
      throw .notOurs
    }
    guard let bar = text.firstIndex(of: UInt8(ascii: "|")),
      let made = Int64(String(decoding: text[..<bar], as: UTF8.self)),
      let token = String(validating: text[(bar + 1)...], as: UTF8.self)
    else { throw .notOurs }
    guard clock() - made <= lifetime else { throw .expired }
    return token
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
