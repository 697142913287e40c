#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// How the gateway proves itself to Microsoft Entra ID: the OAuth 2.0 client credentials grant (RFC 6749, section 4.4).
package struct EntraConfiguration: Sendable {
  /// Entra's public cloud.
  package static let publicAuthority = "https://login.microsoftonline.com"

  /// Scheme, host and port.
  package var authority: String
  package var tenant: String
  package var clientID: String
  package var secret: Secret
  /// `{organization}/.default`.
  package var scope: String
  /// PEM file of certificates to trust instead of the system's.
  package var caFile: String?

  package init(
    authority: String, tenant: String, clientID: String, secret: Secret, scope: String, caFile: String? = nil
  ) {
    self.authority = authority
    self.tenant = tenant
    self.clientID = clientID
    self.secret = secret
    self.scope = scope
    self.caFile = caFile
  }

  /// - Throws: `configuration` for an authority that is neither https nor loopback, or a tenant that is no path segment.
  package func validate() throws(UpstreamError) {
    try UpstreamConfiguration.validate(origin: authority, name: "The authority's address")
    let isSegment = tenant.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || byte == 0x2D
        || byte == 0x2E
    }
    guard !tenant.isEmpty, isSegment, !tenant.contains("..") else {
      throw UpstreamError(.configuration, "The tenant must be a GUID or a domain name.")
    }
    guard !clientID.isEmpty, !scope.isEmpty else {
      throw UpstreamError(.configuration, "The client id and the scope must not be empty.")
    }
  }
}

/// Why there is no token. Holds the error's name, never the secret, a token or the authority's text.
package struct TokenError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String
}

/// Gives bearer tokens: one request for all who wait, renewed in the background before the old one ends, kept while the
/// authority is out of reach and the old one still good.
package actor EntraTokenSource {
  private struct Token {
    var value: String
    /// Unix milliseconds.
    var renewAt: Int64
    var endsAt: Int64
  }

  private let configuration: EntraConfiguration
  private let client: UpstreamClient
  private let clock: @Sendable () -> Int64
  private var token: Token?
  private var flight: Task<Result<Token, TokenError>, Never>?
  /// After a failure: no further try before this time.
  private var retryAt: Int64 = 0
  private var failures = 0
  private var lastError = TokenError(description: "No token was asked for yet.")

  /// - Throws: `configuration` when the authority or tenant is not admissible.
  package init(
    _ configuration: EntraConfiguration, clock: @escaping @Sendable () -> Int64 = UpstreamGate.systemClock
  ) throws(UpstreamError) {
    try configuration.validate()
    self.configuration = configuration
    self.clock = clock
    var connection = UpstreamConfiguration(origin: configuration.authority)
    connection.caFile = configuration.caFile
    connection.httpVersion = .http1
    connection.timeout = 30_000
    connection.maxConnections = 2
    client = try UpstreamClient(connection)
  }

  /// A token that is good now.
  package func bearer() async throws(TokenError) -> String {
    let now = clock()
    if let token, now < token.renewAt { return token.value }
    if let token, now < token.endsAt {
      // Still good: renewed in the background, nobody waits for it.
      if now >= retryAt { _ = renewal() }
      return token.value
    }
    guard now >= retryAt || flight != nil else { throw lastError }
    switch await renewal().value {
    case .success(let token): return token.value
    case .failure(let error): throw error
    }
  }

  /// The organization refused this token: the next caller gets a new one. A token that is not the current one is ignored,
  /// so that many requests refused at once cost one renewal.
  package func invalidate(token value: String) {
    if token?.value == value { token = nil }
  }

  package func shutdown() async { await client.shutdown() }

  private func renewal() -> Task<Result<Token, TokenError>, Never> {
    if let flight { return flight }
    let task = Task { () -> Result<Token, TokenError> in
      let result = await request()
      settle(result)
      return result
    }
    flight = task
    return task
  }

  private func settle(_ result: Result<Token, TokenError>) {
    flight = nil
    switch result {
    case .success(let new):
      token = new
      failures = 0
      retryAt = 0
    case .failure(let error):
      lastError = error
      failures = min(failures + 1, 6)
      // 1, 2, 4 … 32 seconds, then 60.
      retryAt = clock() + (failures == 6 ? 60_000 : 1000 << Int64(failures - 1))
    }
  }

  private func request() async -> Result<Token, TokenError> {
    let form = [
      ("grant_type", "client_credentials"), ("client_id", configuration.clientID),
      ("client_secret", configuration.secret.value), ("scope", configuration.scope),
    ].map { "\($0)=\(EntraTokenSource.encoded($1))" }.joined(separator: "&")
    let url = "\(configuration.authority)/\(configuration.tenant)/oauth2/v2.0/token"
    do throws(UpstreamError) {
      let response = try await client.post(form: form, to: url, caFile: configuration.caFile)
      let body = try await response.body.collect(upTo: 1 << 20)
      return read(body, status: response.status)
    } catch {
      return .failure(TokenError(description: "The token endpoint was not reached: \(error.message)"))
    }
  }

  private struct Answer: Decodable {
    var accessToken: String?
    var expiresIn: Int?
    var error: String?
    var errorCodes: [Int]?
  }

  private func read(_ body: [UInt8], status: Int) -> Result<Token, TokenError> {
    let answer: Answer
    do {
      let decoder = JSONDecoder()
      decoder.keyDecodingStrategy = .convertFromSnakeCase
      answer = try decoder.decode(Answer.self, from: Data(body))
    } catch {
      return .failure(TokenError(description: "The token endpoint answered \(status) and no JSON of a token."))
    }
    guard status == 200, let value = answer.accessToken, !value.isEmpty,
      value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
    else {
      let name = (answer.error ?? "no error name").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
      let codes = (answer.errorCodes ?? []).prefix(4).map { "AADSTS\($0)" }.joined(separator: " ")
      return .failure(
        TokenError(
          description: "The token endpoint answered \(status): \(name.prefix(64))\(codes.isEmpty ? "" : " \(codes)")."))
    }
    let life = Int64(max(1, min(answer.expiresIn ?? 3600, 172_800))) * 1000
    let now = clock()
    return .success(
      Token(value: value, renewAt: now + life - min(300_000, life / 10), endsAt: now + life - min(10_000, life / 20)))
  }

  /// `application/x-www-form-urlencoded`.
  private static func encoded(_ text: String) -> String {
    var out = ""
    for byte in text.utf8 {
      switch byte {
      case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: out.append(Character(Unicode.Scalar(byte)))
      default:
        let hex = String(byte, radix: 16, uppercase: true)
        out += hex.count == 1 ? "%0\(hex)" : "%\(hex)"
      }
    }
    return out
  }
}
