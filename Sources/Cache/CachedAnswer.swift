/// How long an answer may be used: RFC 9111, section 4.2, for lifetimes that the gateway sets itself. What the service
/// sends about caching plays no part.
package struct Freshness: Sendable, Hashable {
  /// When the answer was made, as Unix time in milliseconds.
  package var storedAt: Int64
  /// Freshness lifetime in milliseconds; 0 or less is never fresh.
  package var timeToLive: Int64

  package init(storedAt: Int64, timeToLive: Int64) {
    self.storedAt = storedAt
    self.timeToLive = timeToLive
  }

  /// How far into the future `storedAt` may lie, in milliseconds: clocks are adjusted by little steps. What lies further
  /// ahead was stored before the clock was set back and would outlive its time, so it counts as stale.
  package static let clockTolerance: Int64 = 1000

  /// Whether the answer may be used at `now` (Unix time, milliseconds): its lifetime exceeds its age.
  package func isFresh(at now: Int64) -> Bool {
    let (age, overflow) = now.subtractingReportingOverflow(storedAt)
    return !overflow && age >= -Freshness.clockTolerance && max(0, age) < timeToLive
  }

  /// The value of the `Age` field: whole seconds since the answer was made (RFC 9111, section 5.1).
  package func age(at now: Int64) -> Int64 {
    max(0, now.subtractingReportingOverflow(storedAt).partialValue) / 1000
  }

  /// Whole seconds of freshness left; negative once stale.
  package func remaining(at now: Int64) -> Int64 {
    let age = max(0, now.subtractingReportingOverflow(storedAt).partialValue)
    let left = timeToLive.subtractingReportingOverflow(age).partialValue
    return left >= 0 ? left / 1000 : (left - 999) / 1000
  }

  /// The first instant at which the answer is stale.
  var expiresAt: Int64 {
    let (sum, overflow) = storedAt.addingReportingOverflow(timeToLive)
    return overflow ? .max : sum
  }
}

/// An answer as it is kept: what is needed to give it again, and nothing of the upstream's header.
package struct CachedAnswer: Sendable, Hashable {
  /// HTTP status; only 200 is ever stored.
  package var status: Int
  /// Value of `Content-Type`.
  package var contentType: String
  /// Validator with its quotes, such as `W/"1"`.
  package var etag: String?
  package var body: [UInt8]
  package var freshness: Freshness

  /// - Parameters:
  ///   - storedAt: Unix time in milliseconds.
  ///   - timeToLive: milliseconds.
  package init(
    status: Int, contentType: String, etag: String? = nil, body: [UInt8], storedAt: Int64, timeToLive: Int64
  ) {
    self.status = status
    self.contentType = contentType
    self.etag = etag
    self.body = body
    freshness = Freshness(storedAt: storedAt, timeToLive: timeToLive)
  }

  /// Unix time in milliseconds.
  package var storedAt: Int64 { freshness.storedAt }
  /// Milliseconds.
  package var timeToLive: Int64 { freshness.timeToLive }

  /// Whether it may be used at `now` (Unix time, milliseconds).
  package func isFresh(at now: Int64) -> Bool { freshness.isFresh(at: now) }
  /// Whole seconds since it was made.
  package func age(at now: Int64) -> Int64 { freshness.age(at: now) }

  /// Bytes that keeping it costs beside its key. The body counts once: a tier holds one copy of it.
  var byteCount: Int { body.count + contentType.utf8.count + (etag?.utf8.count ?? 0) }
}
