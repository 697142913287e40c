import Foundation
import Testing

@testable import Sandbox

/// A sandbox without its socket, for tables of many requests; made once, as nothing can change it.
struct Organization: Sendable {
  let service: SandboxService
  let samples: SandboxSamples
  static let origin = "http://127.0.0.1:1"
  static let customers = 90

  private static let made = Result { try Organization(customers: customers, activitiesPerCustomer: 8) }
  static func shared() throws -> Organization { try made.get() }

  init(customers: Int, activitiesPerCustomer: Int, seed: UInt64 = 1, database: String = ":memory:") throws {
    let configuration = SandboxConfiguration(
      customers: customers, activitiesPerCustomer: activitiesPerCustomer, seed: seed, database: database)
    service = try SandboxService(configuration)
    samples = SandboxSamples.from(configuration)
  }

  /// - Parameter path: below the service root, not yet percent-encoded unless `isEncoded`.
  func get(
    _ path: String, prefer: [String] = [], ifNoneMatch: String? = nil, method: String = "GET", isEncoded: Bool = false
  ) async -> SandboxAnswer {
    await service.answer(
      SandboxRequest(
        method: method, target: "/api/data/v9.2/" + (isEncoded ? path : encoded(path)), prefer: prefer,
        ifNoneMatch: ifNoneMatch, tunnels: false), origin: Organization.origin)
  }

  /// The rows of one page.
  func rows(_ path: String, prefer: [String] = []) async throws -> [[String: Any]] {
    let answer = await get(path, prefer: prefer)
    try #require(answer.status == 200, "\(path): \(answer.text)")
    return try answer.rows()
  }

  /// All rows of a table, through the next links.
  func allRows(_ path: String, prefer: [String] = []) async throws -> [[String: Any]] {
    var rows: [[String: Any]] = []
    var next: String? = encoded(path)
    while let target = next {
      let answer = await get(target, prefer: prefer, isEncoded: true)
      try #require(answer.status == 200, "\(target): \(answer.text)")
      rows += try answer.rows()
      next = try answer.nextPath()
    }
    return rows
  }
}

struct Failure: Error, CustomStringConvertible { var description: String }

extension SandboxAnswer {
  var text: String { String(decoding: body, as: UTF8.self) }

  func json() throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: Data(body)) as? [String: Any] else {
      throw Failure(description: "not an object: \(text.prefix(200))")
    }
    return object
  }

  func rows() throws -> [[String: Any]] {
    guard let rows = try json()["value"] as? [[String: Any]] else {
      throw Failure(description: "no rows: \(status) \(text.prefix(200))")
    }
    return rows
  }

  /// The next link's part below the service root.
  func nextPath() throws -> String? {
    guard let link = try json()["@odata.nextLink"] as? String else { return nil }
    let root = Organization.origin + "/api/data/v9.2/"
    guard link.hasPrefix(root) else { throw Failure(description: "a link to elsewhere: \(link)") }
    return String(link.dropFirst(root.count))
  }

  /// Code of an error in the service's shape: `error` alone, holding texts `code` and `message`, neither of them absent.
  func errorCode() throws -> String {
    let object = try json()
    guard object.count == 1, let error = object["error"] as? [String: Any], let code = error["code"] as? String,
      let message = error["message"] as? String, !message.isEmpty
    else { throw Failure(description: "not an error: \(text.prefix(200))") }
    return code
  }
}

/// Percent-encodes what a request line cannot carry; `%`, `+`, `&` and `#` only through ``literal(_:)``.
func encoded(_ target: String) -> String {
  target.utf8.map { byte in
    byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "\"") && byte != UInt8(ascii: "\\")
      ? String(UnicodeScalar(byte)) : hex(byte)
  }.joined()
}

/// A string literal whose every byte but letters and digits is percent-encoded, so that it arrives as it is.
func literal(_ text: String) -> String {
  let doubled = text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''")
  let body = doubled.utf8.map { byte in
    switch byte {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: String(UnicodeScalar(byte))
    default: hex(byte)
    }
  }
  return "'\(body.joined())'"
}

private func hex(_ byte: UInt8) -> String { "%" + String(format: "%02X", byte) }
