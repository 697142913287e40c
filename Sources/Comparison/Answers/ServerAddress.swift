/// One of the two servers, and where on it the requests of a corpus are found.
///
/// With an address of scheme, host and port alone a request keeps its path. A path behind them that ends with an
/// instance (`/v1/instances/{id}`), a front (`/v1`, `/api`) or a Dataverse root (`/api/data/v9.2`) takes the place of the
/// same part of the request; any other path stands in front of the whole request.
package struct ServerAddress: Sendable {
  /// Scheme, host and port.
  package let origin: String
  private let path: String
  private let kind: Kind
  private let instances: InstanceMap

  private enum Kind { case dataverse, instance, front, prefix }

  /// - Parameters:
  ///   - url: http or https, without a query.
  ///   - instances: `FROM=TO`, or `TO` for every other instance id.
  /// - Throws: what is wrong with either.
  package init(_ url: String, instances: [String] = []) throws(ComparisonMistake) {
    guard let scheme = ["https://", "http://"].first(where: { url.lowercased().hasPrefix($0) }) else {
      throw ComparisonMistake("An address begins with https:// (or http://, for this machine).")
    }
    let isPlain = url.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "@") }
    guard isPlain, !url.contains("?"), !url.contains("#") else {
      throw ComparisonMistake("An address has scheme, host, port and path only.")
    }
    let rest = url.dropFirst(scheme.count)
    let authority = rest.prefix { $0 != "/" }
    guard !authority.isEmpty else { throw ComparisonMistake("An address names a host.") }
    origin = scheme + authority
    var path = rest.dropFirst(authority.count)
    while path.hasSuffix("/") { path = path.dropLast() }
    self.path = String(path)
    kind = ServerAddress.kind(path.split(separator: "/"))
    self.instances = try InstanceMap(instances)
  }

  private static func kind(_ segments: [Substring]) -> Kind {
    guard let last = segments.last else { return .prefix }
    if segments.count >= 2, ASCIIText.equal(segments[segments.count - 2], "instances") { return .instance }
    if CorpusTarget.dataverseRoot(segments.suffix(3)) { return .dataverse }
    return ASCIIText.equal(last, "v1") || ASCIIText.equal(last, "api") ? .front : .prefix
  }

  /// The request of a corpus as it is sent to this server: path and query, percent-encoded where it must be.
  /// - Parameter target: in origin-form.
  /// - Throws: why it has no place on this server.
  package func target(for target: String) throws(ComparisonMistake) -> String {
    let parts = CorpusTarget(target)
    switch (parts.kind, kind) {
    case (.dataverse, .dataverse): return PercentEncoding.sendable(path + parts.rest)
    case (.legacy(_, let id), .instance) where id != nil: return PercentEncoding.sendable(path + parts.rest)
    case (.legacy(_, let id), .front): return PercentEncoding.sendable(try path + middle(id) + parts.rest)
    case (.legacy(let front, let id), .prefix):
      return PercentEncoding.sendable(try path + front + middle(id) + parts.rest)
    case (.dataverse, .front) where ASCIIText.equal(path.suffix(4), "/api"):
      return PercentEncoding.sendable(path.dropLast(4) + target)
    case (.dataverse, .prefix), (.other, .prefix): return PercentEncoding.sendable(path + target)
    case (.dataverse, .instance), (.dataverse, .front), (.legacy, .dataverse), (.legacy, .instance), (.other, _):
      throw ComparisonMistake("The request is not of the API that the address names; give scheme, host and port alone.")
    }
  }

  private func middle(_ id: String?) throws(ComparisonMistake) -> String {
    guard let id else { return "/instances" }
    return "/instances/\(try instances.id(for: id))"
  }

  /// Where a link to the next page leads on this server. What host it names is left aside, so that header fields go
  /// nowhere else.
  /// - Parameter current: the target of the page that has the link.
  package func target(ofLink link: String, from current: String) -> String {
    let lower = link.lowercased()
    if lower.hasPrefix("http://") || lower.hasPrefix("https://") {
      let rest = link.drop { $0 != ":" }.dropFirst(3)
      let target = rest[(rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex)...]
      return PercentEncoding.sendable(target.hasPrefix("/") ? target[...] : "/" + target)
    }
    if link.hasPrefix("/") { return PercentEncoding.sendable(link) }
    let path = current.prefix { $0 != "?" }
    if link.hasPrefix("?") { return PercentEncoding.sendable(path + link) }
    let folder = path.lastIndex(of: "/").map { path[...$0] } ?? "/"
    return PercentEncoding.sendable(folder + link)
  }
}

/// Instance ids of a corpus → those of one server.
private struct InstanceMap: Sendable {
  private var known: [String: String] = [:]
  private var other: String?

  init(_ options: [String]) throws(ComparisonMistake) {
    for option in options {
      let parts = option.split(separator: "=", omittingEmptySubsequences: false)
      let isPlain = parts.allSatisfy { part in
        !part.isEmpty
          && part.utf8.allSatisfy {
            (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x2D
          }
      }
      guard isPlain, parts.count <= 2, let last = parts.last else {
        throw ComparisonMistake("An instance is an id, or FROM=TO.")
      }
      if parts.count == 2 { known[parts[0].lowercased()] = String(last) } else { other = String(last) }
    }
  }

  func id(for id: String) throws(ComparisonMistake) -> String {
    if let mapped = known[id.lowercased()] ?? other { return mapped }
    guard id != CorpusTarget.noInstance else {
      throw ComparisonMistake(
        "The request names no instance; give one (--left-instance, --right-instance), or an address that ends with one."
      )
    }
    return id
  }
}

/// A request target, taken apart as far as addresses need it.
struct CorpusTarget {
  enum Kind {
    case dataverse
    /// `front` is `/v1`, `/api` or nothing; without an id it is the list of instances.
    case legacy(front: String, id: String?)
    case other
  }

  /// The id of a request that was written without a path.
  static let noInstance = "00000000-0000-0000-0000-000000000000"

  var kind: Kind
  /// What is behind the root or the instance, with a `/` before it if there is one.
  var rest: String

  init(_ target: String) {
    let path = target.prefix { $0 != "?" }
    let segments = path.split(separator: "/", maxSplits: 4)
    func behind(_ count: Int) -> String {
      segments.count >= count ? String(target[segments[count - 1].endIndex...]) : ""
    }
    if CorpusTarget.dataverseRoot(segments.prefix(3)) {
      (kind, rest) = (.dataverse, behind(3))
      return
    }
    let hasFront = segments.first.map { ASCIIText.equal($0, "v1") || ASCIIText.equal($0, "api") } ?? false
    let place = hasFront ? 1 : 0
    guard segments.count > place, ASCIIText.equal(segments[place], "instances") else {
      (kind, rest) = (.other, target)
      return
    }
    let hasID = segments.count > place + 1
    kind = .legacy(front: hasFront ? "/\(segments[0])" : "", id: hasID ? String(segments[place + 1]) : nil)
    rest = behind(place + (hasID ? 2 : 1))
  }

  /// Whether three segments are `api/data/v9.2` or another version.
  static func dataverseRoot(_ segments: ArraySlice<Substring>) -> Bool {
    guard segments.count == 3, let version = segments.last?.utf8, version.first.map({ $0 | 0x20 }) == UInt8(ascii: "v")
    else { return false }
    return zip(segments, ["api", "data"]).allSatisfy { ASCIIText.equal($0, $1) }
      && version.dropFirst().allSatisfy { (0x30...0x39).contains($0) || $0 == UInt8(ascii: ".") }
  }
}

/// Bytes that no request target may hold (RFC 3986, appendix A), percent-encoded; all else as it is.
enum PercentEncoding {
  static func sendable(_ target: some StringProtocol) -> String {
    var out: [UInt8] = []
    for byte in target.utf8 {
      if byte > 0x20, byte < 0x7F, !forbidden.contains(byte) {
        out.append(byte)
      } else {
        let digits = Array("0123456789ABCDEF".utf8)
        out += [UInt8(ascii: "%"), digits[Int(byte >> 4)], digits[Int(byte & 15)]]
      }
    }
    return String(decoding: out, as: UTF8.self)
  }

  private static let forbidden = Set("\"#<>\\^`{|}".utf8)

  /// Text with its percent-encoded bytes undone; `+` is a blank, as in forms.
  static func decoded(_ text: some StringProtocol) -> String {
    var out: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      if byte == UInt8(ascii: "%"), rest.count >= 2,
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      {
        out.append(value)
        rest = rest.dropFirst(2)
      } else {
        out.append(byte == UInt8(ascii: "+") ? 0x20 : byte)
      }
    }
    return String(decoding: out, as: UTF8.self)
  }
}
