import JSONStream
import Policy

/// The members that rows of one level may have, while rows are read.
struct RowMembers: Sendable {
  /// A member, found once and then used.
  typealias Place = Dictionary<String, Part>.Index

  struct Part: Sendable {
    /// Its name as a JSON token.
    fileprivate var token: [UInt8]
    /// What may stay of the rows expanded in it: where they are among all levels.
    fileprivate var child: Int?
    /// The row that had it last; two in one row would leave it to the reader which of them counts.
    fileprivate var row = 0
  }

  /// Columns, their annotations and expanded rows, by name.
  private var parts: [String: Part] = [:]
  /// Rows begun so far.
  private var row = 0

  /// Adds what a tree allows, and behind it what it allows in expanded rows.
  static func append(_ tree: MemberTree, terms: [String], to levels: inout [RowMembers]) {
    let own = levels.count
    levels.append(RowMembers())
    let terms = terms.filter { !$0.isEmpty && !$0.contains("*") }
    // A member whose name looks like an annotation is none: the name alone decides.
    for name in tree.names.all where !name.contains("@") {
      levels[own].allow(name)
      guard tree.annotated.contains(name) else { continue }
      for term in terms { levels[own].allow("\(name)@\(term)") }
    }
    for (name, expanded) in tree.expanded where !name.contains("@") {
      levels[own].allow(name, child: levels.count)
      append(expanded, terms: terms, to: &levels)
    }
  }

  mutating func allow(_ name: String, child: Int? = nil) {
    parts[name] = Part(token: JSONText.encode(name), child: child)
  }

  mutating func beginRow() { row += 1 }

  /// The member of this name, byte for byte: Swift takes names for equal that are only canonically equivalent.
  func part(_ name: String) -> Place? {
    guard let index = parts.index(forKey: name), parts.keys[index].utf8.elementsEqual(name.utf8) else { return nil }
    return index
  }

  /// Where among all levels the rows expanded in a member are; `nil` for columns.
  func child(of place: Place) -> Int? { parts.values[place].child }

  /// Notes that the row has a member.
  /// - Returns: its name as a JSON token; `nil` when the row has it already.
  mutating func take(_ place: Place) -> [UInt8]? {
    guard parts.values[place].row != row else { return nil }
    parts.values[place].row = row
    return parts.values[place].token
  }
}
