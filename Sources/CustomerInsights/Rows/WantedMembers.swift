import JSONStream

/// Members to look for in JSON objects that lie as text in strings, by their names without case.
struct WantedMembers: Sendable {
  /// Without case, and the places that ask for it.
  private struct Name: Sendable {
    var folded: [UInt8]
    var places: [Int]
  }

  private var names: [Name] = []
  /// Numbers of the names; made where there are many.
  private var numbers: [[UInt8]: Int] = [:]

  /// Names up to which a look at each of them is cheaper than a dictionary.
  private static let few = 8

  /// - Parameter place: what the value of this member is to be given with.
  mutating func add(_ name: String, place: Int) {
    let folded = FoldedText(name).folded
    if let known = number(of: folded) { return names[known].places.append(place) }
    names.append(Name(folded: folded, places: [place]))
    if names.count > WantedMembers.few {
      if numbers.isEmpty {
        for (number, name) in names.enumerated() { numbers[name.folded] = number }
      } else {
        numbers[folded] = names.count - 1
      }
    }
  }

  private func number(of folded: [UInt8]) -> Int? {
    numbers.isEmpty ? names.firstIndex { $0.folded == folded } : numbers[folded]
  }

  /// The values of the members that are there, as they stand. Of spellings of one name the first counts, as in the rows that
  /// are shown.
  /// - Parameter token: a JSON string token; one that holds anything else than one JSON object has no members.
  func values(inStringToken token: [UInt8]) -> [(place: Int, value: [UInt8])] {
    var flat = FlatObjectReader()
    let isFlat = token.withUnsafeBufferPointer { token in
      flat.read(token) { number(ofName: $0) ?? NameTable.none }
    }
    var collector = Collector(wanted: self)
    if isFlat {
      for member in flat.members where member.name != NameTable.none {
        collector.take(member.name) { Array(flat.text[member.value]) }
      }
    } else if !JSONObjectText.read(token, into: &collector) {
      return []
    }
    return collector.found
  }

  /// - Parameter name: UTF-8, without escapes and quotes.
  private func number(ofName name: UnsafeBufferPointer<UInt8>) -> Int? {
    guard numbers.isEmpty, name.allSatisfy({ $0 < 0x80 }) else { return number(of: FoldedText(Array(name)).folded) }
    return names.firstIndex { wanted in
      wanted.folded.count == name.count && zip(wanted.folded, name).allSatisfy { $0 == WantedMembers.folded($1) }
    }
  }

  /// - Parameter token: a JSON string token.
  private func number(ofToken token: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> Int? {
    // Nearly all names are letters of ASCII without escapes, and most are none of those that are wanted.
    guard token.count >= 2, !token.contains(UInt8(ascii: "\\")) else {
      return number(of: FoldedText(try JSONText.decode(token)).folded)
    }
    return number(ofName: UnsafeBufferPointer(rebasing: token[1..<token.count - 1]))
  }

  private static func folded(_ byte: UInt8) -> UInt8 {
    (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) ? byte | 0x20 : byte
  }

  private struct Collector: JSONEventHandler {
    let wanted: WantedMembers
    var found: [(place: Int, value: [UInt8])] = []
    private var seen: [Bool]
    private var object = ObjectMembers()
    /// The number of the member whose value comes next.
    private var current: Int?

    init(wanted: WantedMembers) {
      self.wanted = wanted
      seen = [Bool](repeating: false, count: wanted.names.count)
    }

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch try object.take(event, text) {
      case .name: current = try wanted.number(ofToken: text)
      case .scalar: if let current { take(current) { Array(text) } }
      case .structure:
        let structure = object.takeStructure()
        if let current { take(current) { structure } }
      case .inside: return
      }
    }

    /// Takes the value of a wanted member, if it is the first of its name.
    mutating func take(_ number: Int, value: () -> [UInt8]) {
      guard !seen[number] else { return }
      seen[number] = true
      let value = value()
      for place in wanted.names[number].places { found.append((place, value)) }
    }
  }
}
