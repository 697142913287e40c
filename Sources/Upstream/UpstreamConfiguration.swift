/// How the organization is reached. Verification of its certificate cannot be turned off.
package struct UpstreamConfiguration: Sendable {
  package enum HTTPVersion: Sendable { case http1, http2 }

  /// Scheme, host and port, for example `https://contoso.crm.dynamics.com`. Plain http only on loopback.
  package var origin: String
  /// PEM file of certificates to trust instead of the system's.
  package var caFile: String?
  package var httpVersion = HTTPVersion.http2
  /// Milliseconds.
  package var connectTimeout = 10_000
  /// Milliseconds for a whole transfer.
  package var timeout = 120_000
  /// Connections to the host.
  package var maxConnections = 8
  /// Requests at one time; Dataverse admits 52 for one user and server.
  package var maxConcurrentRequests = 48
  /// Requests that may wait for a slot.
  package var maxQueuedRequests = 512
  /// Bytes of one answer's header section.
  package var maxHeaderBytes = 65_536
  /// Bytes of one answer that may wait to be taken before the transfer is paused.
  package var maxBufferedBytes = 262_144

  package init(origin: String) { self.origin = origin }

  /// Whether the origin is on this machine.
  var isLoopback: Bool { UpstreamConfiguration.isLoopback(origin) }

  /// - Throws: `configuration` for an origin that is no https URL, nor an http URL on loopback.
  package func validate() throws(UpstreamError) {
    try UpstreamConfiguration.validate(origin: origin, name: "The organization's address")
  }

  static func validate(origin: String, name: String) throws(UpstreamError) {
    let lower = origin.lowercased()
    guard lower.hasPrefix("https://") || (lower.hasPrefix("http://") && isLoopback(origin)) else {
      throw UpstreamError(.configuration, "\(name) must be an https URL; plain http is for loopback addresses only.")
    }
    let isPlain = origin.utf8.allSatisfy {
      $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "@") && $0 != UInt8(ascii: "\\")
    }
    guard isPlain, !origin.hasSuffix("/"), origin.split(separator: "/").count == 2 else {
      throw UpstreamError(.configuration, "\(name) must be scheme, host and port only.")
    }
  }

  private static func isLoopback(_ origin: String) -> Bool {
    let authority = origin.split(separator: "/").dropFirst().first ?? ""
    let host = authority.hasPrefix("[") ? authority.prefix { $0 != "]" } + "]" : authority.prefix { $0 != ":" }
    let parts = host.split(separator: ".")
    let isIPv4 = parts.count == 4 && parts.first == "127" && parts.allSatisfy { UInt8($0) != nil }
    return host.lowercased() == "localhost" || isIPv4 || host == "[::1]"
  }
}

/// One GET. There is no method to set: what this client can send, a read-only gateway may send.
package struct UpstreamRequest: Sendable {
  /// Path and query, percent-encoded; begins with `/`.
  package var path: String
  package var headers: [(name: String, value: String)]
  /// Bytes of the answer's body, after any content coding is undone.
  package var maxBodyBytes: Int
  /// When the last byte of the answer must be there, should that be before ``UpstreamConfiguration/timeout`` is over: the
  /// wait for a slot and for a connection counts.
  package var deadline: ContinuousClock.Instant?

  package init(
    path: String, headers: [(name: String, value: String)], maxBodyBytes: Int,
    deadline: ContinuousClock.Instant? = nil
  ) {
    self.path = path
    self.headers = headers
    self.maxBodyBytes = maxBodyBytes
    self.deadline = deadline
  }

  /// What is left until ``deadline``, in whole milliseconds, the begun one with them; `nil` where there is none, 0 behind it.
  var remainingMilliseconds: Int? {
    guard let deadline else { return nil }
    let (seconds, attoseconds) = (deadline - .now).components
    guard seconds >= 0, attoseconds >= 0 else { return 0 }
    // A day is more than any transfer may take.
    return Int(min(seconds, 86_400)) * 1000 + Int((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
  }
}

/// The header section of an answer, and its body as it comes.
package struct UpstreamResponse: Sendable {
  package var status: Int
  package var headers: UpstreamHeaders
  package var body: UpstreamBody
}

/// Header fields in the order they came; names compare without case.
package struct UpstreamHeaders: Sendable {
  package private(set) var fields: [(name: String, value: String)] = []

  mutating func append(name: String, value: String) { fields.append((name.lowercased(), value)) }

  /// The first value; `name` in lower case.
  package subscript(name: String) -> String? { fields.first { $0.name == name }?.value }
}
