/// An operator that waits for its right operand.
enum PendingOperator {
  /// With the operand on its left.
  case binary(BinaryOperator, NodeID)
  /// With where it stood in the target.
  case not(start: Int32)
  case negate(start: Int32)

  /// Higher binds tighter (OData URL Conventions 4.01, section 5.1.1.17).
  var precedence: UInt8 {
    switch self {
    case .binary(let op, _): op.precedence
    case .not, .negate: Precedence.unary
    }
  }
}

/// A stack of operators. The first ones need no memory of their own: conditions without brackets have at most one for
/// each precedence, and most have two.
struct PendingOperators {
  private var first = PendingOperator.not(start: 0)
  private var second = PendingOperator.not(start: 0)
  private var third = PendingOperator.not(start: 0)
  private var others: [PendingOperator] = []
  private(set) var count = 0

  var last: PendingOperator? {
    switch count {
    case 0: nil
    case 1: first
    case 2: second
    case 3: third
    default: others.last
    }
  }

  mutating func append(_ op: PendingOperator) {
    switch count {
    case 0: first = op
    case 1: second = op
    case 2: third = op
    default: others.append(op)
    }
    count += 1
  }

  mutating func removeLast() {
    if count > 3 { others.removeLast() }
    count = max(0, count - 1)
  }
}

/// Binding strengths, loosest first.
enum Precedence {
  static let unary: UInt8 = 7
  /// Literals, paths, calls: never in need of brackets.
  static let primary: UInt8 = 9
}

extension BinaryOperator {
  var precedence: UInt8 {
    switch self {
    case .or: 1
    case .and: 2
    case .eq, .ne: 3
    case .gt, .ge, .lt, .le: 4
    case .add, .sub: 5
    case .mul, .div, .divby, .mod: 6
    case .has, .in: 8
    }
  }

  /// Whether it compares two values: ABNF `eqExpr` to `leExpr`.
  package var isComparison: Bool {
    switch self {
    case .eq, .ne, .gt, .ge, .lt, .le: true
    default: false
    }
  }

  /// The operator that a word of `count` bytes spells, given as its bytes packed big-endian.
  init?(packed word: UInt64) {
    switch word {
    case 0x6F72: self = .or
    case 0x616E64: self = .and
    case 0x6571: self = .eq
    case 0x6E65: self = .ne
    case 0x6774: self = .gt
    case 0x6765: self = .ge
    case 0x6C74: self = .lt
    case 0x6C65: self = .le
    case 0x616464: self = .add
    case 0x737562: self = .sub
    case 0x6D756C: self = .mul
    case 0x646976: self = .div
    case 0x6469_7662_79: self = .divby
    case 0x6D6F64: self = .mod
    case 0x686173: self = .has
    case 0x696E: self = .in
    default: return nil
    }
  }
}

extension Reader {
  /// The operator whose name starts at `index`, and where it ends.
  func operatorWord(at index: Int) -> (op: BinaryOperator, end: Int)? {
    var word: UInt64 = 0
    var stop = index
    let lower: UInt8 = leniencies.contains(.caseInsensitiveOperators) ? 0x20 : 0
    let limit = min(end, index + 6)
    while stop < limit {
      let letter = bytes[stop]
      guard letter.isLetter else { break }
      word = word << 8 | UInt64(letter | lower)
      stop += 1
    }
    guard stop - index >= 2, stop - index <= 5, let op = BinaryOperator(packed: word) else { return nil }
    if stop < end, bytes[stop].isWord || bytes[stop] >= 0x80 || bytes[stop] == ASCII.dot { return nil }
    return (op, stop)
  }

  /// Takes an infix operator with the blanks round it. When none is next, nothing is taken.
  @inline(never)
  mutating func infixOperator() throws(SyntaxError) -> BinaryOperator? {
    if isAtEnd { return nil }
    if let op = plainOperator() { return op }
    var index = at
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard index < end, bytes[index].isLetter, let (op, stop) = operatorWord(at: index) else { return nil }
    guard index > at else {
      throw failure(.missingBlank, index..<stop, "a blank must stand before the operator")
    }
    guard stop < end, isBlank(bytes[stop]) else {
      at = stop
      let isTorn = stop < end && bytes[stop] != ASCII.close && bytes[stop] != ASCII.comma
      throw isTorn
        ? failure(.missingBlank, index..<stop, "a blank must stand after the operator")
        : failure(.expectedOperand, here, "the operator has no right operand")
    }
    at = stop
    skipBlanks()
    return op
  }

  /// Takes an operator of two or three letters as most are written: in lower case, one blank before it and a blank after.
  @inline(__always)
  private mutating func plainOperator() -> BinaryOperator? {
    guard end - at > 4, bytes[at] == ASCII.space else { return nil }
    // The four bytes behind the blank.
    let four = bytes.packed(at + 1..<at + 5)
    let isShort = four >> 8 & 0xFF == UInt64(ASCII.space)
    guard isShort || four & 0xFF == UInt64(ASCII.space),
      let op = BinaryOperator(packed: isShort ? four >> 16 : four >> 8)
    else { return nil }
    at += isShort ? 4 : 5
    skipBlanks()
    return op
  }

  /// Takes `not` or a minus sign in front of an operand. A minus before a digit belongs to the literal.
  @inline(never)
  mutating func prefixOperator() throws(SyntaxError) -> PendingOperator? {
    if byte == ASCII.minus {
      let start = span(at..<at).start
      if peek(1).isDigit || isAtWord("INF", at: at + 1) { return nil }
      at += 1
      skipBlanks()
      return .negate(start: start)
    }
    guard byte | 0x20 == UInt8(ascii: "n"), end - at >= 4,
      spells(at..<at + 3, "not", ignoringCase: leniencies.contains(.caseInsensitiveOperators)),
      bytes[at + 3] == ASCII.open || isBlank(bytes[at + 3]), !isNotAName()
    else { return nil }
    let start = span(at..<at).start
    at += 3
    skipBlanks()
    return .not(start: start)
  }

  /// Whether `not` is a property here: an infix operator follows, and an operand after it.
  private func isNotAName() -> Bool {
    var index = at + 3
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard index > at + 3, let (_, stop) = operatorWord(at: index), stop < end, isBlank(bytes[stop]) else {
      return false
    }
    index = stop
    while index < end, isBlank(bytes[index]) { index += 1 }
    guard let (_, second) = operatorWord(at: index) else { return index < end }
    return !(second < end && isBlank(bytes[second]))
  }

  /// Whether `word` stands at `index` as a whole word.
  func isAtWord(_ word: String, at index: Int) -> Bool {
    let stop = index + word.utf8.count
    guard stop <= end, spells(index..<stop, word, ignoringCase: false) else { return false }
    return stop == end || !(bytes[stop].isWord || bytes[stop] >= 0x80 || bytes[stop] == ASCII.dot)
  }
}
