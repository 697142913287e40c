/// A request target of the legacy API, taken apart: for operations that are not OData.
struct TargetText {
  /// Segments of the path, percent-decoded; a slash at the end makes none. `nil` when one cannot be decoded.
  let segments: [String]?
  /// Query parameters in their order, decoded; a `+` is a blank.
  let parameters: [(name: String, value: String)]

  /// Query parameters that are looked at.
  static let limit = 64

  init(_ target: some Collection<UInt8>) {
    let parts = target.split(separator: UInt8(ascii: "?"), maxSplits: 1, omittingEmptySubsequences: false)
    var path = parts.first.map { Array($0) } ?? []
    if path.first == UInt8(ascii: "/") { path.removeFirst() }
    if path.last == UInt8(ascii: "/") { path.removeLast() }
    var segments: [String]? = []
    for segment in path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false) {
      guard let decoded = TargetText.decoded(segment, plusAsSpace: false) else {
        segments = nil
        break
      }
      segments?.append(decoded)
    }
    self.segments = segments
    guard parts.count > 1 else {
      parameters = []
      return
    }
    parameters = parts[1].split(separator: UInt8(ascii: "&")).prefix(TargetText.limit).compactMap { pair in
      let sides = pair.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard let name = sides.first.flatMap({ TargetText.decoded($0, plusAsSpace: true) }),
        let value = sides.count > 1 ? TargetText.decoded(sides[1], plusAsSpace: true) : ""
      else { return nil }
      return (name, value)
    }
  }

  /// - Returns: `nil` for a percent sign without two hex digits, for bytes that are no UTF-8, and for control characters.
  static func decoded(_ bytes: some Collection<UInt8>, plusAsSpace: Bool) -> String? {
    var result: [UInt8] = []
    var rest = bytes.makeIterator()
    while let byte = rest.next() {
      switch byte {
      case UInt8(ascii: "%"):
        guard let high = rest.next().flatMap(digit), let low = rest.next().flatMap(digit) else { return nil }
        result.append(high << 4 | low)
      case UInt8(ascii: "+") where plusAsSpace: result.append(UInt8(ascii: " "))
      default: result.append(byte)
      }
    }
    guard !result.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
    return String(validating: result, as: UTF8.self)
  }

  private static func digit(_ byte: UInt8) -> UInt8? {
    switch byte {
    case 0x30...0x39: byte - 0x30
    case 0x41...0x46: byte - 0x37
    case 0x61...0x66: byte - 0x57
    default: nil
    }
  }
}
