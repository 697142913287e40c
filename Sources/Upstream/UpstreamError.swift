import CCurl

/// Why there is no answer, or no whole one.
package struct UpstreamError: Error, Sendable, Hashable, CustomStringConvertible {
  package enum Code: String, Sendable {
    case configuration, resolve, connect, tls, timeout, tooLarge, protocolError, cut, cancelled, overloaded, busy
    case shuttingDown
  }

  package var code: Code
  /// One sentence without URL query, header values or secrets.
  package var message: String
  /// Seconds.
  package var retryAfter: Int?

  package init(_ code: Code, _ message: String, retryAfter: Int? = nil) {
    self.code = code
    self.message = message
    self.retryAfter = retryAfter
  }

  /// The status that a gateway answers with (RFC 9110, section 15.6).
  package var gatewayStatus: Int {
    switch code {
    case .timeout: 504
    case .overloaded, .busy, .shuttingDown: 503
    default: 502
    }
  }

  static let late = "The answer did not come in time."

  package var description: String { "\(code.rawValue): \(message)" }

  /// The outcome of a transfer in our terms; libcurl's own texts can hold the URL and are left out.
  init(_ result: CURLcode) {
    switch result {
    case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY:
      self.init(.resolve, "The host name could not be resolved.")
    case CURLE_COULDNT_CONNECT: self.init(.connect, "No connection could be made.")
    case CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CONNECT_ERROR, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
      CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER, CURLE_SSL_INVALIDCERTSTATUS:
      self.init(.tls, "The connection could not be secured: \(String(cString: curl_easy_strerror(result))).")
    case CURLE_OPERATION_TIMEDOUT: self.init(.timeout, UpstreamError.late)
    case CURLE_PARTIAL_FILE, CURLE_RECV_ERROR, CURLE_SEND_ERROR, CURLE_GOT_NOTHING, CURLE_HTTP2_STREAM:
      self.init(.cut, "The connection ended before the answer was whole.")
    case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL:
      self.init(.configuration, "The address is not one that can be asked.")
    case CURLE_OUT_OF_MEMORY: self.init(.protocolError, "The header section is too large, or memory is short.")
    default: self.init(.protocolError, "The transfer failed: \(String(cString: curl_easy_strerror(result))).")
    }
  }
}
