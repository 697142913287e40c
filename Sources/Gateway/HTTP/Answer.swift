package import Cache
package import NIOCore
import Planning
import Policy

/// A cached answer in the form that goes on the wire: rendered once, when it enters the memory tier, and sliced by
/// reference for every hit.
package struct RenderedAnswer: Sendable {
  /// Header lines that do not change from hit to hit, each with its line end, without the status line.
  package let fields: ByteBuffer
  package let body: ByteBuffer
  package let etag: String?

  package init(_ answer: CachedAnswer) {
    fields = RenderedAnswer.fields(contentType: answer.contentType, etag: answer.etag)
    body = ByteBuffer(bytes: answer.body)
    etag = answer.etag
  }

  static func fields(contentType: String, etag: String?) -> ByteBuffer {
    var fields = ByteBuffer()
    fields.writeString("Content-Type: \(contentType)\r\nOData-Version: 4.0\r\n")
    fields.writeString("Cache-Control: private, no-cache\r\nVary: Ocp-Apim-Subscription-Key, Prefer\r\n")
    if let etag { fields.writeString("ETag: \(etag)\r\n") }
    return fields
  }
}

/// Everything a response needs; the connection adds what only it knows (`Date`, `Connection`, framing).
struct Answer: Sendable {
  var status: Int
  /// Header lines, each with its line end.
  var fields: ByteBuffer
  var body: ByteBuffer
  /// RFC 9211.
  var cacheStatus: String
  /// Seconds since the answer was made, for hits.
  var age: Int64?
  /// The header line for what replaces the request.
  var link: ByteBuffer?
  /// For the access log.
  var note: AnswerNote

  /// An answer out of the cache or fresh from the upstream; 304 when the caller has it already.
  init(
    _ rendered: RenderedAnswer, request: ReadRequest, cacheStatus: String, age: Int64?, planned: PlannedRequest
  ) {
    let plan = planned.plan
    link = planned.link
    let unchanged = rendered.etag.map { Answer.matches($0, request.ifNoneMatch) } ?? false
    status = unchanged ? 304 : 200
    fields = rendered.fields
    if let applied = plan.preferenceApplied { fields.writeString("Preference-Applied: \(applied)\r\n") }
    body = unchanged ? ByteBuffer() : rendered.body
    self.cacheStatus = cacheStatus
    self.age = age
    note = AnswerNote(dialect: plan.dialect, table: plan.obligations.table, rule: plan.obligations.rule)
  }

  /// The head of an answer that goes out while it is made. It has no validator: that is a hash of the whole.
  init(streamed contentType: String, planned: PlannedRequest) {
    let plan = planned.plan
    link = planned.link
    status = 200
    fields = RenderedAnswer.fields(contentType: contentType, etag: nil)
    if let applied = plan.preferenceApplied { fields.writeString("Preference-Applied: \(applied)\r\n") }
    body = ByteBuffer()
    cacheStatus = "Sluice; fwd=miss; detail=streamed"
    note = AnswerNote(dialect: plan.dialect, table: plan.obligations.table, rule: plan.obligations.rule)
  }

  /// An error in a dialect's own shape.
  init(_ refusal: Refusal, extraFields: String = "", cacheStatus: String = "Sluice; fwd=bypass; detail=refused") {
    status = refusal.status
    fields = ByteBuffer(
      string: "Content-Type: application/json; odata.metadata=minimal\r\nOData-Version: 4.0\r\n"
        + "Cache-Control: no-store\r\n" + extraFields)
    body = ByteBuffer(bytes: refusal.body())
    self.cacheStatus = cacheStatus
    link = LegacyService.link(refusal.successor)
    note = AnswerNote(dialect: refusal.dialect, table: nil, rule: refusal.code)
  }

  /// `If-None-Match` by weak comparison (RFC 9110, section 13.1.2). The literal `null`, which Dataverse's
  /// documentation asks clients to send, is no validator.
  static func matches(_ etag: String, _ values: [String]) -> Bool {
    guard !values.isEmpty else { return false }
    let opaque = etag.hasPrefix("W/") ? etag.dropFirst(2) : etag[...]
    return values.contains { value in
      value == "*"
        || value.split(separator: ",").contains { item in
          var tag = item.drop { $0 == " " || $0 == "\t" }
          while tag.last == " " || tag.last == "\t" { tag.removeLast() }
          return (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag) == opaque
        }
    }
  }
}

/// What the access log says of an answer: names of tables and rules, never a literal.
struct AnswerNote: Sendable {
  var dialect: Dialect
  var table: String?
  var rule: String
}

/// Writes responses (RFC 9112) as bytes; no header structure is built for an answer whose header never changes.
enum ResponseWriter {
  /// One buffer for small answers, two for large ones, so that a large body is never copied.
  static let copyLimit = 16_384

  /// How a client finds the end of a body (RFC 9112, section 6.3).
  enum Framing {
    /// Of the answer's own body.
    case length
    case chunked
    /// For clients of HTTP/1.0, which know no chunks.
    case untilClose
  }

  /// - Parameter dialectFields: header lines of every answer of its dialect.
  static func head(
    of answer: Answer, isHead: Bool, framing: Framing = .length, keepAlive: Bool, id: String, date: ByteBuffer,
    dialectFields: ByteBuffer? = nil, allocator: ByteBufferAllocator
  ) -> (head: ByteBuffer, body: ByteBuffer?) {
    let inlineBody = !isHead && answer.body.readableBytes <= copyLimit
    var out = allocator.buffer(
      capacity: 320 + answer.fields.readableBytes + (answer.link?.readableBytes ?? 0)
        + (dialectFields?.readableBytes ?? 0) + (inlineBody ? answer.body.readableBytes : 0))
    out.writeStaticString(statusLine(answer.status))
    var fields = answer.fields
    out.writeBuffer(&fields)
    if var more = dialectFields { out.writeBuffer(&more) }
    if var link = answer.link { out.writeBuffer(&link) }
    switch framing {
    case .length where answer.status != 304:
      out.writeStaticString("Content-Length: ")
      out.writeInteger(decimal: answer.body.readableBytes)
      out.writeStaticString("\r\n")
    case .chunked: out.writeStaticString("Transfer-Encoding: chunked\r\n")
    case .length, .untilClose: break
    }
    if let age = answer.age {
      out.writeStaticString("Age: ")
      out.writeInteger(decimal: Int(age))
      out.writeStaticString("\r\n")
    }
    out.writeStaticString("Cache-Status: ")
    out.writeString(answer.cacheStatus)
    out.writeStaticString("\r\nX-Request-Id: ")
    out.writeString(id)
    out.writeStaticString("\r\n")
    var date = date
    out.writeBuffer(&date)
    out.writeStaticString(keepAlive ? "Connection: keep-alive\r\n\r\n" : "Connection: close\r\n\r\n")
    guard !isHead, answer.body.readableBytes > 0 else { return (out, nil) }
    guard inlineBody else { return (out, answer.body) }
    var body = answer.body
    out.writeBuffer(&body)
    return (out, nil)
  }

  /// A piece of a body, not empty.
  static func piece(_ bytes: [UInt8], framing: Framing, allocator: ByteBufferAllocator) -> ByteBuffer {
    var out = allocator.buffer(capacity: bytes.count + 20)
    if framing == .chunked {
      out.writeString(String(bytes.count, radix: 16))
      out.writeStaticString("\r\n")
    }
    out.writeBytes(bytes)
    if framing == .chunked { out.writeStaticString("\r\n") }
    return out
  }

  /// What follows the last piece.
  static func end(framing: Framing) -> ByteBuffer { ByteBuffer(string: framing == .chunked ? "0\r\n\r\n" : "") }

  private static func statusLine(_ status: Int) -> StaticString {
    switch status {
    case 200: "HTTP/1.1 200 OK\r\n"
    case 304: "HTTP/1.1 304 Not Modified\r\n"
    case 400: "HTTP/1.1 400 Bad Request\r\n"
    case 401: "HTTP/1.1 401 Unauthorized\r\n"
    case 403: "HTTP/1.1 403 Forbidden\r\n"
    case 404: "HTTP/1.1 404 Not Found\r\n"
    case 405: "HTTP/1.1 405 Method Not Allowed\r\n"
    case 406: "HTTP/1.1 406 Not Acceptable\r\n"
    case 413: "HTTP/1.1 413 Content Too Large\r\n"
    case 414: "HTTP/1.1 414 URI Too Long\r\n"
    case 429: "HTTP/1.1 429 Too Many Requests\r\n"
    case 431: "HTTP/1.1 431 Request Header Fields Too Large\r\n"
    case 501: "HTTP/1.1 501 Not Implemented\r\n"
    case 502: "HTTP/1.1 502 Bad Gateway\r\n"
    case 503: "HTTP/1.1 503 Service Unavailable\r\n"
    case 504: "HTTP/1.1 504 Gateway Timeout\r\n"
    default: "HTTP/1.1 500 Internal Server Error\r\n"
    }
  }
}

extension ByteBuffer {
  /// Appends a non-negative number in decimal without making a string.
  mutating func writeInteger(decimal number: Int) {
    var digits: (UInt64, UInt64, UInt64) = (0, 0, 0)
    var rest = UInt(max(0, number))
    withUnsafeMutableBytes(of: &digits) { bytes in
      var index = bytes.count
      repeat {
        index -= 1
        bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
        rest /= 10
      } while rest > 0
      writeBytes(UnsafeRawBufferPointer(rebasing: bytes[index...]))
    }
  }
}
