/// Who sends a request, as far as it matters: which rules judge, and whose answers may be shared.
package struct Caller: Sendable, Hashable {
  /// Stands in the log.
  package var id: String
  /// Scope of the policy.
  package var policyScope: String
  /// Callers with the same one may see each other's cached answers.
  package var cacheScope: String
  /// What the configuration says of the caller, by name: the values that row filters of the policy ask for. See
  /// ``Claims`` for what they look like.
  package var claims: [String: String]

  package init(id: String, policyScope: String, cacheScope: String, claims: [String: String] = [:]) {
    self.id = id
    self.policyScope = policyScope
    self.cacheScope = cacheScope
    self.claims = claims
  }
}

/// What claims of a caller may look like: `region: EMEA` is `@caller.region` in a row filter.
package enum Claims {
  /// Claims of one caller.
  package static let limit = 32
  /// Unicode scalars of a value.
  package static let longestValue = 256
  /// Bytes of a name.
  package static let longestName = 128

  /// An identifier: a letter or `_`, then letters, digits and `_`, all of them ASCII.
  package static func isName(_ text: String) -> Bool {
    guard let first = text.utf8.first, text.utf8.count <= longestName, !(0x30...0x39).contains(first) else {
      return false
    }
    return text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x5F
    }
  }

  /// Text of 1 to ``longestValue`` characters without control characters.
  package static func isValue(_ text: String) -> Bool {
    let scalars = text.unicodeScalars
    return (1...longestValue).contains(scalars.count)
      && scalars.allSatisfy { $0.properties.generalCategory != .control }
  }
}

/// What a subscription key says of its sender.
package enum IdentityResult: Sendable, Hashable {
  case caller(Caller)
  /// None was sent, and callers without one are not admitted.
  case missingKey
  case unknownKey
}

/// What is wrong with the list of keys.
package struct IdentityError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String
  /// Which key of the list is to blame.
  package var index: Int

  package init(_ description: String, index: Int) {
    self.description = description
    self.index = index
  }
}
