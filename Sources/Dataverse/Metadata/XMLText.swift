/// Indented XML 1.0, element by element, UTF-8.
struct XMLText {
  private(set) var bytes: [UInt8] = Array("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n".utf8)
  private var open: [String] = []

  typealias Attributes = [(name: String, value: String?)]

  /// An element without content; attributes without a value are left out.
  mutating func element(_ name: String, _ attributes: Attributes) {
    start(name, attributes)
    bytes += "/>\n".utf8
  }

  /// An element that holds text.
  mutating func element(_ name: String, text: String) {
    start(name, [])
    bytes += ">".utf8
    escape(text)
    bytes += "</\(name)>\n".utf8
  }

  /// An element with what `content` writes; `<name/>` for one that `isEmpty`.
  mutating func element(
    _ name: String, _ attributes: Attributes, isEmpty: Bool = false, content: (inout XMLText) -> Void
  ) {
    guard !isEmpty else { return element(name, attributes) }
    start(name, attributes)
    bytes += ">\n".utf8
    open.append(name)
    content(&self)
    open.removeLast()
    indent()
    bytes += "</\(name)>\n".utf8
  }

  private mutating func start(_ name: String, _ attributes: Attributes) {
    indent()
    bytes += "<\(name)".utf8
    for (name, value) in attributes {
      guard let value else { continue }
      bytes += " ".utf8
      bytes += name.utf8
      bytes += "=\"".utf8
      escape(value)
      bytes += "\"".utf8
    }
  }

  private mutating func indent() {
    for _ in open { bytes += "  ".utf8 }
  }

  private static func isPlain(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "&"), UInt8(ascii: "<"), UInt8(ascii: ">"), UInt8(ascii: "\""): false
    default: byte >= 0x20 && byte < 0x80
    }
  }

  /// Good for attribute values and text; what XML 1.0 (section 2.2) cannot hold at all becomes U+FFFD.
  private mutating func escape(_ text: String) {
    // Nearly all is names: nothing in them to replace.
    guard !text.utf8.allSatisfy(XMLText.isPlain) else {
      bytes += text.utf8
      return
    }
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": bytes += "&amp;".utf8
      case "<": bytes += "&lt;".utf8
      case ">": bytes += "&gt;".utf8
      case "\"": bytes += "&quot;".utf8
      case "\t", "\n", "\r": bytes += "&#\(scalar.value);".utf8
      case "\u{0}"..."\u{1F}", "\u{FFFE}", "\u{FFFF}": bytes += "\u{FFFD}".utf8
      default: bytes += UTF8.encode(scalar).map { Array($0) } ?? []
      }
    }
  }
}
