package import CustomerInsights
package import ODataURL
package import Policy

/// One judged request, ready to be answered from the cache or sent: everything that depends on the request target, the
/// caller's scopes and the preferences alone, so that a plan can be remembered and used again.
package struct Plan: Sendable {
  package var dialect: Dialect
  /// Path and query for the upstream, printed from the judged AST; begins with `/`.
  package var upstreamTarget: String
  /// `Prefer` to send upstream, made by us.
  package var prefer: String?
  /// The caller's preferences that were honoured, for `Preference-Applied`.
  package var preferenceApplied: String?
  package var shape: AnswerShape
  /// Names the answer within a scope, policy version and schema version: dialect, shape and normalised query.
  package var identity: String
  /// Seconds an answer may be served from the cache.
  package var timeToLive: Int
  /// The judged query, for `explain`.
  package var query: RelativeURI
  package var obligations: Obligations
  /// What became of the queries of ``further``, in the same order.
  package var furtherObligations: [Obligations] = []
  /// The Dataverse query that a client of the legacy API can send instead: a URL, in ASCII. What the policy puts into
  /// queries is not in it. `nil` where there is none.
  package var successor: String?

  /// What else is sent, by paths and queries like ``upstreamTarget``; ids that only rows will tell stand there as zeros.
  /// Printed anew for each call.
  package var further: [String] { furtherObligations.map { Route.serviceRoot + $0.query.printed() } }

  /// Whether a link to a further page has been opened for it, which is not good for ever.
  package var followsLink: Bool {
    if case .program(let program) = shape { program.start != nil } else { query.options.skiptoken != nil }
  }
}

/// How the upstream's answer becomes ours.
package enum AnswerShape: Sendable {
  case dataverse(DataverseShape)
  case legacy(LegacyShape, context: String, nextLink: @Sendable (String) throws -> String, further: FurtherPages)
  /// Several reads, or one whose rows are tested, sorted or added to here.
  case program(LegacyProgram)
  /// A management read of the legacy API that is answered from rows.
  case management(ManagementProgram)
}

/// Who asks, as far as planning goes.
package struct PlanScope: Sendable, Hashable {
  /// Scope of the policy that judges.
  package var policy: String
  /// Callers that may see each other's answers share one.
  package var cache: String
  /// Values that the caller brings for row filters, by name.
  package var claims: [String: String]

  package init(policy: String, cache: String, claims: [String: String] = [:]) {
    self.policy = policy
    self.cache = cache
    self.claims = claims
  }

  /// Byte by byte: `==` of strings takes different spellings of one accented letter for equal, and Dataverse does not.
  package static func == (left: PlanScope, right: PlanScope) -> Bool {
    left.policy.utf8.elementsEqual(right.policy.utf8) && left.cache.utf8.elementsEqual(right.cache.utf8)
      && left.claims.count == right.claims.count
      && left.claims.allSatisfy { name, value in
        right.claims[name].map { $0.utf8.elementsEqual(value.utf8) } ?? false
      }
  }
}
