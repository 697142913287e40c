/// One query as it stands in a source: the target within its line, so that findings can point at it.
package struct QueryLine: Sendable, Hashable {
  /// Name of the source: a file's path, or `-` for standard input.
  package var file: String
  /// 1-based.
  package var line: Int
  /// The whole line.
  package var text: String
  /// Request target in origin-form.
  package var target: String
  /// Bytes of `text` before the place where `target` begins in it. Negative when the target was completed: a query
  /// without a path gets `/api/data/v9.2/` in front.
  package var offset: Int
  /// The method that stands before the target; `GET` when none does.
  package var method: String

  /// Reads a line: a URL, a path or a query relative to the service root, with or without a method before it, and the
  /// version behind it that a request line has (`GET … HTTP/1.1`). `nil` for blank lines and comments (`#`).
  ///
  /// Without a path, names of legacy entities and of their sources (`eCommerce_eCommercePurchases`: no entity set of
  /// Dataverse has capitals in its publisher's prefix) make a legacy query, and so does `data?relativePath=…`.
  package init?(file: String, line: Int, text: String, legacyEntities: Set<String>) {
    let bytes = Array(text.utf8)
    var start = 0
    var end = bytes.count
    while start < end, QueryLine.isBlank(bytes[start]) { start += 1 }
    while end > start, QueryLine.isBlank(bytes[end - 1]) { end -= 1 }
    guard start < end, bytes[start] != UInt8(ascii: "#") else { return nil }
    var method = "GET"
    let word = bytes[start..<end].prefix { $0 >= UInt8(ascii: "A") && $0 <= UInt8(ascii: "Z") }
    if word.endIndex < end, !word.isEmpty, bytes[word.endIndex] == UInt8(ascii: " ") {
      method = String(decoding: word, as: UTF8.self)
      start = word.endIndex
      while start < end, QueryLine.isBlank(bytes[start]) { start += 1 }
      end = QueryLine.versionStart(bytes[start..<end]) ?? end
    }
    if let authority = QueryLine.authorityEnd(bytes[start..<end]) { start = authority }
    let given = String(decoding: bytes[start..<end], as: UTF8.self)
    var prefix = ""
    if !given.isEmpty, !given.hasPrefix("/") {
      let head = given.prefix { $0 != "?" && $0 != "(" && $0 != "/" && $0 != "$" && $0 != "%" }
      let instance = "/v1/instances/00000000-0000-0000-0000-000000000000/"
      if given.lowercased().hasPrefix("data?relativepath=") {
        prefix = instance
      } else if legacyEntities.contains(head.lowercased()) || QueryLine.isSource(head) {
        prefix = instance + "data/"
      } else {
        prefix = "/api/data/v9.2/"
      }
    }
    self.file = file
    self.line = line
    self.text = text
    self.method = method
    target = given.isEmpty ? "/" : prefix + given
    offset = start - prefix.utf8.count
  }

  /// A line that holds no query, for findings about it.
  init(comment text: String, file: String, line: Int) {
    (self.file, self.line, self.text) = (file, line, text)
    (target, offset, method) = ("", 0, "GET")
  }

  /// Whether a name is written as Customer Insights names the tables of sources: `Source_Table`, with a capital in the
  /// first part.
  private static func isSource(_ name: Substring) -> Bool {
    let source = name.prefix { $0 != "_" }
    return source.count < name.count && source.first?.isLetter == true
      && source.contains { $0.isASCII && $0.isUppercase }
      && name.allSatisfy { $0 == "_" || $0.isLetter || $0.isNumber }
  }

  /// Where the blanks begin in front of the protocol's version that a request line ends with (RFC 9112, section 3).
  private static func versionStart(_ bytes: ArraySlice<UInt8>) -> Int? {
    guard let blank = bytes.lastIndex(of: 0x20) else { return nil }
    let version = bytes[(blank + 1)...]
    guard version.count == 8, version.starts(with: "HTTP/".utf8), version.dropFirst(5).first.map(isDigit) == true,
      version.dropFirst(6).first == UInt8(ascii: "."), version.last.map(isDigit) == true
    else { return nil }
    let rest = bytes[..<blank]
    return (rest.lastIndex { !isBlank($0) }).map { $0 + 1 } ?? bytes.startIndex
  }

  private static func isDigit(_ byte: UInt8) -> Bool { (0x30...0x39).contains(byte) }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }

  /// Where the path begins behind `http://host` or `https://host`.
  private static func authorityEnd(_ bytes: ArraySlice<UInt8>) -> Int? {
    for scheme in ["http://", "https://"] {
      let head = bytes.prefix(scheme.utf8.count)
      guard head.count == scheme.utf8.count, zip(head, scheme.utf8).allSatisfy({ ($0 | 0x20) == ($1 | 0x20) }) else {
        continue
      }
      return bytes[head.endIndex...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.endIndex
    }
    return nil
  }
}
