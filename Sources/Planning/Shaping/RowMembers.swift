import JSONStream
import Policy

/// The members that rows of one level may have.
struct RowMembers: Sendable {
  /// What a member is.
  enum Kind: Sendable {
    /// A column, or an annotation of one.
    case column
    /// The tag of a row.
    case tag
    /// Rows expanded in it: where what may stay of them is among all levels.
    case expanded(Int)
    /// The link behind an expanded collection.
    case link
    /// A failure that the service reports as a member of a row.
    case error
    /// What would be a list of rows where one row is expected.
    case list
  }

  private struct Part: Sendable {
    var kind: Kind
    /// Its name as a JSON token, with its colon: a range of `tokens`. Empty for what is never written.
    var token: Range<Int>
  }

  /// By the number of the name.
  private var parts: [Part] = []
  private var names = NameTable()
  private var tokens: [UInt8] = []
  /// Adds what a tree allows, and behind it what it allows in expanded rows.
  static func append(_ tree: MemberTree, terms: [String], to levels: inout [RowMembers]) {
    let own = levels.count
    levels.append(RowMembers())
    let terms = terms.filter { !$0.isEmpty && !$0.contains("*") }
    // Sorted, so that what two ways of reading one tree do does not depend on the order of a set.
    // A member whose name looks like an annotation is none: the name alone decides.
    for name in tree.names.all.sorted() where !name.contains("@") {
      levels[own].allow(name)
      guard tree.annotated.contains(name) else { continue }
      for term in terms { levels[own].allow("\(name)@\(term)") }
    }
    for (name, expanded) in tree.expanded.sorted(by: { $0.key < $1.key }) where !name.contains("@") {
      levels[own].allow(name, as: .expanded(levels.count))
      append(expanded, terms: terms, to: &levels)
    }
  }

  /// - Returns: the number of the name. What a name was before is forgotten.
  @discardableResult
  mutating func allow(_ name: String, as kind: Kind = .column) -> Int {
    let start = tokens.count
    tokens += JSONText.encode(name) + [UInt8(ascii: ":")]
    let part = Part(kind: kind, token: start..<tokens.count)
    let number = names.insert(name)
    if number < parts.count { parts[number] = part } else { parts.append(part) }
    return number
  }

  /// Adds the names by which an answer shows that it failed or is not whole, unless they are those of columns.
  /// - Parameter isOnlyRow: whether this level is that of an answer of one row.
  mutating func addRefused(isOnlyRow: Bool) {
    let expanded = parts.indices.compactMap { number -> String? in
      guard case .expanded = parts[number].kind else { return nil }
      return names[number]
    }
    for name in expanded { refuse(name + "@odata.nextLink", .link) }
    refuse("error", .error)
    if isOnlyRow { refuse("value", .list) }
  }

  private mutating func refuse(_ name: String, _ kind: Kind) {
    if names.insert(name) == parts.count { parts.append(Part(kind: kind, token: 0..<0)) }
  }

  fileprivate var all: (names: NameTable, parts: [(kind: Kind, token: Range<Int>)], tokens: [UInt8]) {
    (names, parts.map { ($0.kind, $0.token) }, tokens)
  }
}

/// ``RowMembers`` of all levels, ready: the members of each level stand behind those of the level before, so that one
/// number tells a member of all levels apart.
struct RowLevels: Sendable {
  /// Where the members of each level begin.
  let offsets: [Int]
  private let names: [NameTable]
  private let kinds: [RowMembers.Kind]
  /// Names with their colons: ranges of `tokens`.
  private let ranges: [Range<Int>]
  private let tokens: FixedBytes

  init(_ levels: [RowMembers]) {
    var offsets: [Int] = []
    var kinds: [RowMembers.Kind] = []
    var ranges: [Range<Int>] = []
    var tokens: [UInt8] = []
    for level in levels {
      offsets.append(kinds.count)
      let all = level.all
      for part in all.parts {
        kinds.append(part.kind)
        ranges.append(part.token.lowerBound + tokens.count..<part.token.upperBound + tokens.count)
      }
      tokens += all.tokens
    }
    names = levels.map(\.all.names)
    self.offsets = offsets
    self.kinds = kinds
    self.ranges = ranges
    self.tokens = FixedBytes(tokens)
  }

  /// Members of all levels, refused ones included.
  var count: Int { kinds.count }

  /// The member whose name a JSON token spells, byte for byte; ``NameTable/none`` when the level has none such.
  func find(_ name: UnsafeBufferPointer<UInt8>, level: Int) -> Int {
    let number = names[level].find(token: name)
    return number == NameTable.none ? number : offsets[level] + number
  }

  func kind(of member: Int) -> RowMembers.Kind { kinds[member] }

  /// As it is written; valid as long as this value is held.
  func nameAndColon(of member: Int) -> UnsafeBufferPointer<UInt8> { tokens[ranges[member]] }
}
