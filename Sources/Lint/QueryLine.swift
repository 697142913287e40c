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

  /// Reads a line: a URL, a path or a query relative to the service root, with or without a method before it. `nil` for
  /// blank lines and comments (`#`).
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
    }
    if let authority = QueryLine.authorityEnd(bytes[start..<end]) { start = authority }
    let given = String(decoding: bytes[start..<end], as: UTF8.self)
    var prefix = ""
    if !given.isEmpty, !given.hasPrefix("/") {
      let head = given.prefix { $0 != "?" && $0 != "(" && $0 != "/" && $0 != "$" && $0 != "%" }.lowercased()
      prefix =
        legacyEntities.contains(head) ? "/v1/instances/00000000-0000-0000-0000-000000000000/data/" : "/api/data/v9.2/"
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
