import ODataURL

/// Rules on what is known only when a request is sent.
extension ServiceRules {
  /// Bytes of a URL that the service takes.
  package static let maximumLength = 32_768
  /// Bytes of a URL that proxies can be trusted to take: a figure of our own, most have 8 KiB for a request line.
  package static let usualLength = 8_000
  /// Rows of a page that the service gives at most.
  package static let maximumPageSize = 5_000

  /// DV010: an error beyond ``maximumLength``, a warning beyond ``usualLength``.
  /// - Parameter length: bytes of the URL as it is sent, percent-encoded.
  package static func checkLength(_ length: Int) -> ServiceFinding? {
    guard length > usualLength else { return nil }
    let isError = length > maximumLength
    return ServiceFinding(
      rule: "DV010", span: .none,
      message: isError
        ? "The URL is \(length) bytes long; Dataverse takes \(maximumLength)."
        : "The URL is \(length) bytes long; proxies may take no more than \(usualLength).",
      remedy: "Ask in several requests, or use the query function In for lists.", severity: isError ? .error : .warning)
  }

  /// DV011.
  /// - Parameter rows: of `Prefer: odata.maxpagesize`.
  package static func checkPageSize(_ rows: Int) -> ServiceFinding? {
    guard rows > maximumPageSize else { return nil }
    return ServiceFinding(
      rule: "DV011", span: .none, message: "A page has at most \(maximumPageSize) rows.",
      remedy: "Prefer odata.maxpagesize=\(maximumPageSize) or less.")
  }
}
