/// The system query options of OData 4.01, by name.
enum SystemOption: String, CaseIterable {
  case select = "$select"
  case expand = "$expand"
  case filter = "$filter"
  case orderby = "$orderby"
  case top = "$top"
  case skip = "$skip"
  case count = "$count"
  case search = "$search"
  case format = "$format"
  case skiptoken = "$skiptoken"
  case deltatoken = "$deltatoken"
  case levels = "$levels"
  case apply = "$apply"
  case compute = "$compute"
  case index = "$index"
  case schemaversion = "$schemaversion"
  case id = "$id"
  // Of the extension for temporal data; always with the dollar sign.
  case at = "$at"
  case from = "$from"
  case to = "$to"
  case toInclusive = "$toInclusive"

  static let spellings = allCases.map(\.rawValue)

  /// Where options may stand.
  enum Place {
    case top
    /// In brackets behind an item of `$expand`.
    case nested
    /// In brackets behind an item of `$select`.
    case select
  }

  func isLegal(in place: Place) -> Bool {
    switch self {
    case .format, .skiptoken, .deltatoken, .schemaversion, .id, .index, .at, .from, .to, .toInclusive: place == .top
    case .levels: place == .nested
    case .expand, .apply: place != .select
    default: true
    }
  }

  /// Whether the value is kept as it is, blanks included.
  var isText: Bool {
    switch self {
    case .format, .skiptoken, .deltatoken, .schemaversion, .id: true
    default: false
    }
  }

  /// One bit for each option, to find repetitions.
  var bit: UInt32 {
    switch self {
    case .select: 1 << 0
    case .expand: 1 << 1
    case .filter: 1 << 2
    case .orderby: 1 << 3
    case .top: 1 << 4
    case .skip: 1 << 5
    case .count: 1 << 6
    case .search: 1 << 7
    case .format: 1 << 8
    case .skiptoken: 1 << 9
    case .deltatoken: 1 << 10
    case .levels: 1 << 11
    case .apply: 1 << 12
    case .compute: 1 << 13
    case .index: 1 << 14
    case .schemaversion: 1 << 15
    case .id: 1 << 16
    case .at: 1 << 17
    case .from: 1 << 18
    case .to: 1 << 19
    case .toInclusive: 1 << 20
    }
  }

  /// The option that `name` spells.
  /// - Parameters:
  ///   - name: with the dollar sign, unless `dollarOptional`.
  ///   - ignoringCase: whether letters count in any case.
  init?(_ name: some RandomAccessCollection<UInt8>, dollarOptional: Bool, ignoringCase: Bool) {
    let hasDollar = name.first == ASCII.dollar
    guard hasDollar || dollarOptional, name.count <= 14 else { return nil }
    guard let option = Self.lookUp(name.dropFirst(hasDollar ? 1 : 0), ignoringCase: ignoringCase) else { return nil }
    switch option {
    case .at, .from, .to, .toInclusive: guard hasDollar else { return nil }
    default: break
    }
    self = option
  }

  /// The option whose name stands in `range`, if it is one of those that most queries have, in its one spelling.
  init?(common bytes: Bytes, _ range: Range<Int>) {
    guard range.count <= 8, bytes[range.lowerBound] == ASCII.dollar else { return nil }
    // The letters behind the dollar sign, one a byte.
    switch bytes.packed(range.lowerBound + 1..<range.upperBound) {
    case 0x7365_6C65_6374: self = .select
    case 0x6578_7061_6E64: self = .expand
    case 0x6669_6C74_6572: self = .filter
    case 0x6F72_6465_7262_79: self = .orderby
    case 0x746F_70: self = .top
    case 0x636F_756E_74: self = .count
    default: return nil
    }
  }

  private static func lookUp(_ word: some RandomAccessCollection<UInt8>, ignoringCase: Bool) -> SystemOption? {
    func `is`(_ spelling: StaticString) -> Bool {
      guard spelling.utf8CodeUnitCount == word.count else { return false }
      return spelling.withUTF8Buffer { letters in
        zip(letters, word).allSatisfy { $0 == $1 || (ignoringCase && lowercase($0) == lowercase($1)) }
      }
    }
    guard let first = word.first else { return nil }
    switch lowercase(first) {
    case UInt8(ascii: "s"):
      if `is`("select") { return .select }
      if `is`("skip") { return .skip }
      if `is`("search") { return .search }
      if `is`("skiptoken") { return .skiptoken }
      if `is`("schemaversion") { return .schemaversion }
    case UInt8(ascii: "f"):
      if `is`("filter") { return .filter }
      if `is`("format") { return .format }
      if `is`("from") { return .from }
    case UInt8(ascii: "e"):
      if `is`("expand") { return .expand }
    case UInt8(ascii: "o"):
      if `is`("orderby") { return .orderby }
    case UInt8(ascii: "t"):
      if `is`("top") { return .top }
      if `is`("to") { return .to }
      if `is`("toInclusive") { return .toInclusive }
    case UInt8(ascii: "c"):
      if `is`("count") { return .count }
      if `is`("compute") { return .compute }
    case UInt8(ascii: "d"):
      if `is`("deltatoken") { return .deltatoken }
    case UInt8(ascii: "l"):
      if `is`("levels") { return .levels }
    case UInt8(ascii: "a"):
      if `is`("apply") { return .apply }
      if `is`("at") { return .at }
    case UInt8(ascii: "i"):
      if `is`("index") { return .index }
      if `is`("id") { return .id }
    default: break
    }
    return nil
  }
}
