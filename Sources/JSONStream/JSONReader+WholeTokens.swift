extension JSONReader {
  /// Takes what is sound and lies whole in the chunk; stops before the first byte of anything else.
  ///
  /// Inlinable, so that it is compiled anew for each handler, whose `handle` is then called directly: with calls through
  /// its witness table, most of the time goes into those.
  ///
  /// Unsafe pointer: `index < end` holds where `bytes[index]` is read, and ``TokenScanner`` is given the same `end`.
  @inlinable
  mutating func readWholeTokens(
    _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    guard let bytes = chunk.baseAddress else { return }
    let end = chunk.count
    while index < end {
      let byte = bytes[index]
      switch byte {
      case UInt8(ascii: "\""):
        let event: JSONEvent
        switch expectation {
        case .name, .firstNameOrEnd:
          // The colon is no part of the token, which is what the limit is for.
          let known = handler.takeKnownName(bytes + index, min(tokenLimit(index, end) + 1, end) - index)
          if known > 0 {
            index += known
            expectation = .value
            continue
          }
          event = .name
        case .value, .firstItemOrEnd: event = .string
        case .colon, .commaOrEnd, .end: return
        }
        let behind = TokenScanner.stringEnd(bytes, from: index + 1, end: tokenLimit(index, end))
        guard behind > 0 else { return }
        try take(event, chunk, &index, behind, &handler)
      case UInt8(ascii: ","):
        guard case .commaOrEnd = expectation, let isObject = levels.last else { return }
        expectation = isObject ? .name : .value
        index += 1
      case UInt8(ascii: ":"):
        guard case .colon = expectation else { return }
        expectation = .value
        index += 1
      case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"):
        guard expectsValue else { return }
        let behind = TokenScanner.numberEnd(bytes, from: index, end: tokenLimit(index, end))
        guard behind > 0 else { return }
        try take(.number, chunk, &index, behind, &handler)
      case UInt8(ascii: "n"):
        guard expectsValue, TokenScanner.isWord(bytes, from: index, end: tokenLimit(index, end), tail: "ull") else {
          return
        }
        try take(.null, chunk, &index, index + 4, &handler)
      case UInt8(ascii: "t"):
        guard expectsValue, TokenScanner.isWord(bytes, from: index, end: tokenLimit(index, end), tail: "rue") else {
          return
        }
        try take(.bool, chunk, &index, index + 4, &handler)
      case UInt8(ascii: "f"):
        guard expectsValue, TokenScanner.isWord(bytes, from: index, end: tokenLimit(index, end), tail: "alse") else {
          return
        }
        try take(.bool, chunk, &index, index + 5, &handler)
      case 0x20, 0x09, 0x0A, 0x0D: index = TokenScanner.spaceEnd(bytes, from: index, end: end)
      case UInt8(ascii: "{"), UInt8(ascii: "["):
        try open(isObject: byte == UInt8(ascii: "{"), at: index, &handler)
        index += 1
      case UInt8(ascii: "}"), UInt8(ascii: "]"):
        try close(isObject: byte == UInt8(ascii: "}"), at: index, &handler)
        index += 1
      default: return
      }
    }
  }

  @inlinable
  var expectsValue: Bool {
    switch expectation {
    case .value, .firstItemOrEnd: true
    case .firstNameOrEnd, .name, .colon, .commaOrEnd, .end: false
    }
  }

  /// Where in the chunk the token that begins at `index` must have ended for its limit, or the end of the chunk.
  @inlinable
  func tokenLimit(_ index: Int, _ end: Int) -> Int {
    end - index > limits.tokenBytes ? index + max(1, limits.tokenBytes) : end
  }

  /// Hands on the token that lies between `index` and `behind`, and moves `index` there.
  @inlinable
  mutating func take(
    _ event: JSONEvent, _ chunk: UnsafeBufferPointer<UInt8>, _ index: inout Int, _ behind: Int,
    _ handler: inout some JSONEventHandler
  ) throws(JSONStreamError) {
    tokenStart = base + index
    expectation = event == .name ? .colon : levels.isEmpty ? .end : .commaOrEnd
    let text = UnsafeBufferPointer(rebasing: chunk[index..<behind])
    index = behind
    try handOver(event, text, &handler)
  }
}
