import Crypto

/// One subscription key of the configuration: its hash, never the key.
package struct SubscriptionKey: Sendable, Hashable {
  package var callerID: String
  /// SHA-256 of the key's UTF-8, 64 hex digits.
  package var sha256: String
  package var policyScope: String
  /// See ``Claims``.
  package var claims: [String: String]

  package init(callerID: String, sha256: String, policyScope: String, claims: [String: String] = [:]) {
    self.callerID = callerID
    self.sha256 = sha256
    self.policyScope = policyScope
    self.claims = claims
  }
}

/// Finds the caller of a subscription key.
///
/// Legacy clients send the key that Azure API Management asked for, in `Ocp-Apim-Subscription-Key`. The query parameter
/// `subscription-key`, which API Management took as well, is not accepted: targets end up in the logs of every proxy.
package struct SubscriptionKeys: Sendable {
  package static let headerName = "Ocp-Apim-Subscription-Key"
  /// Bytes of a key that are looked at; longer ones are unknown.
  package static let keyLimit = 512

  private struct Entry: Sendable {
    var digest: [UInt8]
    var caller: Caller
  }

  private let entries: [Entry]
  private let anonymous: Caller?

  /// A caller may have several keys, as while one replaces another, and different claims for each: the row filters that
  /// come of them are part of what an answer is stored under.
  /// - Parameters:
  ///   - anonymousScope: policy scope of callers without a key; `nil` refuses them.
  ///   - anonymousClaims: claims of callers without a key.
  /// - Throws: ``IdentityError`` for a hash that is none or stands twice, a caller id that is empty or `anonymous`, and a
  ///   caller whose keys name different scopes: its cached answers are shared among them.
  package init(
    _ keys: [SubscriptionKey], anonymousScope: String?, anonymousClaims: [String: String] = [:]
  ) throws(IdentityError) {
    var entries: [Entry] = []
    for (index, key) in keys.enumerated() {
      guard !key.callerID.isEmpty, key.callerID != "anonymous" else {
        throw IdentityError(
          "A caller id is empty or `anonymous`, which stands for callers without a key.", index: index)
      }
      guard let digest = SubscriptionKeys.bytes(hex: key.sha256), digest.count == SHA256.byteCount else {
        throw IdentityError("The hash of caller `\(key.callerID)` is not a SHA-256 in 64 hex digits.", index: index)
      }
      guard !entries.contains(where: { $0.digest == digest }) else {
        throw IdentityError("The key of caller `\(key.callerID)` stands twice.", index: index)
      }
      if let other = entries.first(where: { $0.caller.id == key.callerID }), other.caller.policyScope != key.policyScope
      {
        throw IdentityError(
          "The keys of caller `\(key.callerID)` name different policy scopes; give it one scope.", index: index)
      }
      // Rows depend on nothing but the policy scope and the claims; still, answers are kept apart by caller: a key that
      // leaks shows nothing of what others asked, not even by the time an answer takes.
      let caller = Caller(
        id: key.callerID, policyScope: key.policyScope, cacheScope: "key:\(key.callerID)", claims: key.claims)
      entries.append(Entry(digest: digest, caller: caller))
    }
    self.entries = entries
    anonymous = anonymousScope.map {
      Caller(id: "anonymous", policyScope: $0, cacheScope: "anonymous", claims: anonymousClaims)
    }
  }

  /// Ids that callers can have.
  package var callerIDs: Set<String> { Set(entries.map(\.caller.id) + (anonymous.map { [$0.id] } ?? [])) }

  /// Looks the key's hash up among all entries, in a time that does not depend on which one matches or how far.
  package func caller(subscriptionKey: String?) -> IdentityResult {
    guard let key = subscriptionKey, !key.isEmpty else { return anonymous.map { .caller($0) } ?? .missingKey }
    guard key.utf8.count <= SubscriptionKeys.keyLimit else { return .unknownKey }
    let digest = Array(SHA256.hash(data: Array(key.utf8)))
    var found: Caller?
    for entry in entries where ConstantTime.equal(entry.digest, digest) { found = entry.caller }
    return found.map { .caller($0) } ?? .unknownKey
  }

  /// The form in which a key stands in the configuration.
  package static func hash(ofKey key: String) -> String { ContentHash.hex(of: Array(key.utf8)) }

  private static func bytes(hex: String) -> [UInt8]? {
    let digits = hex.compactMap { $0.isASCII ? $0.hexDigitValue : nil }
    guard digits.count == hex.count, digits.count.isMultiple(of: 2) else { return nil }
    return stride(from: 0, to: digits.count, by: 2).map { UInt8(digits[$0] << 4 | digits[$0 + 1]) }
  }
}

/// Comparison whose time tells nothing of where two values differ.
enum ConstantTime {
  static func equal(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    guard left.count == right.count else { return false }
    var difference: UInt8 = 0
    for index in left.indices { difference |= left[index] ^ right[index] }
    return difference == 0
  }
}

/// SHA-256 in lower-case hex digits.
package enum ContentHash {
  package static func hex(of bytes: [UInt8]) -> String {
    var out = ""
    out.reserveCapacity(64)
    for byte in SHA256.hash(data: bytes) {
      out.append(Character(Unicode.Scalar(digit(byte >> 4))))
      out.append(Character(Unicode.Scalar(digit(byte & 15))))
    }
    return out
  }

  private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 0x30 + value : 0x61 + value - 10 }
}
