import ODataURL

/// A data read of the legacy API: `…/instances/{id}/data/{relative URI}`.
package struct LegacyRoute: Sendable, Hashable {
  /// Which front the path belongs to; both are served alike.
  package enum Front: String, Sendable { case v1 = "/v1", api = "/api", bare = "" }

  package var front: Front
  /// A GUID, as the client wrote it.
  package var instanceID: String
  /// Bytes of the relative URI in the request target.
  package var target: Range<Int>

  /// The path up to the relative URI in one spelling, for links.
  package var prefix: String { "\(front.rawValue)/instances/\(instanceID.lowercased())/data/" }

  /// Reads a request target in origin-form. The fixed words of the path match without case, as clients and
  /// documentation spell them variously.
  package static func match(_ target: UnsafeBufferPointer<UInt8>) -> LegacyRouteMatch {
    var cursor = SegmentCursor(target)
    guard let first = cursor.next() else { return .notLegacy }
    var front = Front.bare
    var word = first
    if cursor.equals(first, "v1") || cursor.equals(first, "api") {
      front = cursor.equals(first, "v1") ? .v1 : .api
      guard let second = cursor.next() else { return .notLegacy }
      word = second
    }
    guard cursor.equals(word, "instances") else { return .notLegacy }
    guard let id = cursor.next() else { return .unsupported(notServed("the list of instances")) }
    guard let instanceID = guid(target, id) else { return .unsupported(.unknownInstance()) }
    guard let area = cursor.next() else { return .unsupported(notServed("the description of an instance")) }
    guard cursor.equals(area, "data") else {
      for name in operations where cursor.equals(area, name) { return .unsupported(notServed("`\(name)`")) }
      return .unsupported(
        LegacyError(
          status: 404, errorCode: "routeNotFound",
          message: "No operation of the Customer Insights API has this path. Reads are under /data/{entity}.",
          style: .apiErrorResult))
    }
    guard cursor.position < target.count, target[cursor.position - 1] == UInt8(ascii: "/") else {
      return .unsupported(
        LegacyError(
          status: 501, errorCode: "notSupported",
          message: "The entity must stand in the path: /data/{entity}. The `relativePath` parameter and the service "
            + "document are not served."))
    }
    return .data(LegacyRoute(front: front, instanceID: instanceID, target: cursor.position..<target.count))
  }

  private static let operations = [
    "manage", "profile", "profilestore", "dataprofile", "rbac", "workflows", "hierarchies",
  ]

  private static func notServed(_ what: String) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "notSupported",
      message: "This gateway serves reads under /data/{entity}; \(what) is not among what it answers.",
      style: .apiErrorResult)
  }

  private static func guid(_ target: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String? {
    guard range.count == 36 else { return nil }
    for (index, byte) in target[range].enumerated() {
      let isDash = index == 8 || index == 13 || index == 18 || index == 23
      let isHex = (0x30...0x39).contains(byte) || (0x41...0x46).contains(byte) || (0x61...0x66).contains(byte)
      guard isDash ? byte == UInt8(ascii: "-") : isHex else { return nil }
    }
    return String(decoding: target[range], as: UTF8.self)
  }
}

/// What a request target is to the legacy API.
package enum LegacyRouteMatch: Sendable, Hashable {
  case data(LegacyRoute)
  /// Part of the API, and not served.
  case unsupported(LegacyError)
  case notLegacy
}

/// Steps through the segments of a path; stops at the query.
private struct SegmentCursor {
  private let target: UnsafeBufferPointer<UInt8>
  /// Behind the segment read last and the slash after it, if any.
  private(set) var position = 0

  init(_ target: UnsafeBufferPointer<UInt8>) {
    self.target = target
    if target.first == UInt8(ascii: "/") { position = 1 }
  }

  mutating func next() -> Range<Int>? {
    let start = position
    var end = start
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
    guard end > start else { return nil }
    position = end < target.count && target[end] == UInt8(ascii: "/") ? end + 1 : end
    return start..<end
  }

  /// Whether a segment is this lower-case word in any case.
  func equals(_ segment: Range<Int>, _ word: String) -> Bool {
    target[segment].elementsEqual(word.utf8) { $0 == $1 || ($0 | 0x20) == $1 && (0x41...0x5A).contains($0) }
  }
}
