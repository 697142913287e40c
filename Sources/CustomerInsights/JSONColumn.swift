import JSONStream

/// The JSON object that lies as text in a column of a row, member by member, values as they stand.
///
/// The members of one row are like those of the next, so what their names mean is worked out once and remembered.
struct JSONColumn: Sendable {
  struct Member: Sendable {
    /// Its place among the spellings.
    fileprivate var spelling: Int
    /// Its value in `values`.
    fileprivate var value: Range<Int>
  }

  /// A name as it is spelled in the object.
  struct Spelling: Sendable {
    /// Columns of the row that go by this name, without case; in ``JSONColumn/namesakes``.
    var columns: Range<Int>
    /// Whether it is asked for.
    var isWanted: Bool
    /// The same for all spellings that differ in case only.
    fileprivate var name: Int
    /// As a JSON token with its colon, in `tokens`.
    fileprivate var token: Range<Int>
  }

  /// Members of the object that was read last, in their order.
  private(set) var members: [Member] = []

  /// Columns of the row that go by the name of some spelling.
  private(set) var namesakes: [Int] = []

  private let columns: [String: [Int]]
  private let wanted: Set<String>?
  private var values: [UInt8] = []
  private var tokens: [UInt8] = []
  private var known = NameTable()
  private var spellings: [Spelling] = []
  private var names: [String: Int] = [:]
  /// For each name the object that had it last, the objects counted.
  private var lastTaken: [Int] = []
  private var objects = 0
  private var text = JSONTextReader()
  private var object = ObjectMembers()
  /// The spelling of the member whose value comes next.
  private var current = NameTable.none

  /// Spellings remembered beyond one object.
  private static let mostSpellings = 1024

  /// - Parameters:
  ///   - columns: of the rows, by their names in lower case.
  ///   - wanted: names in lower case; all when `nil`.
  init(columns: [String: [Int]], wanted: Set<String>?) {
    self.columns = columns
    self.wanted = wanted
  }

  /// Reads the column of the next row.
  /// - Parameter token: a JSON token.
  /// - Returns: `false` when it is no string, or the string holds anything else than one JSON object.
  mutating func read(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
    objects += 1
    members.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    if spellings.count > JSONColumn.mostSpellings { forget() }
    object = ObjectMembers()
    // Moved out while it works: it lends its memory to `self`.
    var reader = text
    text = JSONTextReader()
    defer { text = reader }
    return reader.read(token, into: &self)
  }

  func spelling(_ member: Member) -> Spelling { spellings[member.spelling] }

  /// Whether the member is the first of its name, without case, that is taken of this object.
  mutating func take(_ member: Member) -> Bool {
    let name = spellings[member.spelling].name
    guard lastTaken[name] != objects else { return false }
    lastTaken[name] = objects
    return true
  }

  /// Lends a member's name with its colon, and its value.
  func withTexts(of member: Member, _ body: (UnsafeBufferPointer<UInt8>, UnsafeBufferPointer<UInt8>) -> Void) {
    tokens.withUnsafeBufferPointer { tokens in
      values.withUnsafeBufferPointer { values in
        body(
          UnsafeBufferPointer(rebasing: tokens[spellings[member.spelling].token]),
          UnsafeBufferPointer(rebasing: values[member.value]))
      }
    }
  }

  private mutating func forget() {
    known = NameTable()
    spellings = []
    names = [:]
    tokens = []
    lastTaken = []
    namesakes = []
  }

  /// The place of a name among the spellings.
  private mutating func place(of token: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> Int {
    let found = known.find(token: token)
    guard found == NameTable.none else { return found }
    let text = try JSONText.decodeString(token)
    let key = text.lowercased()
    let name = names[key] ?? names.count
    if name == names.count {
      names[key] = name
      lastTaken.append(0)
    }
    let start = tokens.count
    tokens += JSONText.encode(text) + [UInt8(ascii: ":")]
    let firstColumn = namesakes.count
    namesakes += columns[key] ?? []
    spellings.append(
      Spelling(
        columns: firstColumn..<namesakes.count, isWanted: wanted?.contains(key) ?? true, name: name,
        token: start..<tokens.count))
    return known.insert(text)
  }

  private mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
    let start = values.count
    values.append(contentsOf: value)
    members.append(Member(spelling: current, value: start..<values.count))
  }
}

extension JSONColumn: JSONEventHandler {
  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch try object.take(event, text) {
    case .name: current = try place(of: text)
    case .scalar: append(text)
    case .structure:
      object.takeStructure().withUnsafeBufferPointer { append($0) }
    case .inside: return
    }
  }
}
