import Foundation

#if canImport(Glibc)
  import Glibc
#endif

/// One HTTP/1.1 request on a raw socket: what is on the wire, with no library mending it. It blocks a thread of its own:
/// those of the system's queues are the ones on which the sandbox answers.
enum HTTPExchange {
  struct Response: Sendable {
    var status: Int
    /// In order, names in lower case.
    var headers: [(name: String, value: String)]
    /// Every byte behind the head, until the connection was closed.
    var body: [UInt8]

    /// Values of a field.
    subscript(name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
    var text: String { String(decoding: body, as: UTF8.self) }
  }

  static func send(
    port: Int, _ method: String, _ target: String, headers: [String] = [], body: String = ""
  ) async throws -> Response {
    var head = "\(method) \(target) HTTP/1.1\r\nHost: sandbox\r\nConnection: close\r\n"
    for header in headers { head += header + "\r\n" }
    if !body.isEmpty { head += "Content-Length: \(body.utf8.count)\r\n" }
    let request = Array((head + "\r\n" + body).utf8)
    return try await withCheckedThrowingContinuation { continuation in
      Thread.detachNewThread { continuation.resume(with: Result { try parse(exchange(port: port, request)) }) }
    }
  }

  private static func exchange(port: Int, _ request: [UInt8]) throws -> [UInt8] {
    let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard descriptor >= 0 else { throw Failure(description: "no socket") }
    defer { close(descriptor) }
    // A server that does not answer fails the test instead of holding it.
    var limit = timeval(tv_sec: 120, tv_usec: 0)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = UInt16(port).bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    let result = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
      }
    }
    guard result == 0 else { throw Failure(description: "connect: \(String(cString: strerror(errno)))") }
    var rest = request[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
      guard count > 0 else { throw Failure(description: "send: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
    var received: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while true {
      let count = recv(descriptor, &chunk, chunk.count, 0)
      guard count >= 0 else { throw Failure(description: "receive: \(String(cString: strerror(errno)))") }
      if count == 0 { return received }
      received += chunk[..<count]
    }
  }

  private static func parse(_ bytes: [UInt8]) throws -> Response {
    guard let end = bytes.firstRange(of: [13, 10, 13, 10]) else { throw Failure(description: "no response head") }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).components(separatedBy: "\r\n")
    guard let status = lines[0].split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else {
      throw Failure(description: "no status line: \(lines[0])")
    }
    let headers = lines.dropFirst().map { line -> (name: String, value: String) in
      let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
      return (parts[0].lowercased(), parts.count > 1 ? parts[1].trimmingCharacters(in: .whitespaces) : "")
    }
    return Response(status: status, headers: headers, body: Array(bytes[end.upperBound...]))
  }
}
