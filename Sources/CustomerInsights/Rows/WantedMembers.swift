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
    var collector = Collector(wanted: self)
    guard JSONObjectText.read(token, into: &collector) else { return [] }
    return collector.found
  }

  /// - Parameter token: a JSON string token.
  private func number(ofToken token: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) -> Int? {
    // Nearly all names are letters of ASCII without escapes, and most are none of those that are wanted.
    let isPlain = token.count >= 2 && token.allSatisfy { $0 < 0x80 && $0 != UInt8(ascii: "\\") }
    guard isPlain, numbers.isEmpty else { return number(of: FoldedText(try JSONText.decode(token)).folded) }
    return names.firstIndex { name in
      name.folded.count == token.count - 2
        && zip(name.folded, token.dropFirst()).allSatisfy { $0 == WantedMembers.folded($1) }
    }
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
      case .scalar: if let number = take() { add(Array(text), to: number) }
      case .structure:
        let structure = object.takeStructure()
        if let number = take() { add(structure, to: number) }
      case .inside: return
      }
    }

    /// The number of the member whose value has come, if it is wanted and the first of its name.
    private mutating func take() -> Int? {
      guard let number = current, !seen[number] else { return nil }
      seen[number] = true
      return number
    }

    private mutating func add(_ value: [UInt8], to number: Int) {
      for place in wanted.names[number].places { found.append((place, value)) }
    }
  }
}
