/// How the cache took part in a response; printed as `Cache-Status` (RFC 9211).
package struct CacheOutcome: Sendable, Hashable {
  /// Where a stored answer was found.
  package enum Tier: String, Sendable, Hashable {
    case memory, disk
  }

  /// Why a request went forward (RFC 9211, section 2.2).
  package enum Forward: String, Sendable, Hashable {
    /// Nothing was stored under the key.
    case uriMiss = "uri-miss"
    /// Something was, but its time was over.
    case stale
    /// The cache was not asked.
    case bypass
  }

  private enum Kind: Hashable {
    case hit(Tier, remaining: Int64)
    case forwarded(Forward, stored: Bool, collapsed: Bool)
  }

  private let kind: Kind
  private let detail: String?

  /// Answered from a tier, with whole seconds of freshness left.
  package static func hit(_ tier: Tier, remaining: Int64) -> CacheOutcome {
    CacheOutcome(kind: .hit(tier, remaining: remaining), detail: tier.rawValue)
  }

  /// Fetched for this request; `stored`: later requests may have it from the cache.
  package static func miss(_ forward: Forward = .uriMiss, stored: Bool) -> CacheOutcome {
    CacheOutcome(kind: .forwarded(forward, stored: stored, collapsed: false), detail: nil)
  }

  /// Fetched for another request that was under way already.
  package static func collapsed(_ forward: Forward = .uriMiss) -> CacheOutcome {
    CacheOutcome(kind: .forwarded(forward, stored: false, collapsed: true), detail: nil)
  }

  /// The cache was not asked; `detail` says why in a word.
  package static func bypass(detail: String? = nil) -> CacheOutcome {
    CacheOutcome(kind: .forwarded(.bypass, stored: false, collapsed: false), detail: detail)
  }

  /// Nothing usable was stored and the request failed; `detail` says why in a word.
  package static func failed(_ forward: Forward = .uriMiss, detail: String) -> CacheOutcome {
    CacheOutcome(kind: .forwarded(forward, stored: false, collapsed: false), detail: detail)
  }

  /// Answered from a tier.
  package var isHit: Bool {
    if case .hit = kind { true } else { false }
  }

  /// A value for `Cache-Status`: one list member of a structured field (RFC 8941), such as
  /// `Sluice; hit; ttl=293; detail=memory`.
  package func cacheStatus(name: String) -> String {
    var text = StructuredText.tokenOrString(name)
    switch kind {
    case .hit(_, let remaining):
      text += "; hit; ttl="
      text += String(StructuredText.integer(remaining))
    case .forwarded(let forward, let stored, let collapsed):
      text += "; fwd="
      text += forward.rawValue
      if stored { text += "; stored" }
      if collapsed { text += "; collapsed" }
    }
    if let detail {
      text += "; detail="
      text += StructuredText.tokenOrString(detail)
    }
    return text
  }
}

/// Items of structured fields (RFC 8941, section 3.3).
enum StructuredText {
  /// A token if the text is one, otherwise a string. What a string cannot hold becomes `?`.
  static func tokenOrString(_ text: String) -> String {
    if isToken(text) { return text }
    var quoted = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"", "\\":
        quoted += "\\"
        quoted.unicodeScalars.append(scalar)
      case " "..."~": quoted.unicodeScalars.append(scalar)
      default: quoted += "?"
      }
    }
    return quoted + "\""
  }

  /// Integers have at most 15 digits.
  static func integer(_ number: Int64) -> Int64 {
    min(max(number, -999_999_999_999_999), 999_999_999_999_999)
  }

  private static func isToken(_ text: String) -> Bool {
    guard let first = text.utf8.first, isAlpha(first) || first == UInt8(ascii: "*") else { return false }
    return text.utf8.allSatisfy { byte in
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): true
      default: isAlpha(byte) || punctuation.contains(byte)
      }
    }
  }

  private static let punctuation = Array("!#$%&'*+-.^_`|~:/".utf8)

  private static func isAlpha(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte | 0x20)
  }
}
