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
  /// Members, refused ones included.
  var count: Int { parts.count }

  /// Adds what a tree allows, and behind it what it allows in expanded rows.
  static func append(_ tree: MemberTree, terms: [String], to levels: inout [RowMembers]) {
    let own = levels.count
    levels.append(RowMembers())
    let terms = terms.filter { !$0.isEmpty && !$0.contains("*") }
    // Sorted, so that what two ways of reading one tree do does not depend on the order of a set.
    // A member whose name looks like an annotation is none: the name alone decides.
    for name in tree.names.sorted() where !name.contains("@") {
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

  /// The number of the member whose name a JSON token spells, byte for byte; ``NameTable/none`` when it is none of these.
  func find(_ name: UnsafeBufferPointer<UInt8>) -> Int { names.find(token: name) }

  func kind(of member: Int) -> Kind { parts[member].kind }

  /// Writes a member.
  func write(_ member: Int, _ value: UnsafeBufferPointer<UInt8>, into writer: inout JSONWriter) {
    let token = parts[member].token
    tokens.withUnsafeBufferPointer {
      writer.member(nameAndColon: UnsafeBufferPointer(rebasing: $0[token]), value)
    }
  }
}

/// ``RowMembers`` of a shape, ready: an object, so that looking a name up copies no reference but one.
final class RowLevel: Sendable {
  let members: RowMembers
  /// Members of the levels before this one.
  let offset: Int

  private init(_ members: RowMembers, offset: Int) {
    self.members = members
    self.offset = offset
  }

  static func levels(of levels: [RowMembers]) -> [RowLevel] {
    var offset = 0
    return levels.map { members in
      defer { offset += members.count }
      return RowLevel(members, offset: offset)
    }
  }
}
