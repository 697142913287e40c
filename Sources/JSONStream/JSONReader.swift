/// Reads one JSON document (RFC 8259) pushed in chunks of any size, strictly and in bounded memory.
///
/// A token that lies within one chunk is handed on in place; only one that is split is copied. What is kept between
/// chunks is the begun token and one bit a level of nesting.
package struct JSONReader: Sendable {
  /// What may come next.
  private enum Expectation { case value, firstItemOrEnd, firstNameOrEnd, name, colon, commaOrEnd, end }

  private enum Token { case none, string(isName: Bool), number, word }

  private let limits: JSONLimits
  private var expectation = Expectation.value
  /// `true` for an object, for each open level.
  private var levels: [Bool] = []
  private var token = Token.none
  /// The part of the current token that earlier chunks brought.
  private var carried: [UInt8] = []
  private var string = StringState()
  /// Bytes of earlier chunks.
  private var base = 0
  /// Where the token began, in the document.
  private var tokenStart = 0

  package init(limits: JSONLimits = JSONLimits()) { self.limits = limits }

  /// Takes the next chunk.
  /// - Throws: at the first byte that is wrong; the reader must not be used afterwards.
  package mutating func read(
    _ chunk: UnsafeBufferPointer<UInt8>, into handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    guard base + chunk.count <= limits.documentBytes else {
      throw JSONStreamError(.documentTooLong, at: limits.documentBytes, "The document is too long.")
    }
    var index = 0
    while index < chunk.count {
      switch token {
      case .none: try structure(chunk, &index, &handler)
      case .string(let isName): try readString(chunk, &index, isName: isName, &handler)
      case .number, .word: try readBare(chunk, &index, &handler)
      }
    }
    base += chunk.count
  }

  /// Takes the next chunk.
  package mutating func read(_ bytes: [UInt8], into handler: inout some JSONEventHandler) throws(JSONStreamError) {
    var failure: JSONStreamError?
    bytes.withUnsafeBufferPointer { buffer in
      do throws(JSONStreamError) {
        try read(buffer, into: &handler)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  /// Says that the document is over.
  /// - Throws: when it is not whole.
  package mutating func finish(into handler: inout some JSONEventHandler) throws(JSONStreamError) {
    switch token {
    case .number, .word: try endBare(UnsafeBufferPointer(start: nil, count: 0), &handler)
    case .string: throw JSONStreamError(.truncated, at: base, "The document ends inside a string.")
    case .none: break
    }
    guard case .end = expectation else { throw JSONStreamError(.truncated, at: base, "The document is not whole.") }
  }

  // MARK: Structure

  private mutating func structure(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let byte = chunk[index]
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: index += 1
    case UInt8(ascii: "{"):
      try beginValue(index)
      try open(isObject: true, index)
      expectation = .firstNameOrEnd
      try handler.handle(.beginObject, .init(start: nil, count: 0))
      index += 1
    case UInt8(ascii: "["):
      try beginValue(index)
      try open(isObject: false, index)
      expectation = .firstItemOrEnd
      try handler.handle(.beginArray, .init(start: nil, count: 0))
      index += 1
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      let isObject = byte == UInt8(ascii: "}")
      let mayEnd: Bool =
        switch expectation {
        case .commaOrEnd: levels.last == isObject
        case .firstNameOrEnd: isObject
        case .firstItemOrEnd: !isObject
        default: false
        }
      guard mayEnd else { throw wrong(index, "A bracket closes what is not open.") }
      levels.removeLast()
      expectation = levels.isEmpty ? .end : .commaOrEnd
      try handler.handle(isObject ? .endObject : .endArray, .init(start: nil, count: 0))
      index += 1
    case UInt8(ascii: ","):
      guard case .commaOrEnd = expectation, let isObject = levels.last else { throw wrong(index, "A comma is misplaced.") }
      expectation = isObject ? .name : .value
      index += 1
    case UInt8(ascii: ":"):
      guard case .colon = expectation else { throw wrong(index, "A colon is misplaced.") }
      expectation = .value
      index += 1
    case UInt8(ascii: "\""):
      switch expectation {
      case .name, .firstNameOrEnd: token = .string(isName: true)
      default:
        try beginValue(index)
        token = .string(isName: false)
      }
      tokenStart = base + index
      string = StringState()
      // The opening quote belongs to the token; reading goes on behind it.
    case UInt8(ascii: "-"), 0x30...0x39:
      try beginValue(index)
      token = .number
      tokenStart = base + index
    case UInt8(ascii: "a")...UInt8(ascii: "z"):
      try beginValue(index)
      token = .word
      tokenStart = base + index
    default: throw wrong(index, "A byte is misplaced.")
    }
  }

  private func beginValue(_ index: Int) throws(JSONStreamError) {
    switch expectation {
    case .value, .firstItemOrEnd: return
    default: throw wrong(index, "A value is misplaced.")
    }
  }

  private mutating func open(isObject: Bool, _ index: Int) throws(JSONStreamError) {
    guard levels.count < limits.depth else {
      throw JSONStreamError(.depth, at: base + index, "The document is nested deeper than \(limits.depth) levels.")
    }
    levels.append(isObject)
  }

  private func wrong(_ index: Int, _ message: String) -> JSONStreamError {
    JSONStreamError(.syntax, at: base + index, message)
  }

  // MARK: Tokens

  private mutating func readString(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, isName: Bool, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let start = index
    if carried.isEmpty, base + index == tokenStart { index += 1 }
    while index < chunk.count {
      let byte = chunk[index]
      if string.isPlain, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20, byte < 0x80 {
        index += 1
        continue
      }
      do throws(StringState.Failure) {
        let isClosed = try string.take(byte)
        index += 1
        guard isClosed else { continue }
      } catch {
        throw error == .control
          ? wrong(index, "A string holds a control character or a wrong escape.")
          : JSONStreamError(.encoding, at: base + index, "A string is not well-formed Unicode.")
      }
      let kind: JSONEvent = isName ? .name : .string
      expectation = isName ? .colon : levels.isEmpty ? .end : .commaOrEnd
      return try emit(kind, chunk, start..<index, &handler)
    }
    try carry(chunk, start..<index)
  }

  private mutating func readBare(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let start = index
    while index < chunk.count {
      switch chunk[index] {
      case 0x30...0x39, UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "-"),
        UInt8(ascii: "+"), UInt8(ascii: "."):
        index += 1
        continue
      default: break
      }
      return try endBare(UnsafeBufferPointer(rebasing: chunk[start..<index]), &handler)
    }
    try carry(chunk, start..<index)
  }

  private mutating func endBare(
    _ text: UnsafeBufferPointer<UInt8>, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let isNumber = if case .number = token { true } else { false }
    expectation = levels.isEmpty ? .end : .commaOrEnd
    token = .none
    let whole = carried + text
    carried.removeAll(keepingCapacity: true)
    var failure: JSONStreamError?
    whole.withUnsafeBufferPointer { buffer in
      do throws(JSONStreamError) {
        guard let event = isNumber ? NumberGrammar.event(buffer) : JSONReader.word(buffer) else {
          throw JSONStreamError(
            .syntax, at: tokenStart, isNumber ? "A number is malformed." : "A word is none of true, false and null.")
        }
        try handler.handle(event, buffer)
      } catch {
        failure = error
      }
    }
    if let failure { throw failure }
  }

  private static func word(_ text: UnsafeBufferPointer<UInt8>) -> JSONEvent? {
    if text.elementsEqual("null".utf8) { return .null }
    return text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8) ? .bool : nil
  }

  private mutating func emit(
    _ event: JSONEvent, _ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
    _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    token = .none
    guard carried.count + range.count <= limits.tokenBytes else { throw tooLong() }
    guard !carried.isEmpty else { return try handler.handle(event, UnsafeBufferPointer(rebasing: chunk[range])) }
    carried.append(contentsOf: chunk[range])
    var failure: JSONStreamError?
    carried.withUnsafeBufferPointer { buffer in
      do throws(JSONStreamError) {
        try handler.handle(event, buffer)
      } catch {
        failure = error
      }
    }
    carried.removeAll(keepingCapacity: true)
    if let failure { throw failure }
  }

  private mutating func carry(_ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>) throws(JSONStreamError) {
    guard carried.count + range.count <= limits.tokenBytes else { throw tooLong() }
    carried.append(contentsOf: chunk[range])
  }

  private func tooLong() -> JSONStreamError {
    JSONStreamError(.tokenTooLong, at: tokenStart, "A value is longer than \(limits.tokenBytes) bytes.")
  }
}

/// The grammar of numbers (RFC 8259, section 6).
enum NumberGrammar {
  static func event(_ text: UnsafeBufferPointer<UInt8>) -> JSONEvent? {
    var rest = text[...]
    func digits() -> Int {
      let run = rest.prefix { $0 >= 0x30 && $0 <= 0x39 }.count
      rest = rest.dropFirst(run)
      return run
    }
    if rest.first == UInt8(ascii: "-") { rest = rest.dropFirst() }
    let leadsWithZero = rest.first == 0x30
    let whole = digits()
    guard whole > 0, !leadsWithZero || whole == 1 else { return nil }
    if rest.first == UInt8(ascii: ".") {
      rest = rest.dropFirst()
      guard digits() > 0 else { return nil }
    }
    if rest.first == UInt8(ascii: "e") || rest.first == UInt8(ascii: "E") {
      rest = rest.dropFirst()
      if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
      guard digits() > 0 else { return nil }
    }
    return rest.isEmpty ? .number : nil
  }
}
