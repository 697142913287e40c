package import ODataURL

/// A data read of the legacy API: `…/instances/{id}/data/{relative URI}`, or with the relative URI in the parameter
/// `relativePath` of the first generated clients.
package struct LegacyRoute: Sendable, Hashable {
  /// Which front the path belongs to; all are served alike, but for the case of some words in answers.
  package enum Front: String, Sendable {
    case v1 = "/v1", api = "/api", bare = ""

    /// That of a request target, by its first segment alone.
    package init(target: String) {
      let first = target.utf8.prefix { $0 != UInt8(ascii: "?") }.split(separator: UInt8(ascii: "/")).first
      self = first.flatMap { Front(rawValue: "/\(Substring($0).lowercased())") } ?? .bare
    }
  }

  /// Which front the path belongs to, for links.
  package var front: Front
  /// A GUID, as the client wrote it.
  package var instanceID: String
  /// Bytes of the relative URI in the request target, or from where on it stands there.
  private var target: Range<Int>
  /// The relative URI where it does not stand in the request target as it is.
  private var rewritten: [UInt8]?
  /// Whether places in the relative URI are places in the request target. Those of one that was put together anew are
  /// not, and must not be told.
  package private(set) var keepsPlaces = true

  private init(_ front: Front, _ instanceID: String, target: Range<Int>, rewritten: [UInt8]? = nil) {
    self.front = front
    self.instanceID = instanceID
    self.target = target
    self.rewritten = rewritten
  }

  /// The path up to the relative URI in one spelling, for links.
  package var prefix: String { "\(front.rawValue)/instances/\(instanceID.lowercased())/data/" }

  /// The relative URI, and the place in the request target that its places are counted from.
  /// - Parameter target: that was matched.
  package func relativeURI(in target: some Collection<UInt8>) -> (bytes: [UInt8], offset: Int) {
    if let rewritten { return (rewritten, self.target.lowerBound) }
    // Of bytes in memory it is one copy; by itself a generic collection is gone through byte by byte.
    let copy = target.withContiguousStorageIfAvailable { Array($0.dropFirst(self.target.lowerBound)) }
    return (copy ?? Array(target.dropFirst(self.target.lowerBound)), self.target.lowerBound)
  }

  /// Reads the relative URI.
  /// - Parameters:
  ///   - target: that was matched.
  ///   - parser: with the settings of the legacy dialect.
  package func parsed(
    in target: some Collection<UInt8>, by parser: Parser
  ) throws(SyntaxError) -> RelativeURI {
    let (bytes, offset) = relativeURI(in: target)
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(SyntaxError) in try parser.relativeURI(buffer, offset: offset) }
    }
    return try result.get()
  }

  // MARK: Matching

  /// Whether a request target in origin-form stands below a base of the legacy API (`/v1`, `/api/instances`,
  /// `/instances`, in any case), whether or not an operation has its path.
  package static func isBelowBase(_ target: String) -> Bool {
    bases.contains { base in
      let path = target.utf8
      guard path.starts(with: base, by: { ($0 | ($0 &- 65 < 26 ? 0x20 : 0)) == $1 }) else { return false }
      let next = path.dropFirst(base.count).first
      return next == nil || next == slash || next == question
    }
  }

  /// In lower case.
  private static let bases = ["/v1", "/api/instances", "/instances"].map { Array($0.utf8) }

  /// Reads a GET or HEAD request target in origin-form. The fixed words of the path match without case, as clients and
  /// documentation spell them variously.
  package static func match(_ target: UnsafeBufferPointer<UInt8>) -> LegacyRouteMatch {
    var cursor = SegmentCursor(target)
    guard let front = cursor.front() else { return .notLegacy }
    guard let id = cursor.next() else { return operation(target, front, nil) }
    guard let instanceID = guid(target, id) else { return .refused(.unknownInstance()) }
    guard let area = cursor.next(), cursor.equals(area, "data") else { return operation(target, front, instanceID) }
    // Behind `data/` stands a relative URI; `data` alone is the root, or has it in a parameter.
    guard cursor.position < target.count, target[cursor.position - 1] == slash, target[cursor.position] != question
    else { return root(target, front, instanceID, from: cursor.position) }
    if let word = cursor.peek(), cursor.isOneOf(word, ["$metadata", "%24metadata"]) {
      return operation(target, front, instanceID)
    }
    return .data(LegacyRoute(front, instanceID, target: cursor.position..<target.count))
  }

  /// Whether refusals of a request target have the shape of the legacy API, whatever stands behind its root.
  package static func isLegacy(_ target: String) -> Bool {
    let start = target.prefix(16).lowercased()
    return ["/v1/", "/api/instances", "/instances"].contains { start.hasPrefix($0) }
  }

  /// What a refused write would have been.
  /// - Returns: `nil` for a path that has no operation of this method.
  static func write(_ method: String, _ target: [UInt8]) -> LegacyWrite? {
    guard let segments = operationPath(target), case .write(let write)? = LegacyOperation.find(method, segments)?.answer
    else { return nil }
    return write
  }

  /// Segments behind `/instances`, decoded.
  private static func operationPath(_ target: some Collection<UInt8>) -> [String]? {
    guard let segments = TargetText(target).segments,
      let start = segments.prefix(2).firstIndex(where: { $0.lowercased() == "instances" })
    else { return nil }
    return Array(segments[(start + 1)...])
  }

  private static func operation(
    _ target: UnsafeBufferPointer<UInt8>, _ front: Front, _ instanceID: String?
  ) -> LegacyRouteMatch {
    guard let path = operationPath(target) else { return .refused(.unknownPath()) }
    guard let operation = LegacyOperation.find("GET", path) else {
      // Paths of rows that are written are those of other reads.
      guard path.dropFirst().first?.lowercased() != "data" else { return .refused(.unknownPath(.oDataError)) }
      return .refused(LegacyOperation.isKnown(path) ? .onlyWritten() : .unknownPath())
    }
    return .operation(
      LegacyCall(
        operation.answer, front: front, instanceID: instanceID, arguments: operation.parameters(of: path),
        parameters: TargetText(target).parameters))
  }

  /// `…/data` without anything behind it: the entity may stand in the parameter `relativePath`, before, behind or among
  /// the options of the read. Clients of version 1.0.2 do not encode its value, so that options ride along.
  private static func root(
    _ target: UnsafeBufferPointer<UInt8>, _ front: Front, _ instanceID: String, from position: Int
  ) -> LegacyRouteMatch {
    guard position < target.count, target[position] == question else { return operation(target, front, instanceID) }
    var start = position + 1
    var hasOptions = false
    while start < target.count {
      let end = target[start...].firstIndex(of: ampersand) ?? target.count
      let parameter = target[start..<end]
      let equals = parameter.firstIndex(of: UInt8(ascii: "=")) ?? end
      if isRelativePath(parameter[..<equals]) {
        var value = parameter[min(equals + 1, end)...]
        if value.first == slash {
          value = value.dropFirst()
        } else if value.prefix(3).elementsEqual("%2F".utf8, by: { $0 == $1 || $0 == $1 | 0x20 }) {
          value = value.dropFirst(3)
        }
        guard !value.isEmpty else { return .refused(.relativePathEmpty()) }
        return .data(route(target, front, instanceID, value: value, options: (position + 1)..<start))
      }
      // The service document takes no option; those without a value were not given.
      if hasValue(parameter) { hasOptions = true }
      start = end + 1
    }
    return hasOptions ? .refused(.relativePathMissing()) : operation(target, front, instanceID)
  }

  /// Whether a parameter says something that the service document cannot heed: all but the one form that it has.
  private static func hasValue(_ parameter: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    guard let text = TargetText.decoded(parameter, plusAsSpace: true)?.lowercased() else { return true }
    return text.contains("=") && !text.hasSuffix("=") && text != "$format=json" && text != "$format=application/json"
  }

  /// - Parameters:
  ///   - value: of `relativePath`.
  ///   - options: in front of it.
  private static func route(
    _ target: UnsafeBufferPointer<UInt8>, _ front: Front, _ instanceID: String,
    value: Slice<UnsafeBufferPointer<UInt8>>, options: Range<Int>
  ) -> LegacyRoute {
    var rewritten = Array(value)
    var separator = value.contains(question) ? ampersand : question
    var keepsPlaces = options.isEmpty
    for part in [target[options], target[min(value.endIndex + 1, target.count)...]] {
      for option in part.split(separator: ampersand) {
        // Clients of version 1.0.3 send the parameters that were not given, too, with nothing behind the sign. Theirs have
        // no dollar sign: an option of OData without a value is refused here as it is behind a path.
        if option.last == UInt8(ascii: "="), option.firstIndex(of: UInt8(ascii: "=")) == option.endIndex - 1,
          option.first != UInt8(ascii: "$"), !option.starts(with: "%24".utf8)
        {
          keepsPlaces = false
          continue
        }
        rewritten.append(separator)
        rewritten.append(contentsOf: option)
        separator = ampersand
      }
    }
    var route = LegacyRoute(
      front, instanceID, target: value.startIndex..<target.count, rewritten: rewritten)
    // With nothing left out, and nothing put behind it that stood in front, each byte stands where it stood.
    route.keepsPlaces = keepsPlaces
    return route
  }

  /// In any case, and percent-encoded or not.
  private static func isRelativePath(_ name: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    TargetText.decoded(name, plusAsSpace: false)?.lowercased() == "relativepath"
  }

  private static let slash = UInt8(ascii: "/")
  private static let question = UInt8(ascii: "?")
  private static let ampersand = UInt8(ascii: "&")

  private static func guid(_ target: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) -> String? {
    LegacyInstance.isID(bytes: target[range]) ? String(decoding: target[range], as: UTF8.self) : nil
  }
}

/// What a request target is to the legacy API.
package enum LegacyRouteMatch: Sendable, Hashable {
  case data(LegacyRoute)
  case operation(LegacyCall)
  /// Below `/instances`, and nothing that can be answered.
  case refused(LegacyError)
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

  /// Steps behind `instances` and what stands in front of it.
  /// - Returns: `nil` when it does not stand there.
  mutating func front() -> LegacyRoute.Front? {
    guard let first = next() else { return nil }
    var front = LegacyRoute.Front.bare
    var word = first
    if isOneOf(first, ["v1", "api"]) {
      front = equals(first, "v1") ? .v1 : .api
      guard let second = next() else { return nil }
      word = second
    }
    return equals(word, "instances") ? front : nil
  }

  mutating func next() -> Range<Int>? {
    guard let segment = peek() else { return nil }
    let end = segment.upperBound
    position = end < target.count && target[end] == UInt8(ascii: "/") ? end + 1 : end
    return segment
  }

  func peek() -> Range<Int>? {
    var end = position
    while end < target.count, target[end] != UInt8(ascii: "/"), target[end] != UInt8(ascii: "?") { end += 1 }
    return end > position ? position..<end : nil
  }

  /// Whether a segment is this lower-case word in any case.
  func equals(_ segment: Range<Int>, _ word: String) -> Bool {
    target[segment].elementsEqual(word.utf8) { $0 == $1 || ($0 | 0x20) == $1 && (0x41...0x5A).contains($0) }
  }

  func isOneOf(_ segment: Range<Int>, _ words: [String]) -> Bool { words.contains { equals(segment, $0) } }
}
