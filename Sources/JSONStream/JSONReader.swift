/// Reads one JSON document (RFC 8259) pushed in chunks of any size, strictly and in bounded memory.
///
/// A token that lies within one chunk is handed on in place; only one that is split is copied. Between chunks, the
/// begun token and one flag for each open level are kept. One byte order mark may begin the document (section 8.1 lets
/// a reader ignore it). Events and errors do not depend on where chunks are split: every byte is judged when it is met.
///
/// There are two ways through a chunk. The fast one (`JSONReader+WholeTokens.swift`) takes sound tokens that lie whole in
/// the chunk; it is compiled into its caller, with the handler. It stops before everything else, which the slow way here
/// reads byte by byte: split tokens, mistakes and limits.
@usableFromInline
package struct JSONReader: Sendable {
  /// What may come next.
  @usableFromInline
  enum Expectation: Sendable { case value, firstItemOrEnd, firstNameOrEnd, name, colon, commaOrEnd, end }

  /// The token that the last chunk left unfinished.
  private enum Token {
    case none, byteOrderMark
    case string(isName: Bool)
    case number(NumberScanner)
    /// `true`, `false` or `null`.
    case word(StaticString, JSONEvent)
  }

  @usableFromInline let limits: JSONLimits
  @usableFromInline var expectation = Expectation.value
  /// `true` for an object, for each open level.
  @usableFromInline var levels: [Bool] = []
  private var token = Token.none
  /// The part of the current token that earlier chunks brought.
  private var carried: [UInt8] = []
  private var string = StringScanner()
  /// Bytes of earlier chunks.
  @usableFromInline var base = 0
  /// Where the current token began, in the document.
  @usableFromInline var tokenStart = 0
  /// What stopped the reader.
  @usableFromInline var failure: JSONStreamError?

  package init(limits: JSONLimits = JSONLimits()) { self.limits = limits }

  /// Begins anew, for the next document. What it has grown for this one is kept.
  package mutating func restart() {
    expectation = .value
    levels.removeAll(keepingCapacity: true)
    token = .none
    carried.removeAll(keepingCapacity: true)
    base = 0
    failure = nil
  }

  /// Takes the next chunk.
  /// - Throws: at the first byte that is wrong, or what the handler throws; after that, the same error for every call.
  @inlinable
  package mutating func read(
    _ chunk: UnsafeBufferPointer<UInt8>, into handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    if let failure { throw failure }
    do throws(JSONStreamError) {
      let room = max(0, limits.documentBytes - base)
      try advance(UnsafeBufferPointer(rebasing: chunk.prefix(room)), &handler)
      guard chunk.count <= room else {
        throw JSONStreamError(
          .documentTooLong, at: limits.documentBytes, "The document is longer than \(limits.documentBytes) bytes.")
      }
    } catch {
      failure = error
      throw error
    }
  }

  /// Takes the next chunk.
  /// - Throws: as ``read(_:into:)`` of a buffer.
  @inlinable
  package mutating func read(_ bytes: [UInt8], into handler: inout some JSONEventHandler) throws(JSONStreamError) {
    try bytes.withUnsafeBufferPointer { (buffer) throws(JSONStreamError) in try read(buffer, into: &handler) }
  }

  /// Says that the document is over; hands on a number that only this ends.
  /// - Throws: `truncated` when the document is not whole, or what stopped the reader before.
  package mutating func finish(into handler: inout some JSONEventHandler) throws(JSONStreamError) {
    if let failure { throw failure }
    do throws(JSONStreamError) {
      if case .number(let number) = token, number.isWhole {
        try emit(.number, UnsafeBufferPointer(start: nil, count: 0), 0..<0, &handler)
      }
      guard case .none = token, case .end = expectation else {
        throw JSONStreamError(.truncated, at: base, "The document ends before it is whole.")
      }
    } catch {
      failure = error
      throw error
    }
  }

  @inlinable
  mutating func advance(
    _ chunk: UnsafeBufferPointer<UInt8>, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    var index = 0
    while index < chunk.count {
      if !isInToken {
        try readWholeTokens(chunk, &index, &handler)
        guard index < chunk.count else { break }
      }
      try step(chunk, &index, &handler)
    }
    base += chunk.count
  }

  @usableFromInline
  var isInToken: Bool {
    if case .none = token { false } else { true }
  }

  /// The slow way: some bytes of the current token, or one of structure.
  @usableFromInline
  mutating func step(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    switch token {
    case .none: try readStructure(chunk, &index, &handler)
    case .string(let isName): try readString(chunk, &index, isName: isName, &handler)
    case .number(let number): try readNumber(chunk, &index, number, &handler)
    case .word(let word, let event): try readWord(chunk, &index, word, event, &handler)
    case .byteOrderMark: try readByteOrderMark(chunk, &index)
    }
  }

  // MARK: Structure

  /// Takes white space and punctuation, up to and without the first byte of a token.
  private mutating func readStructure(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let byte = chunk[index]
    switch byte {
    case 0x20, 0x09, 0x0A, 0x0D: break
    case UInt8(ascii: "{"), UInt8(ascii: "["):
      try open(isObject: byte == UInt8(ascii: "{"), at: index, &handler)
    case UInt8(ascii: "}"), UInt8(ascii: "]"):
      try close(isObject: byte == UInt8(ascii: "}"), at: index, &handler)
    case UInt8(ascii: ","):
      guard case .commaOrEnd = expectation, let isObject = levels.last else {
        throw wrong(index, "A comma is misplaced.")
      }
      expectation = isObject ? .name : .value
    case UInt8(ascii: ":"):
      guard case .colon = expectation else { throw wrong(index, "A colon is misplaced.") }
      expectation = .value
    default: return try beginToken(byte, at: index)
    }
    index += 1
  }

  @usableFromInline
  mutating func open(
    isObject: Bool, at index: Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    try expectValue(index)
    guard levels.count < limits.depth else {
      throw JSONStreamError(.depth, at: base + index, "The document is nested deeper than \(limits.depth) levels.")
    }
    levels.append(isObject)
    expectation = isObject ? .firstNameOrEnd : .firstItemOrEnd
    tokenStart = base + index
    try handOver(isObject ? .beginObject : .beginArray, UnsafeBufferPointer(start: nil, count: 0), &handler)
  }

  @usableFromInline
  mutating func close(
    isObject: Bool, at index: Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let mayEnd: Bool =
      switch expectation {
      case .commaOrEnd: levels.last == isObject
      case .firstNameOrEnd: isObject
      case .firstItemOrEnd: !isObject
      case .value, .name, .colon, .end: false
      }
    guard mayEnd else { throw wrong(index, "A closing bracket is misplaced.") }
    levels.removeLast()
    expectation = levels.isEmpty ? .end : .commaOrEnd
    tokenStart = base + index
    try handOver(isObject ? .endObject : .endArray, UnsafeBufferPointer(start: nil, count: 0), &handler)
  }

  /// Enters the token that begins with `byte`, which is left to be read with the rest of it.
  private mutating func beginToken(_ byte: UInt8, at index: Int) throws(JSONStreamError) {
    switch byte {
    case UInt8(ascii: "\""):
      let isName: Bool
      switch expectation {
      case .name, .firstNameOrEnd: isName = true
      case .value, .firstItemOrEnd, .colon, .commaOrEnd, .end:
        try expectValue(index)
        isName = false
      }
      token = .string(isName: isName)
      string = StringScanner()
    case UInt8(ascii: "t"): token = .word("true", .bool)
    case UInt8(ascii: "f"): token = .word("false", .bool)
    case UInt8(ascii: "n"): token = .word("null", .null)
    case 0xEF where base + index == 0: token = .byteOrderMark
    default:
      guard let number = NumberScanner(first: byte) else { throw wrong(index, "A byte begins nothing that JSON has.") }
      token = .number(number)
    }
    switch token {
    case .number, .word: try expectValue(index)
    case .none, .byteOrderMark, .string: break
    }
    tokenStart = base + index
  }

  private func expectValue(_ index: Int) throws(JSONStreamError) {
    switch expectation {
    case .value, .firstItemOrEnd: return
    case .end: throw wrong(index, "Something follows the end of the document.")
    case .firstNameOrEnd, .name, .colon, .commaOrEnd: throw wrong(index, "A value is misplaced.")
    }
  }

  private func wrong(_ index: Int, _ message: String) -> JSONStreamError {
    JSONStreamError(.syntax, at: base + index, message)
  }

  // MARK: Tokens

  private mutating func readByteOrderMark(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int
  ) throws(JSONStreamError) {
    // The document begins with it, so that the place in the document tells which of its bytes is due.
    let place = base + index
    let due: UInt8 = place == 0 ? 0xEF : place == 1 ? 0xBB : 0xBF
    guard chunk[index] == due else { throw wrong(index, "A byte begins nothing that JSON has.") }
    if place == 2 { token = .none }
    index += 1
  }

  private mutating func readString(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, isName: Bool, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let start = index
    let end = tokenEnd(chunk, from: start)
    if base + index == tokenStart, index < end { index += 1 }
    let isClosed: Bool
    do throws(StringScanner.Failure) {
      isClosed = try string.scan(chunk, &index, end: end)
    } catch {
      switch error {
      case .control: throw wrong(index, "A string holds a control character.")
      case .escape: throw wrong(index, "A string holds an escape that JSON does not have.")
      case .encoding: throw JSONStreamError(.encoding, at: base + index, "A string is not well-formed Unicode.")
      }
    }
    if isClosed { return try emit(isName ? .name : .string, chunk, start..<index, &handler) }
    try carry(chunk, from: start, to: index)
  }

  private mutating func readNumber(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ begun: NumberScanner,
    _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let start = index
    let end = tokenEnd(chunk, from: start)
    var number = begun
    if base + index == tokenStart {
      // The state is already behind the first byte.
      guard index < end else { throw tooLong() }
      index += 1
    }
    while index < chunk.count, let next = number.next(chunk[index]) {
      guard index < end else { throw tooLong() }
      number = next
      index += 1
    }
    token = .number(number)
    guard index < chunk.count else { return try carry(chunk, from: start, to: index) }
    guard number.isWhole else { throw wrong(index, "A number is malformed.") }
    try emit(.number, chunk, start..<index, &handler)
  }

  private mutating func readWord(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ word: StaticString, _ event: JSONEvent,
    _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    let start = index
    let end = tokenEnd(chunk, from: start)
    let done = base + start - tokenStart
    while index < end {
      let place = done + index - start
      // `place` is below the word's length: the word is left as soon as it is whole.
      guard chunk[index] == word.utf8Start[place] else {
        throw wrong(index, "A word is none of true, false and null.")
      }
      index += 1
      if place + 1 == word.utf8CodeUnitCount { return try emit(event, chunk, start..<index, &handler) }
    }
    try carry(chunk, from: start, to: index)
  }

  /// Where in the chunk the current token must end for its limit, or the end of the chunk.
  private func tokenEnd(_ chunk: UnsafeBufferPointer<UInt8>, from start: Int) -> Int {
    let room = max(0, limits.tokenBytes - carried.count)
    return chunk.count - start > room ? start + room : chunk.count
  }

  /// Keeps the part of an unfinished token that this chunk brought.
  private mutating func carry(
    _ chunk: UnsafeBufferPointer<UInt8>, from start: Int, to end: Int
  ) throws(JSONStreamError) {
    guard end == chunk.count else { throw tooLong() }
    carried.append(contentsOf: chunk[start..<end])
  }

  /// Hands on the current token, whose last bytes are `range` of the chunk.
  private mutating func emit(
    _ event: JSONEvent, _ chunk: UnsafeBufferPointer<UInt8>, _ range: Range<Int>,
    _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    token = .none
    expectation = event == .name ? .colon : levels.isEmpty ? .end : .commaOrEnd
    guard !carried.isEmpty else {
      return try handOver(event, UnsafeBufferPointer(rebasing: chunk[range]), &handler)
    }
    carried.append(contentsOf: chunk[range])
    try carried.withUnsafeBufferPointer { (text) throws(JSONStreamError) in try handOver(event, text, &handler) }
    carried.removeAll(keepingCapacity: true)
  }

  @inlinable
  func handOver(
    _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    do throws(JSONStreamError) {
      try handler.handle(event, text)
    } catch {
      throw JSONStreamError(error.code, at: tokenStart &+ error.offset, error.message)
    }
  }

  private func tooLong() -> JSONStreamError {
    JSONStreamError(.tokenTooLong, at: tokenStart, "A value is longer than \(limits.tokenBytes) bytes.")
  }
}
