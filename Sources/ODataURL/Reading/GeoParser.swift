/// ABNF `geography…` and `geometry…`: the text between the quotes, a form of well-known text with its spatial reference
/// in front.
///
/// Gives canonical text: names as the specification writes them, one blank between coordinates, numbers without `+` and
/// without leading zeros.
struct GeoParser {
  private let bytes: [UInt8]
  private let limits: Limits
  private let stack: StackLimit
  private var at = 0
  private var out = ""

  /// What is wrong, and where in the text.
  struct Failure: Error {
    var at: Int
    var message: String
    var code = SyntaxError.Code.invalidLiteral
  }

  /// - Throws: ``Failure`` at the first mistake.
  static func canonical(_ text: String, _ limits: Limits, _ stack: StackLimit) throws(Failure) -> String {
    var parser = GeoParser(bytes: Array(text.utf8), limits, stack)
    try parser.reference()
    try parser.shape(depth: 1)
    guard parser.at == parser.bytes.count else {
      throw Failure(at: parser.at, message: "expected the end of the shape")
    }
    return parser.out
  }

  private init(bytes: [UInt8], _ limits: Limits, _ stack: StackLimit) {
    self.bytes = bytes
    self.limits = limits
    self.stack = stack
  }

  private var byte: UInt8 { at < bytes.count ? bytes[at] : 0 }

  private mutating func take(_ expected: UInt8, _ message: String) throws(Failure) {
    guard byte == expected else { throw Failure(at: at, message: message) }
    at += 1
    out.unicodeScalars.append(Unicode.Scalar(expected))
  }

  private mutating func word() -> String {
    let start = at
    while byte.isLetter { at += 1 }
    return String(decoding: bytes[start..<at].map(lowercase), as: UTF8.self)
  }

  /// `SRID=4326;`, at most five digits.
  private mutating func reference() throws(Failure) {
    guard word() == "srid", byte == ASCII.equals else {
      throw Failure(at: 0, message: "a shape begins with its spatial reference, for example SRID=4326;")
    }
    at += 1
    let start = at
    while byte.isDigit { at += 1 }
    guard (1...5).contains(at - start), let value = Int(String(decoding: bytes[start..<at], as: UTF8.self)) else {
      throw Failure(at: start, message: "a spatial reference has one to five digits")
    }
    out = "SRID=\(value)"
    try take(ASCII.semicolon, "expected `;` after the spatial reference")
  }

  private mutating func shape(depth: Int) throws(Failure) {
    if depth > limits.depth {
      throw Failure(at: at, message: "shapes nest deeper than \(limits.depth) levels", code: .limitDepth)
    }
    if stack.isExceeded {
      throw Failure(
        at: at, message: "shapes nest so deep that reading takes more than \(limits.stackBytes) bytes of the stack",
        code: .limitStack)
    }
    let start = at
    switch word() {
    case "point":
      out += "Point"
      try bracketed { (parser) throws(Failure) in try parser.position() }
    case "linestring":
      out += "LineString"
      try positions(atLeast: 2)
    case "polygon":
      out += "Polygon"
      try rings()
    case "multipoint":
      out += "MultiPoint"
      try list { (parser) throws(Failure) in
        try parser.bracketed { (parser) throws(Failure) in try parser.position() }
      }
    case "multilinestring":
      out += "MultiLineString"
      try list { (parser) throws(Failure) in try parser.positions(atLeast: 2) }
    case "multipolygon":
      out += "MultiPolygon"
      try list { (parser) throws(Failure) in try parser.rings() }
    case let word where word == "collection" || word == "geometrycollection":
      out += word == "collection" ? "Collection" : "GeometryCollection"
      try list(canBeEmpty: false) { (parser) throws(Failure) in try parser.shape(depth: depth + 1) }
    default:
      throw Failure(
        at: start,
        message: "expected Point, LineString, Polygon, MultiPoint, MultiLineString, MultiPolygon or Collection")
    }
  }

  private mutating func bracketed(_ body: (inout Self) throws(Failure) -> Void) throws(Failure) {
    try take(ASCII.open, "expected `(`")
    try body(&self)
    try take(ASCII.close, "expected `)`")
  }

  private mutating func list(
    canBeEmpty: Bool = true, _ item: (inout Self) throws(Failure) -> Void
  ) throws(Failure) {
    try take(ASCII.open, "expected `(`")
    if byte != ASCII.close || !canBeEmpty {
      var count = 0
      repeat {
        if count > 0 { try take(ASCII.comma, "") }
        guard count < limits.listItems else {
          throw Failure(at: at, message: "the list has more than \(limits.listItems) items", code: .limitList)
        }
        try item(&self)
        count += 1
      } while byte == ASCII.comma
    }
    try take(ASCII.close, "expected `,` or `)`")
  }

  private mutating func positions(atLeast least: Int) throws(Failure) {
    let start = at
    var count = 0
    try list(canBeEmpty: false) { (parser) throws(Failure) in
      count += 1
      try parser.position()
    }
    if count < least { throw Failure(at: start, message: "a line has at least \(least) positions") }
  }

  /// Each ring ends where it begins.
  private mutating func rings() throws(Failure) {
    try list(canBeEmpty: false) { (parser) throws(Failure) in
      let start = parser.at
      var first = ""
      var last = ""
      try parser.list(canBeEmpty: false) { (parser) throws(Failure) in
        let from = parser.out.utf8.count
        try parser.position()
        last = String(parser.out.utf8.dropFirst(from)) ?? ""
        if first.isEmpty { first = last }
      }
      if first != last { throw Failure(at: start, message: "a ring ends with the position that it begins with") }
    }
  }

  /// Two to four coordinates.
  private mutating func position() throws(Failure) {
    try coordinate()
    try take(ASCII.space, "a position has two to four coordinates with a blank between")
    try coordinate()
    for _ in 0..<2 where byte == ASCII.space {
      try take(ASCII.space, "")
      try coordinate()
    }
  }

  private mutating func coordinate() throws(Failure) {
    let start = at
    for word in ["INF", "-INF", "NaN"] where bytes[at...].starts(with: word.utf8) {
      at += word.utf8.count
      out += word
      return
    }
    if byte == ASCII.minus || byte == ASCII.plus { at += 1 }
    let digits = at
    while byte.isDigit { at += 1 }
    guard at > digits else { throw Failure(at: start, message: "expected a number") }
    let integer = bytes[digits..<at]
    var text = bytes[start] == ASCII.minus ? [ASCII.minus] : []
    text += integer.dropLast().drop { $0 == UInt8(ascii: "0") }
    text += integer.suffix(1)
    if byte == ASCII.dot {
      let from = at
      at += 1
      while byte.isDigit { at += 1 }
      guard at > from + 1 else { throw Failure(at: start, message: "expected a digit after the decimal point") }
      text += bytes[from..<at]
    }
    if byte | 0x20 == UInt8(ascii: "e") {
      at += 1
      text.append(UInt8(ascii: "e"))
      if byte == ASCII.minus { text.append(ASCII.minus) }
      if byte == ASCII.minus || byte == ASCII.plus { at += 1 }
      let from = at
      while byte.isDigit { at += 1 }
      guard at > from else { throw Failure(at: start, message: "expected a digit in the exponent") }
      text += bytes[from..<at]
    }
    let number = String(decoding: text, as: UTF8.self)
    guard let value = Double(number), value.isFinite else {
      throw Failure(at: start, message: "the number is beyond the range of Edm.Double")
    }
    out += number
  }
}
