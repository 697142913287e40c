import JSONStream

/// Finds what is needed to go on behind a page.
package enum NextLink {
  /// The `$skiptoken` of an `@odata.nextLink`, percent-decoded once; nothing else of the link is looked at.
  /// - Parameter raw: the JSON string token.
  package static func skiptoken(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String {
    guard let token = try skiptokenIfAny(raw) else { throw ShapeError("The next link has no skip token.") }
    return token
  }

  /// As ``skiptoken(_:)``; `nil` for a link that has none, such as that of an expanded collection that is whole.
  package static func skiptokenIfAny(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String? {
    let link: [UInt8]
    do throws(JSONStreamError) {
      link = try JSONText.decode(raw)
    } catch {
      throw ShapeError("The next link cannot be read.")
    }
    guard let question = link.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    var found: [UInt8]?
    for option in link[(question + 1)...].split(separator: UInt8(ascii: "&")) {
      let parts = option.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = decoded(parts[0]), name.elementsEqual("$skiptoken".utf8) else { continue }
      guard found == nil else { throw ShapeError("The next link has two skip tokens.") }
      guard let value = decoded(parts[1]) else { throw ShapeError("The skip token is not well encoded.") }
      found = value
    }
    guard let found, !found.isEmpty else { return nil }
    guard let token = String(validating: found, as: UTF8.self) else {
      throw ShapeError("The skip token is not well encoded.")
    }
    return token
  }

  private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}
