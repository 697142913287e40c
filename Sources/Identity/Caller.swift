/// Who sends a request, as far as it matters: which rules judge, and whose answers may be shared.
package struct Caller: Sendable, Hashable {
  /// Stands in the log.
  package var id: String
  /// Scope of the policy.
  package var policyScope: String
  /// Callers with the same one may see each other's cached answers.
  package var cacheScope: String

  package init(id: String, policyScope: String, cacheScope: String) {
    self.id = id
    self.policyScope = policyScope
    self.cacheScope = cacheScope
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
