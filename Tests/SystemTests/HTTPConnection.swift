import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// A blocking HTTP/1.1 client on a raw socket: sends exactly the bytes it is given and reads whole responses, so that
/// tests see what is on the wire and no library mends anything on the way.
final class HTTPConnection {
  struct Failure: Error, CustomStringConvertible { var description: String }

  struct Response {
    var status: Int
    var headers: [(name: String, value: String)]
    var body: [UInt8]

    /// The first value, by lower-case name.
    subscript(name: String) -> String? { headers.first { $0.name == name }?.value }
    var text: String { String(decoding: body, as: UTF8.self) }

    func json() throws -> [String: Any] {
      guard let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
        throw Failure(description: "not a JSON object: \(text.prefix(300))")
      }
      return object
    }

    func rows() throws -> [[String: Any]] {
      guard let rows = try json()["value"] as? [[String: Any]] else {
        throw Failure(description: "no rows: \(status) \(text.prefix(300))")
      }
      return rows
    }
  }

  private let descriptor: Int32
  private var buffer: [UInt8] = []

  /// - Parameter origin: `http://HOST:PORT` with an IPv4 address.
  init(_ origin: String, timeout: Int = 60) throws {
    let parts = origin.split(separator: ":")
    guard let port = parts.last.flatMap({ UInt16($0) }), parts.count == 3, parts[1].hasPrefix("//") else {
      throw Failure(description: "no address and port in \(origin)")
    }
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var limit = timeval(tv_sec: timeout, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = inet_addr(String(parts[1].dropFirst(2)))
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else {
      let reason = String(cString: strerror(errno))
      close(descriptor)
      throw Failure(description: "cannot connect to \(origin): \(reason)")
    }
  }

  deinit { close(descriptor) }

  /// One request on a connection of its own.
  static func get(
    _ origin: String, _ target: String, method: String = "GET", headers: [String] = []
  ) throws -> Response {
    let connection = try HTTPConnection(origin)
    try connection.send(method, target, headers: headers + ["Connection: close"])
    return try connection.response(isHead: method == "HEAD")
  }

  func send(_ method: String, _ target: String, headers: [String] = [], body: String = "") throws {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: gateway\r\n"
    for header in headers { head += header + "\r\n" }
    if !body.isEmpty { head += "Content-Length: \(body.utf8.count)\r\n" }
    try send(raw: head + "\r\n" + body)
  }

  func send(raw text: String) throws { try send(raw: Array(text.utf8)) }

  func send(raw bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  /// Leaves, without regard for what is still to come.
  func leave() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  /// Says that nothing more comes from this side.
  func shutDown() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Reads one response.
  func response(isHead: Bool = false) throws -> Response {
    var response = try head()
    guard !isHead, response.status != 304 else { return response }
    if response["transfer-encoding"] == "chunked" {
      while let chunk = try chunk() { response.body += chunk }
    } else if let length = response["content-length"].flatMap({ Int($0) }) {
      while buffer.count < length { guard try fill() else { throw Failure(description: "closed inside a body") } }
      response.body = Array(buffer[..<length])
      buffer.removeFirst(length)
    } else {
      while try fill() {}
      response.body = buffer
      buffer = []
    }
    return response
  }

  /// Reads the next chunk of a body in chunks; `nil` is its end.
  func chunk() throws -> [UInt8]? {
    func line() throws -> String {
      while true {
        if let end = buffer.firstIndex(of: 10) {
          let line = String(decoding: buffer[..<end], as: UTF8.self).trimmingCharacters(in: .newlines)
          buffer.removeFirst(end + 1)
          return line
        }
        guard try fill() else { throw Failure(description: "closed inside a body") }
      }
    }
    guard let count = Int(try line(), radix: 16) else { throw Failure(description: "not a chunk") }
    while buffer.count < count { guard try fill() else { throw Failure(description: "closed inside a body") } }
    let chunk = Array(buffer[..<count])
    buffer.removeFirst(count)
    guard try line().isEmpty else { throw Failure(description: "not the end of a chunk") }
    return count > 0 ? chunk : nil
  }

  /// Reads a response up to its body.
  func head() throws -> Response {
    while find([13, 10, 13, 10]) == nil {
      guard try fill() else { throw Failure(description: "closed before a response") }
    }
    let end = find([13, 10, 13, 10]) ?? 0
    let lines = String(decoding: buffer[..<end], as: UTF8.self).components(separatedBy: "\r\n")
    buffer.removeFirst(end + 4)
    let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") ?? 0
    let headers = lines.dropFirst().map { line -> (name: String, value: String) in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    return Response(status: status, headers: headers, body: [])
  }

  /// Whether the other side has closed; what it still sends is dropped.
  func isClosed() -> Bool {
    do {
      while try fill() { buffer = [] }
      return true
    } catch {
      return errno == ECONNRESET
    }
  }

  private func find(_ needle: [UInt8]) -> Int? {
    guard buffer.count >= needle.count else { return nil }
    return (0...(buffer.count - needle.count)).first { Array(buffer[$0..<$0 + needle.count]) == needle }
  }

  private func fill() throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: 65_536)
    let count = recv(descriptor, &chunk, chunk.count, 0)
    guard count >= 0 else { throw Failure(description: "receive: \(String(cString: strerror(errno)))") }
    buffer.append(contentsOf: chunk[..<count])
    return count > 0
  }
}

/// Percent-encodes what a request line cannot carry, as a browser's address bar does.
func encoded(_ target: String) -> String {
  target.utf8.map { byte in
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      ? String(UnicodeScalar(byte)) : "%" + String(format: "%02X", byte)
  }.joined()
}
