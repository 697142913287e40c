import JSONStream

/// The JSON object that lies as text in a column of a row, member by member, values as they stand.
struct JSONColumn: Sendable {
  private typealias Member = FlatObjectReader.Member

  /// Where the members of the object are that was read last.
  private enum Source { case none, flat, any }

  private var spellings: MemberSpellings
  /// For each name the object that had it last, the objects counted.
  private var lastTaken: [Int] = []
  private var objects = 0
  private var source = Source.none
  private var flat = FlatObjectReader()
  // Of an object that the flat reader refuses.
  private var members: [Member] = []
  private var values: [UInt8] = []
  private var text = JSONTextReader()
  private var object = ObjectMembers()
  /// The spelling of the member whose value comes next.
  private var current = NameTable.none

  /// - Parameters:
  ///   - columns: of the rows, by their names.
  ///   - wanted: members to show, in their order and none twice; all when `nil`.
  init(columns: [FoldedText: [Int]], wanted: [String]?) {
    spellings = MemberSpellings(columns: columns, wanted: wanted)
  }

  /// Reads the column of the next row. What is no string, or a string with anything else than one JSON object, has no
  /// members.
  /// - Parameter token: a JSON token.
  mutating func read(_ token: UnsafeBufferPointer<UInt8>) {
    if spellings.isFull {
      spellings.forget()
      flat.forgetNames()
      lastTaken = []
      objects = 0
    }
    let isFlat = flat.read(token) { spellings.place(of: $0) }
    source = isFlat ? .flat : readAny(token) ? .any : .none
  }

  private mutating func readAny(_ token: UnsafeBufferPointer<UInt8>) -> Bool {
    members.removeAll(keepingCapacity: true)
    values.removeAll(keepingCapacity: true)
    object = ObjectMembers()
    // Moved out while it works: it lends its memory to `self`.
    var reader = text
    text = JSONTextReader()
    defer { text = reader }
    return reader.read(token, into: &self)
  }

  /// Writes the members of the object that was read since this was called last, and `null` for each member that was asked
  /// for and is not there.
  ///
  /// Of each name (without case) the first spelling counts.
  /// - Parameter hasColumn: whether the row shows a column, which hides members of the same name.
  mutating func write(into writer: inout JSONWriter, unless hasColumn: (Int) -> Bool) {
    objects += 1
    while lastTaken.count < spellings.nameCount { lastTaken.append(0) }
    switch source {
    case .none: break
    case .flat: write(flat.members, flat.text, into: &writer, unless: hasColumn)
    case .any: write(members, values, into: &writer, unless: hasColumn)
    }
    source = .none
    for place in spellings.asked where take(place, unless: hasColumn) {
      let token = spellings[place].token
      spellings.tokens.withUnsafeBufferPointer { tokens in
        JSONColumn.null.withUnsafeBufferPointer {
          writer.member(nameAndColon: UnsafeBufferPointer(rebasing: tokens[token]), $0)
        }
      }
    }
  }

  private static let null = Array("null".utf8)

  private mutating func write(
    _ members: [Member], _ values: [UInt8], into writer: inout JSONWriter, unless hasColumn: (Int) -> Bool
  ) {
    let tokens = spellings.tokens
    tokens.withUnsafeBufferPointer { tokens in
      values.withUnsafeBufferPointer { values in
        for member in members where take(member.name, unless: hasColumn) {
          writer.member(
            nameAndColon: UnsafeBufferPointer(rebasing: tokens[spellings[member.name].token]),
            UnsafeBufferPointer(rebasing: values[member.value]))
        }
      }
    }
  }

  /// Whether a spelling is to be shown, which its name then has been.
  private mutating func take(_ place: Int, unless hasColumn: (Int) -> Bool) -> Bool {
    let spelling = spellings[place]
    guard spelling.isWanted, lastTaken[spelling.name] != objects, !spellings.isHidden(spelling, hasColumn) else {
      return false
    }
    lastTaken[spelling.name] = objects
    return true
  }

  private mutating func append(_ value: UnsafeBufferPointer<UInt8>) {
    let start = values.count
    values.append(contentsOf: value)
    members.append(Member(name: current, value: start..<values.count))
  }
}

extension JSONColumn: JSONEventHandler {
  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch try object.take(event, text) {
    case .name: current = try spellings.place(ofToken: text)
    case .scalar: append(text)
    case .structure:
      object.takeStructure().withUnsafeBufferPointer { append($0) }
    case .inside: return
    }
  }
}
