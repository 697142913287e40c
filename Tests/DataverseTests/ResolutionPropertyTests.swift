import TestSupport
import Dataverse
import ODataURL
import Testing

/// Nothing that a query names is missing from its resolution.
@Suite struct ResolutionPropertyTests {
  @Test(arguments: 0..<8)
  func everyNameIsResolvedOrObscure(_ seed: UInt64) throws {
    var clear = 0
    var obscure = 0
    for round in 0..<150 {
      var generator = QueryGenerator(seed: seed &* 1_000_003 &+ UInt64(round))
      let query = try Parser(settings: .dataverse).relativeURI(generator.query())
      let resolution = QueryResolver(schema: Sample.schema).resolve(query)
      guard resolution.obscurities.isEmpty else {
        obscure += 1
        continue
      }
      clear += 1
      let printed = query.printed()
      #expect(Self.names(printed: printed) == resolution.root.names.sorted(), "\(printed)")
    }
    #expect(clear > 50 && obscure > 10)
  }

  /// The words of a printed query that are neither syntax nor in a literal, sorted.
  private static func names(printed: String) -> [String] {
    var text = decoded(printed)
    text.removeFirst("accounts?".count)
    // The text of this argument is a name.
    text = text.replacing("PropertyName='due'", with: "due").replacing("PropertyName='createdon'", with: "createdon")
    var words: [String] = []
    for (index, piece) in text.split(separator: "'", omittingEmptySubsequences: false).enumerated()
    where index.isMultiple(of: 2) {
      let isNamePart = { (character: Character) in
        character.isLetter || character.isNumber || character == "_" || character == "$" || character == "."
      }
      words += piece.split { !isNamePart($0) }.map(String.init)
    }
    return words.filter { word in
      !syntax.contains(word) && !word.hasPrefix("$") && !word.contains(".")
        && !(word.first?.isNumber ?? true) && word.wholeMatch(of: /(v|out)[0-9]+/) == nil
    }.sorted()
  }

  private static let syntax: Set<String> = [
    "eq", "ne", "gt", "and", "or", "not", "any", "all", "desc", "contains", "startswith", "filter", "groupby",
    "aggregate", "with", "as", "sum", "min", "max", "null",
  ]

  private static func decoded(_ text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%"),
        let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)
      else {
        bytes.append(byte)
        continue
      }
      bytes.append(value)
      rest = rest.dropFirst(2)
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension Level {
  /// Every name that it holds, those of the levels below it included.
  fileprivate var names: [String] {
    var result = (select ?? []).map(\.name) + order.map(\.name) + navigations.map(\.name)
    if let navigation { result.append(navigation.name) }
    for condition in conditions {
      result.append(condition.column.name)
      if let other = condition.other { result.append(other.name) }
    }
    if let aggregation { result += (aggregation.groups + aggregation.aggregates).map(\.column.name) }
    return result + expands.flatMap(\.names)
  }
}

/// Makes queries from the sample schema and, now and then, from names and forms that it does not have.
private struct QueryGenerator {
  private var random: SeededGenerator
  private var variables = 0

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  private mutating func below(_ bound: Int) -> Int { random.below(bound) }
  private mutating func pick<Item>(_ items: [Item]) -> Item { random.pick(items) }

  mutating func query() -> String {
    let table = Sample.schema.table(entitySet: "accounts")
    if below(5) == 0 { return "accounts?$apply=\(apply(table))".replacing(" ", with: "%20") }
    return "accounts?\(options(table, depth: 0).joined(separator: "&"))".replacing(" ", with: "%20")
  }

  private mutating func options(_ table: Table?, depth: Int) -> [String] {
    var result: [String] = []
    let count = 1 + below(3)
    let items = (0..<count).map { _ in below(40) == 0 ? "*" : column(table) }
    result.append("$select=\(items.joined(separator: ","))")
    if below(3) > 0 { result.append("$filter=\(condition(table, base: "", depth: 0))") }
    if below(3) == 0 { result.append("$orderby=\(column(table)) desc") }
    if depth < 3, below(3) == 0 {
      let names = below(10) == 0 ? ["nothere"] : (table?.navigations.map(\.name) ?? ["nothere"])
      let name = pick(names)
      let target = table?.navigation(name).flatMap { Sample.schema.table(named: $0.target) }
      let end = below(30) == 0 ? "/$ref" : "(\(options(target, depth: depth + 1).joined(separator: ";")))"
      result.append("$expand=\(name)\(end)")
    }
    return result
  }

  private mutating func column(_ table: Table?) -> String {
    guard let table, below(8) > 0 else { return "unknown" }
    return pick(table.columns).propertyName
  }

  /// - Parameter base: the variable of the lambda that it stands in, and `/`.
  private mutating func condition(_ table: Table?, base: String, depth: Int) -> String {
    switch below(depth < 4 ? 12 : 6) {
    case 0, 1: return "\(base)\(column(table)) eq 1"
    case 2: return "contains(\(base)\(column(table)),'name size')"
    case 3: return "\(base)\(column(table)) ne \(base)\(column(table))"
    case 4:
      switch below(6) {
      case 0: return "1 eq \(base)\(column(table))"
      case 1: return "$it/\(column(table)) eq 1"
      case 2: return "length(\(base)\(column(table))) eq 1"
      case 3 where base.isEmpty: return "Microsoft.Dynamics.CRM.Today(PropertyName='\(pick(["due", "createdon"]))')"
      case 4: return "\(column(table)) eq 'a'"
      default: return "\(base)\(column(table)) gt null"
      }
    case 5, 6:
      let (path, target) = path(table)
      return "\(base)\(path)\(column(target)) eq 'it''s name'"
    case 7:
      return "(\(condition(table, base: base, depth: depth + 1)) or \(condition(table, base: base, depth: depth + 1)))"
    case 8:
      return "\(condition(table, base: base, depth: depth + 1)) and \(condition(table, base: base, depth: depth + 1))"
    case 9: return "not (\(condition(table, base: base, depth: depth + 1)))"
    default:
      let collections = table?.navigations.filter { $0.isCollection || below(10) == 0 } ?? []
      guard !collections.isEmpty else { return "\(base)nowhere/any()" }
      let navigation = pick(collections)
      guard below(5) > 0 else { return "\(base)\(navigation.name)/any()" }
      variables += 1
      let variable = "v\(variables)"
      let inner = condition(Sample.schema.table(named: navigation.target), base: variable + "/", depth: depth + 1)
      return "\(base)\(navigation.name)/\(pick(["any", "all"]))(\(variable):\(inner))"
    }
  }

  /// Navigation properties to follow, each with `/` behind it, and where they lead; now and then through a collection.
  private mutating func path(_ table: Table?) -> (String, Table?) {
    var text = ""
    var table = table
    for _ in 0...below(3) {
      let singles = table?.navigations.filter { !$0.isCollection || below(10) == 0 } ?? []
      let name = singles.isEmpty ? "nowhere" : pick(singles).name
      text += name + "/"
      table = table?.navigation(name).flatMap { Sample.schema.table(named: $0.target) }
    }
    return (text, table)
  }

  private mutating func apply(_ table: Table?) -> String {
    var steps: [String] = []
    for _ in 0..<below(3) { steps.append("filter(\(condition(table, base: "", depth: 2)))") }
    let aggregate =
      "aggregate(\(column(table)) with \(pick(["sum", "min", "max"])) as out1,\(path(table).0)unknown with max as out2,$count as out3)"
    switch below(4) {
    case 0: steps.append(aggregate)
    case 1: steps.append("groupby((\(path(table).0)unknown))")
    default: steps.append("groupby((\(column(table))),\(aggregate))")
    }
    if below(10) == 0 { steps.append("identity") }
    return steps.joined(separator: "/")
  }
}
