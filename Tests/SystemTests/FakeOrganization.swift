import Foundation
import Synchronization
import Testing

#if canImport(Glibc)
  import Glibc
#endif

/// A server that answers as it is told and remembers what it was asked: for what a sandbox never does.
final class FakeOrganization: Sendable {
  struct Seen: Sendable {
    var line: String
    var headers: [String]
  }

  let origin: String
  private let descriptor: Int32
  private let state = Mutex<(seen: [Seen], isStopped: Bool)>(([], false))

  /// - Parameter answer: whole response bytes for a request line; the connection closes behind them.
  convenience init(_ answer: @escaping @Sendable (String) -> String) throws {
    try self.init(serve: { line, send in _ = send(answer(line)) })
  }

  /// - Parameter serve: sends the response to a request line piece by piece; the connection closes when it returns. What
  ///   it sends with says whether the other side still takes it.
  convenience init(serve: @escaping @Sendable (_ line: String, _ send: (String) -> Bool) -> Void) throws {
    try self.init(all: { request, send in serve(request.line, send) })
  }

  /// One that is given the whole head of each request.
  static func seeing(
    _ serve: @escaping @Sendable (_ request: Seen, _ send: (String) -> Bool) -> Void
  ) throws -> FakeOrganization { try FakeOrganization(all: serve) }

  private init(all serve: @escaping @Sendable (_ request: Seen, _ send: (String) -> Bool) -> Void) throws {
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var length = socklen_t(MemoryLayout<sockaddr_in>.size)
    let descriptor = descriptor
    withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        _ = bind(descriptor, $0, length)
        _ = listen(descriptor, 64)
        _ = getsockname(descriptor, $0, &length)
      }
    }
    origin = "http://127.0.0.1:\(UInt16(bigEndian: address.sin_port))"
    Thread.detachNewThread { [self] in
      while true {
        let client = accept(descriptor, nil, nil)
        if client < 0 { return }
        Thread.detachNewThread { self.serve(client, serve) }
      }
    }
  }

  deinit { close(descriptor) }

  func stop() { shutdown(descriptor, Int32(SHUT_RDWR)) }

  var seen: [Seen] { state.withLock { $0.seen } }
  /// Requests for rows, table definitions left out.
  var reads: [Seen] { seen.filter { !$0.line.contains("EntityDefinitions") } }

  private func serve(_ client: Int32, _ serve: (Seen, (String) -> Bool) -> Void) {
    defer { close(client) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while !String(decoding: bytes, as: UTF8.self).contains("\r\n\r\n") {
      let count = recv(client, &chunk, chunk.count, 0)
      if count <= 0 { return }
      bytes += chunk[..<count]
    }
    let lines = String(decoding: bytes, as: UTF8.self).components(separatedBy: "\r\n").filter { !$0.isEmpty }
    let request = Seen(line: lines[0], headers: Array(lines.dropFirst()))
    state.withLock { $0.seen.append(request) }
    serve(request) { text in
      var text = text
      return text.withUTF8 { bytes in
        var rest = bytes[...]
        while !rest.isEmpty {
          let part = UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: rest))
          let count = send(client, part.baseAddress, part.count, Int32(MSG_NOSIGNAL))
          if count <= 0 { return false }
          rest = rest.dropFirst(count)
        }
        return true
      }
    }
  }

  static func json(_ body: String, status: String = "200 OK", fields: String = "") -> String {
    "HTTP/1.1 \(status)\r\nContent-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\(fields)Connection: close\r\n\r\n\(body)"
  }

  /// The first link to a further page, as a target.
  static func links(_ gateway: Gateway) throws -> String {
    let page = try HTTPConnection.get(
      gateway.origin, "/api/data/v9.2/msdynci_customerprofiles?$select=msdynci_customerid",
      headers: ["Prefer: odata.maxpagesize=5"])
    let link = try #require(try page.json()["@odata.nextLink"] as? String)
    return String(link.dropFirst(gateway.origin.count))
  }

  /// A gateway in front of this server.
  func gateway(
    _ more: String = "callers: { anonymous: default }", limits: String = "{}", arguments: [String] = [],
    environment: [String: String] = [:]
  ) throws -> (program: Program, origin: String) {
    let folder = try TemporaryFolder()
    defer { folder.remove() }
    let file = try folder.write(
      "sluice.yaml",
      """
      version: 1
      server: { listen: "127.0.0.1:0", limits: \(limits) }
      upstream: { url: "\(origin)", httpVersion: 1 }
      log: { access: "off" }
      \(more)
      """)
    let program = try Program(["serve", "--config", file] + arguments, environment: environment)
    return (program, try program.address("gateway"))
  }
}
