import Foundation

/// Hands a document to the XML parser, and looks at every byte before the parser does.
///
/// What it refuses, it refuses in the bytes: the parser would expand entities, change its decoder by what the document
/// says, and collect a tag of any length, before anything of that came to light.
final class CSDLInput: InputStream {
  private let next: CSDLReader.Chunks
  private let limits: CSDLReader.Limits
  /// Looked at and not yet taken.
  private var chunk: [UInt8] = []
  private var position = 0
  private var total = 0
  /// Bytes since the last `<`.
  private var markup = 0
  private var place = Place.content
  private var isStarted = false
  private var isEnded = false
  /// Why the document ended here for the parser.
  private(set) var failure: CSDLReader.Failure?

  private enum Place { case content, less, exclamation }

  init(_ next: @escaping CSDLReader.Chunks, limits: CSDLReader.Limits) {
    self.next = next
    self.limits = limits
    super.init(data: Data())
  }

  override func open() {}
  override func close() {}
  override var hasBytesAvailable: Bool { !isEnded }

  /// Ends the document for the parser.
  func stop() {
    isEnded = true
    chunk = []
    position = 0
  }

  override func read(_ buffer: UnsafeMutablePointer<UInt8>, maxLength: Int) -> Int {
    var count = 0
    // Filled up, since the parser wants several bytes at its start to know what it has.
    while count < maxLength, fill() {
      let length = min(maxLength - count, chunk.count - position)
      chunk.withUnsafeBufferPointer { bytes in
        guard let base = bytes.baseAddress else { return }
        (buffer + count).update(from: base + position, count: length)
      }
      position += length
      count += length
    }
    // What comes after a refusal is not parsed, and nothing before it in this piece either.
    return failure == nil ? count : 0
  }

  /// Whether there are bytes to take.
  private func fill() -> Bool {
    while position == chunk.count {
      guard !isEnded else { return false }
      do throws(CSDLReader.Failure) {
        chunk = try isStarted ? more() : head()
        position = 0
        try check(chunk)
      } catch {
        failure = error
        stop()
      }
    }
    return true
  }

  /// The next bytes; none at the end.
  private func more() throws(CSDLReader.Failure) -> [UInt8] {
    let bytes: [UInt8]?
    do {
      bytes = try next()
    } catch {
      throw .unreadable("\(error)")
    }
    guard let bytes else {
      isEnded = true
      return []
    }
    total += bytes.count
    guard total <= limits.bytes else { throw .tooLarge(limit: limits.bytes) }
    return bytes
  }

  // MARK: The beginning

  /// Bytes in which an XML declaration must be whole.
  private static let longestDeclaration = 1024

  /// The first bytes, at least as many as the XML declaration has.
  private func head() throws(CSDLReader.Failure) -> [UInt8] {
    isStarted = true
    var bytes: [UInt8] = []
    while bytes.count < CSDLInput.longestDeclaration, !bytes.contains(UInt8(ascii: ">")), !isEnded {
      bytes += try more()
    }
    var text = bytes[...]
    if text.starts(with: [0xEF, 0xBB, 0xBF]) { text = text.dropFirst(3) }
    // What is no UTF-8 shows here: the other encodings begin with a mark of theirs, or with other bytes for `<`.
    guard !text.prefix(64).contains(where: { $0 >= 0x80 || $0 == 0 }) else { throw .encoding }
    guard let first = text.first(where: { !CSDLInput.isBlank($0) }) else { return bytes }
    guard first == UInt8(ascii: "<") else { throw .malformed(line: 1) }
    if text.starts(with: "<?xml".utf8) {
      let declaration = text.prefix(CSDLInput.longestDeclaration).prefix { $0 != UInt8(ascii: ">") }
      guard CSDLInput.isUTF8(declaration: String(decoding: declaration, as: UTF8.self)) else { throw .encoding }
    }
    return bytes
  }

  private static func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || (0x09...0x0D).contains(byte) }

  /// Whether an XML declaration (XML 1.0, section 4.3.3) names UTF-8, a part of it, or nothing.
  private static func isUTF8(declaration: String) -> Bool {
    guard let name = declaration.range(of: "encoding") else { return true }
    let value = declaration[name.upperBound...].drop { $0 == " " || $0 == "=" || $0 == "\t" || $0.isNewline }
    guard let quote = value.first, quote == "\"" || quote == "'" else { return false }
    return ["utf-8", "us-ascii"].contains(value.dropFirst().prefix { $0 != quote }.lowercased())
  }

  // MARK: Every byte

  private func check(_ bytes: [UInt8]) throws(CSDLReader.Failure) {
    let problem = bytes.withUnsafeBufferPointer { scan($0) }
    if let problem { throw problem }
  }

  private func scan(_ bytes: UnsafeBufferPointer<UInt8>) -> CSDLReader.Failure? {
    var markup = markup
    var place = place
    defer {
      self.markup = markup
      self.place = place
    }
    for byte in bytes {
      markup += 1
      if byte == UInt8(ascii: "<") {
        markup = 0
        place = .less
      } else if place != .content {
        switch (place, byte) {
        case (.less, UInt8(ascii: "!")): place = .exclamation
        // A comment or a CDATA section; every other `<!` is a declaration.
        case (.exclamation, UInt8(ascii: "-")), (.exclamation, UInt8(ascii: "[")): place = .content
        case (.exclamation, _): return .declaration
        default: place = .content
        }
      }
      if byte == 0 { return .encoding }
      if markup >= limits.markupBytes { return .tooLarge(limit: limits.markupBytes) }
    }
    return nil
  }
}
