import JSONStream

/// The names that members of a JSON column have, as they are spelled there, and what becomes of them: worked out once and
/// remembered.
struct MemberSpellings: Sendable {
  struct Spelling: Sendable {
    /// Columns of the row that go by this name, without case; in ``MemberSpellings/namesakes``.
    fileprivate var columns: Range<Int>
    /// Whether it is shown.
    var isWanted: Bool
    /// The same for all spellings that differ in case only.
    var name: Int
    /// As a JSON token with its colon, in ``MemberSpellings/tokens``.
    var token: Range<Int>
  }

  /// Places of the spellings that were asked for.
  let asked: Range<Int>
  /// Names, whatever their case.
  var nameCount: Int { names.count }
  private(set) var tokens: [UInt8] = []
  private let columns: [FoldedText: [Int]]
  private let wanted: Set<FoldedText>?
  private var known = NameTable()
  private var spellings: [Spelling] = []
  private var namesakes: [Int] = []
  private var names: [FoldedText: Int] = [:]

  /// Spellings remembered beyond one object, those that were asked for left out.
  private static let most = 1024

  /// - Parameters:
  ///   - columns: of the rows, by their names.
  ///   - wanted: members to show, none twice; all when `nil`.
  init(columns: [FoldedText: [Int]], wanted: [String]?) {
    self.columns = columns
    self.wanted = wanted.map { Set($0.map { FoldedText($0) }) }
    // The first ones, so that they are found without being looked for.
    asked = 0..<(wanted?.count ?? 0)
    for name in wanted ?? [] { add(name) }
  }

  /// Whether more is remembered than is good.
  var isFull: Bool { spellings.count > MemberSpellings.most + asked.count }

  /// Forgets all but what was asked for.
  mutating func forget() {
    self = MemberSpellings(columns: columns, wanted: wanted.map { _ in asked.map { known[$0] } })
  }

  subscript(place: Int) -> Spelling { spellings[place] }

  /// Whether the row shows a column of the same name.
  func isHidden(_ spelling: Spelling, _ hasColumn: (Int) -> Bool) -> Bool {
    for place in spelling.columns where hasColumn(namesakes[place]) { return true }
    return false
  }

  /// The place of a name given as UTF-8.
  mutating func place(of name: UnsafeBufferPointer<UInt8>) -> Int {
    let found = known.find(name)
    return found == NameTable.none ? add(String(decoding: name, as: UTF8.self)) : found
  }

  /// The place of a name given as a JSON token.
  mutating func place(ofToken token: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> Int {
    let found = known.find(token: token)
    return found == NameTable.none ? add(try JSONText.decodeString(token)) : found
  }

  /// Leaves it in the dictionary, which is then searched once.
  private static func value(_ value: inout Int) -> Int { value }

  /// Room for what most objects have, made at once.
  private mutating func reserve() {
    tokens.reserveCapacity(128)
    spellings.reserveCapacity(8)
    names = Dictionary(minimumCapacity: 8)
    known.reserveCapacity(8)
  }

  @discardableResult
  private mutating func add(_ text: String) -> Int {
    if spellings.isEmpty { reserve() }
    let key = FoldedText(text)
    let next = names.count
    let name = MemberSpellings.value(&names[key, default: next])
    let start = tokens.count
    JSONText.append(text, to: &tokens)
    tokens.append(UInt8(ascii: ":"))
    let firstColumn = namesakes.count
    if let own = columns[key] { namesakes += own }
    spellings.append(
      Spelling(
        columns: firstColumn..<namesakes.count,
        isWanted: !LegacyShape.isAnnotation(text) && wanted?.contains(key) ?? true, name: name,
        token: start..<tokens.count))
    return known.insert(text)
  }
}
