/// The state of one parse: the piece of decoded text being read, the budget used so far, and the expression being built.
///
/// Pieces are path segments and query options. They are cut out of the target before percent-decoding and read one
/// after the other, so that an encoded delimiter is never taken for a delimiter. A piece without `%` is read in place.
///
/// Functions on the way of recursion are kept out of each other (`@inline(never)`): inlined, each would add the room
/// that all of them need for errors and literals to every level of nesting.
///
/// Not copyable: a copy would cost a retain for each array and, in debug builds, hundreds of bytes of stack in every frame.
/// Views of the piece are not handed out beyond a call: they are sound while the reader holds its text.
struct Reader: ~Copyable {
  let leniencies: Leniencies
  let limits: Limits
  let keysInExpressions: Bool
  let shadowedVariables: Bool
  let positionalFunctions: [String]

  // The piece.
  private(set) var bytes: Bytes
  var at = 0
  var end = 0
  /// Keeps ``bytes``; changes together with it.
  private var source: RawText
  /// Where pieces are decoded, one over the other. No text but ``source`` lies in it.
  private var scratch: TextMemory?

  // The budget.
  let stack: StackLimit
  private(set) var depth = 0
  private var expandDepth = 0
  private var nodeCount = 0

  // The expression being built; operators that wait are those of all enclosing brackets.
  var entries: [Expression.Entry] = []
  var operators = PendingOperators()
  var variables: [String] = []
  private var names = LatestNames()
  /// The ``depth`` at which the condition of a `case` is being read, -1 when there is none.
  var conditionDepth = -1
  /// Whether the search expression being read stands inside the brackets of another option.
  var searchIsNested = false
  /// Always `nil`: what can hold anything can only be used where it lies. Without it the compiler copies the whole state
  /// to the stack for each call of a function that does not change it, which was a tenth of the time and much of the
  /// stack.
  private let anything: (any Sendable)? = nil

  init(settings: ParserSettings, _ text: RawText) {
    stack = StackLimit(bytes: settings.limits.stackBytes)
    source = text
    bytes = text.view
    leniencies = settings.leniencies
    limits = settings.limits
    keysInExpressions = settings.keysInExpressions
    shadowedVariables = settings.shadowedVariables
    positionalFunctions = settings.positionalFunctions
  }

  // The last use of the text: nothing frees it while its bytes may still be read.
  deinit { withExtendedLifetime(source) {} }
}

/// Long names that were read last, and what tells them from others.
private struct LatestNames {
  private(set) var fingerprints = (Fingerprint(), Fingerprint(), Fingerprint())
  private(set) var texts = ("", "", "")
  private var next = 0

  /// Puts `name` in the place of the oldest.
  mutating func add(_ name: String, _ fingerprint: Fingerprint) {
    switch next {
    case 0: (fingerprints.0, texts.0, next) = (fingerprint, name, 1)
    case 1: (fingerprints.1, texts.1, next) = (fingerprint, name, 2)
    default: (fingerprints.2, texts.2, next) = (fingerprint, name, 0)
    }
  }
}

// MARK: - Pieces

extension Reader {
  /// Makes `range` of `text` the piece to be read.
  /// - Parameter plusAsSpace: whether a raw `+` stands for a blank (query part only).
  /// - Throws: `stray-percent`, `invalid-utf8`, `control-character`.
  mutating func open(_ text: RawText, _ range: Range<Int>, plusAsSpace: Bool) throws(SyntaxError) {
    if text.isPlain || text.view.isPlain(range, plusAsSpace: plusAsSpace) { return set(text, range) }
    try openUnplain(text, range, plusAsSpace: plusAsSpace)
  }

  @inline(never)
  private mutating func openUnplain(
    _ text: RawText, _ range: Range<Int>, plusAsSpace: Bool
  ) throws(SyntaxError) {
    if let decoded = text.decodedPlain(range, plusAsSpace: plusAsSpace, &scratch) {
      return set(decoded, 0..<decoded.view.count)
    }
    var encoded = false
    for index in range {
      let byte = text.view[index]
      if byte == ASCII.percent || (byte == ASCII.plus && plusAsSpace) { encoded = true }
      if byte.isControl, !isBlank(byte) { throw rawControl(text.span(index..<index + 1)) }
    }
    if encoded {
      let decoded = try text.decoded(range, plusAsSpace: plusAsSpace)
      set(decoded, 0..<decoded.view.count)
      try check()
    } else {
      set(text, range)
      try check()
    }
  }

  /// Makes `range` of `text` the piece without decoding it.
  mutating func openDecoded(_ text: RawText, _ range: Range<Int>) throws(SyntaxError) {
    set(text, range)
    try check()
  }

  /// Makes `range` of `text`, which is plain, the piece.
  @inline(__always) mutating func openDecoded(plain text: RawText, _ range: Range<Int>) { set(text, range) }

  private mutating func set(_ text: RawText, _ range: Range<Int>) {
    if !source.isIdentical(to: text) {
      source = text
      bytes = text.view
    }
    at = range.lowerBound
    end = range.upperBound
  }

  private func rawControl(_ span: Span) -> SyntaxError {
    SyntaxError(code: .controlCharacter, span: span, message: "control characters are not allowed")
  }

  /// UTF-8, and no controls but those that text may hold: HTAB, LF and CR.
  private func check() throws(SyntaxError) {
    var ascii = true
    for index in at..<end {
      let byte = bytes[index]
      if byte >= 0x80 { ascii = false }
      if byte.isControl, byte != ASCII.tab, byte != ASCII.lineFeed, byte != ASCII.carriageReturn {
        throw failure(.controlCharacter, index..<index + 1, "control characters are not allowed, encoded or not")
      }
    }
    if !ascii, let error = UTF8Check.firstError(in: bytes, at..<end) {
      // What is no UTF-8 has no whole characters to show.
      throw SyntaxError(code: .invalidUTF8, span: span(error), message: "the text is not well-formed UTF-8")
    }
  }

  /// Where `range` of the piece stood in the target.
  @inline(__always) func span(_ range: Range<Int>) -> Span {
    source.span(range)
  }

  /// Whether the byte at `index` stood percent-encoded in the target.
  func isEncoded(at index: Int) -> Bool { source.position(index + 1) - source.position(index) >= 3 }

  /// The span from `start` to the current place.
  @inline(__always) func span(from start: Int) -> Span { span(start..<at) }

  @inline(never)
  func failure(
    _ code: SyntaxError.Code, _ range: Range<Int>, _ message: String, expected: [String] = [],
    suggestion: String? = nil
  ) -> SyntaxError {
    SyntaxError(
      code: code, span: span(bytes.wholeCharacters(range)), message: message, expected: expected, suggestion: suggestion
    )
  }

  /// The span of one character at the current place, empty at the end of the piece.
  var here: Range<Int> {
    var to = min(at + 1, end)
    while to < end, bytes[to] & 0xC0 == 0x80 { to += 1 }
    return at..<to
  }
}

// MARK: - Bytes

extension Reader {
  /// The byte at the current place, 0 at the end; NUL itself never gets into a piece.
  var byte: UInt8 { at < end ? bytes[at] : 0 }

  /// The byte `offset` further on, 0 beyond the end.
  func peek(_ offset: Int) -> UInt8 { at + offset < end ? bytes[at + offset] : 0 }

  var isAtEnd: Bool { at >= end }

  /// A blank between tokens: SP and HTAB (ABNF `RWS`), and with `blanksInLists` also LF and CR.
  func isBlank(_ byte: UInt8) -> Bool {
    if byte == ASCII.space || byte == ASCII.tab { return true }
    return (byte == ASCII.lineFeed || byte == ASCII.carriageReturn) && leniencies.contains(.blanksInLists)
  }

  /// Skips blanks where the grammar has BWS.
  @inline(__always) mutating func skipBlanks() {
    // No blank is beyond SP.
    if at < end, bytes[at] <= ASCII.space { skipSomeBlanks() }
  }

  @inline(never)
  private mutating func skipSomeBlanks() {
    while at < end, isBlank(bytes[at]) { at += 1 }
  }

  /// Skips blanks where only the leniency allows them.
  mutating func skipLenientBlanks() {
    if leniencies.contains(.blanksInLists) { skipBlanks() }
  }

  /// Takes `expected` if it is next.
  mutating func take(_ expected: UInt8) -> Bool {
    guard byte == expected, at < end else { return false }
    at += 1
    return true
  }

  @inline(never)
  mutating func require(_ expected: UInt8, in place: StaticString) throws(SyntaxError) {
    guard take(expected) else {
      let token = String(UnicodeScalar(expected))
      throw failure(.expectedToken, here, "expected `\(token)` \(place)", expected: [token])
    }
  }

  /// The text of an option that is kept whole; it holds no controls but those that count as blanks.
  func plainText(_ range: Range<Int>) throws(SyntaxError) -> String {
    for index in range where bytes[index].isControl && !isBlank(bytes[index]) {
      throw failure(.controlCharacter, index..<index + 1, "control characters are not allowed here, encoded or not")
    }
    return text(range)
  }

  func text(_ range: Range<Int>) -> String { source.isPlain ? bytes.asciiText(range) : bytes.text(range) }

  /// The text of a name. Long ones that were read lately are given again: a query tends to ask for few properties.
  mutating func name(_ range: Range<Int>) -> String {
    // Up to 15 bytes a text needs no memory of its own.
    guard range.count > 15 else { return text(range) }
    let fingerprint = bytes.fingerprint(range)
    let isSure = range.count <= 24
    if fingerprint.isSame(as: names.fingerprints.0), isSure || bytes.holds(names.texts.0, in: range) {
      return names.texts.0
    }
    if fingerprint.isSame(as: names.fingerprints.1), isSure || bytes.holds(names.texts.1, in: range) {
      return names.texts.1
    }
    if fingerprint.isSame(as: names.fingerprints.2), isSure || bytes.holds(names.texts.2, in: range) {
      return names.texts.2
    }
    let name = text(range)
    names.add(name, fingerprint)
    return name
  }

  /// Whether `range` spells `word`, which must be lower case.
  func spells(_ range: Range<Int>, _ word: String, ignoringCase: Bool) -> Bool {
    guard range.count == word.utf8.count else { return false }
    var index = range.lowerBound
    for expected in word.utf8 {
      let byte = bytes[index]
      guard byte == expected || (ignoringCase && lowercase(byte) == expected) else { return false }
      index += 1
    }
    return true
  }
}

// MARK: - Budget

extension Reader {
  /// Goes one bracket, prefix operator or expand down.
  mutating func enter(at place: Int) throws(SyntaxError) {
    depth += 1
    if depth > limits.depth || stack.isExceeded { throw tooDeep(place) }
  }

  mutating func leave() { depth -= 1 }

  /// Goes one level of `$expand` down.
  mutating func enterExpand() throws(SyntaxError) {
    expandDepth += 1
    if expandDepth > limits.expandDepth {
      throw failure(.limitExpand, here, "$expand is nested deeper than \(limits.expandDepth) levels")
    }
  }

  mutating func leaveExpand() { expandDepth -= 1 }

  /// Forgets what a mistake has left half-read. What was counted stays counted.
  mutating func recover() {
    depth = 0
    expandDepth = 0
    conditionDepth = -1
    entries = []
    operators = PendingOperators()
    variables = []
  }

  @inline(never)
  private func tooDeep(_ place: Int) -> SyntaxError {
    let range = place..<min(place + 1, end)
    return depth > limits.depth
      ? failure(.limitDepth, range, "nested deeper than \(limits.depth) levels")
      : failure(
        .limitStack, range, "nested so deep that reading takes more than \(limits.stackBytes) bytes of the stack")
  }

  /// Adds a node to the expression being built.
  @inline(never)
  mutating func add(_ node: consuming Expression.Node, _ span: Span) throws(SyntaxError) -> NodeID {
    nodeCount += 1
    if nodeCount > limits.nodes { throw tooManyNodes(span) }
    let index = entries.count
    entries.append(Expression.Entry(node: node, span: span))
    return NodeID(index: index)
  }

  /// Counts a node of whatever tree.
  mutating func countNode(_ span: Span) throws(SyntaxError) {
    nodeCount += 1
    if nodeCount > limits.nodes { throw tooManyNodes(span) }
  }

  @inline(never)
  private func tooManyNodes(_ span: Span) -> SyntaxError {
    SyntaxError(
      code: .limitNodes, span: span, message: "the expressions have more than \(limits.nodes) operators and operands")
  }

  /// Refuses item number `count + 1` of a list when it would exceed the limit.
  @inline(never)
  func checkList(_ count: Int) throws(SyntaxError) {
    if count >= limits.listItems {
      throw failure(.limitList, here, "the list has more than \(limits.listItems) items")
    }
  }
}
