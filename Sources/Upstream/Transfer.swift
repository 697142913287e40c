import CCurl

#if canImport(Glibc)
  import Glibc
#endif

/// One transfer on the curl thread: an easy handle and what its callbacks fill.
///
/// Touched on the curl thread only, except `inbox`, which is made for two sides.
final class Transfer {
  let id: UInt64
  let easy: UnsafeMutableRawPointer
  let inbox: TransferInbox
  let onEnd: @Sendable () -> Void
  /// When its time is over, in monotonic milliseconds; the engine sees to it.
  let lastMoment: Int64
  private let limits: Limits
  private let list: UnsafeMutablePointer<curl_slist>?
  private var head = TransferHead(status: 0, headers: UpstreamHeaders())
  private var headBytes = 0
  private var bodyBytes = 0
  private var isHeadDone = false
  /// Why a callback ended the transfer; libcurl only says that one did.
  private(set) var failure: UpstreamError?

  struct Limits: Sendable {
    var headerBytes: Int
    var bodyBytes: Int
  }

  /// - Throws: `configuration` when an option or header field is not taken.
  init(
    id: UInt64, easy: UnsafeMutableRawPointer, order: TransferOrder, lastMoment: Int64,
    configuration: UpstreamConfiguration
  ) throws(UpstreamError) {
    self.id = id
    self.easy = easy
    inbox = order.inbox
    onEnd = order.onEnd
    self.lastMoment = lastMoment
    limits = Limits(headerBytes: configuration.maxHeaderBytes, bodyBytes: order.maxBodyBytes)
    var list: UnsafeMutablePointer<curl_slist>?
    for (name, value) in order.headers {
      list = curl_slist_append(list, "\(name): \(value)") ?? list
    }
    self.list = list
    try setOptions(order, configuration)
  }

  deinit { curl_slist_free_all(list) }

  private func setOptions(_ order: TransferOrder, _ configuration: UpstreamConfiguration) throws(UpstreamError) {
    curl_easy_reset(easy)
    let context = Unmanaged.passUnretained(self).toOpaque()
    var results: [CURLcode] = []
    func set(_ option: CURLoption, _ value: Int) { results.append(ccurl_set_long(easy, option, value)) }
    func set(_ option: CURLoption, _ value: String) { results.append(ccurl_set_string(easy, option, value)) }
    set(CURLOPT_URL, order.url)
    set(CURLOPT_PROTOCOLS_STR, order.url.lowercased().hasPrefix("https:") ? "https" : "http")
    set(CURLOPT_PATH_AS_IS, 1)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_HTTP09_ALLOWED, 0)
    set(CURLOPT_NETRC, 0)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_SSL_VERIFYPEER, 1)
    set(CURLOPT_SSL_VERIFYHOST, 2)
    if let file = order.caFile { set(CURLOPT_CAINFO, file) }
    set(CURLOPT_ACCEPT_ENCODING, "gzip")
    // Fewer and larger pieces of long bodies; each costs a turn of every stage.
    set(CURLOPT_BUFFERSIZE, 65_536)
    set(CURLOPT_CONNECTTIMEOUT_MS, configuration.connectTimeout)
    // A body that comes slower than this is not worth its slot.
    set(CURLOPT_LOW_SPEED_LIMIT, 16)
    set(CURLOPT_LOW_SPEED_TIME, max(1, configuration.timeout / 2000))
    let isHTTP2 = configuration.httpVersion == .http2
    set(CURLOPT_HTTP_VERSION, Int(isHTTP2 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_1_1))
    if isHTTP2 { set(CURLOPT_PIPEWAIT, 1) }
    // What is on this machine is never asked for through a proxy.
    if configuration.isLoopback { set(CURLOPT_PROXY, "") }
    if let form = order.form {
      set(CURLOPT_POSTFIELDSIZE, form.utf8.count)
      results.append(ccurl_set_string(easy, CURLOPT_COPYPOSTFIELDS, form))
    } else {
      set(CURLOPT_HTTPGET, 1)
    }
    results.append(ccurl_set_list(easy, CURLOPT_HTTPHEADER, list))
    results.append(ccurl_set_pointer(easy, CURLOPT_PRIVATE, context))
    results.append(ccurl_set_pointer(easy, CURLOPT_WRITEDATA, context))
    results.append(ccurl_set_pointer(easy, CURLOPT_HEADERDATA, context))
    results.append(ccurl_set_data_callback(easy, CURLOPT_WRITEFUNCTION, Transfer.onBody))
    results.append(ccurl_set_data_callback(easy, CURLOPT_HEADERFUNCTION, Transfer.onHeader))
    if let bad = results.first(where: { $0 != CURLE_OK }) {
      throw UpstreamError(
        .configuration, "libcurl does not take an option of the transfer: \(String(cString: curl_easy_strerror(bad))).")
    }
  }

  // libcurl calls these on the curl thread while the engine keeps the transfer alive, so the pointer is good.
  private static let onBody: ccurl_data_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
      transfer.body(UnsafeBufferPointer(start: $0, count: length))
    }
  }

  private static let onHeader: ccurl_data_callback = { bytes, size, count, context in
    guard let bytes, let context else { return 0 }
    let transfer = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue()
    let length = size * count
    return bytes.withMemoryRebound(to: UInt8.self, capacity: length) {
      transfer.header(UnsafeBufferPointer(start: $0, count: length))
    }
  }

  private func body(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    guard bodyBytes + bytes.count <= limits.bodyBytes else {
      failure = UpstreamError(.tooLarge, "The answer is longer than \(limits.bodyBytes) bytes.")
      return 0
    }
    guard inbox.put(bytes) else { return ccurl_write_pause }
    bodyBytes += bytes.count
    return bytes.count
  }

  /// One header line, its line end included; also of interim answers (1xx) and of trailers.
  private func header(_ bytes: UnsafeBufferPointer<UInt8>) -> Int {
    headBytes += bytes.count
    guard headBytes <= limits.headerBytes else {
      failure = UpstreamError(.tooLarge, "The header section is longer than \(limits.headerBytes) bytes.")
      return 0
    }
    guard !isHeadDone else { return bytes.count }
    var line = String(decoding: bytes, as: UTF8.self)[...]
    while let last = line.unicodeScalars.last, last == "\r" || last == "\n" { line.unicodeScalars.removeLast() }
    if line.hasPrefix("HTTP/") {
      head = TransferHead(status: 0, headers: UpstreamHeaders())
    } else if line.isEmpty {
      var status = 0
      ccurl_get_long(easy, CURLINFO_RESPONSE_CODE, &status)
      guard status >= 200 else { return bytes.count }
      head.status = status
      isHeadDone = true
      inbox.put(head: head)
    } else if let colon = line.firstIndex(of: ":") {
      let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
      head.headers.append(name: String(line[..<colon]), value: String(value))
    }
    return bytes.count
  }

  /// The transfer is over, for better or worse.
  func end(_ result: CURLcode) {
    if let failure {
      inbox.end(.failure(failure))
    } else {
      inbox.end(result == CURLE_OK ? .success(()) : .failure(UpstreamError(result)))
    }
    onEnd()
  }

  /// The transfer is taken off before its end.
  func abort(_ error: UpstreamError) {
    inbox.end(.failure(error))
    onEnd()
  }
}

/// What the curl thread is asked to transfer.
struct TransferOrder: Sendable {
  var url: String
  var headers: [(name: String, value: String)]
  /// A form to POST; the token source's own, nothing else can set it.
  var form: String?
  var caFile: String?
  /// Milliseconds for the whole transfer, more than 0.
  var timeout: Int
  var maxBodyBytes: Int
  var inbox: TransferInbox
  /// Called once, when the transfer is over.
  var onEnd: @Sendable () -> Void
}
