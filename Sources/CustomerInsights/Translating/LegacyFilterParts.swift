import Dataverse
import ODataURL

/// A legacy filter, taken apart by who can decide what.
struct LegacyFilterParts {
  struct Segment {
    var name: String
    var span: Span
  }

  /// A list of values that is too long for one read.
  struct List {
    var column: String
    var values: [Literal]
    /// Whether the column holds whole numbers.
    var isWhole: Bool
    var span: Span

    /// Where the whole list stands in ``LegacyFilterParts/service``.
    fileprivate var index: Int

    /// Bytes of its conditions as they are sent.
    fileprivate var byteCount: Int { values.reduce(0) { $0 + ListParts.byteCount(of: $1, in: column) } }
  }

  /// What Dataverse decides, in its own names; joined by `and`.
  var service: [Expression] = []
  /// What Dataverse is not asked, and is decided on the rows that come.
  private(set) var tests: [Expression] = []
  /// What Dataverse does not decide exactly, and is made sure of on the rows that come.
  private(set) var rechecks: [Expression] = []
  /// Segments that a customer must be in.
  var segments: [Segment] = []
  /// The longest lists, which are split; the others stand in ``service``.
  private(set) var lists: [List] = []
  /// Bytes that conditions of ``lists`` may take in one read.
  private(set) var listBytes = 0
  /// Conditions in ``tests`` that name columns, as ``LegacyNames/ofColumns(_:_:)`` gives them.
  private(set) var heldConditions: [Expression] = []
  /// Columns that ``tests`` must see.
  private(set) var neededColumns: Set<String> = []
  /// Columns that ``rechecks`` must see.
  private(set) var testColumns: Set<String> = []

  /// Operands of `and` that are looked at one by one.
  static let limit = 100

  var expression: Expression? { LegacyFilter.all(service) }

  init(_ filter: Spanned<Expression>?, entity: LegacyEntity, mapping: LegacyMapping) throws(LegacyError) {
    let parts = filter?.value.conjuncts ?? []
    guard parts.count <= LegacyFilterParts.limit else {
      throw LegacyError(
        status: 400, errorCode: "filterTooLarge",
        message: "The filter joins more than \(LegacyFilterParts.limit) conditions by `and`.",
        remedy: "Ask for less at once.", span: filter?.span ?? .none)
    }
    for part in parts { try add(part, entity: entity, mapping: mapping) }
    takeLongLists(mapping.limits)
    service.append(contentsOf: entity.tests)
  }

  private mutating func add(
    _ part: Expression, entity: LegacyEntity, mapping: LegacyMapping
  ) throws(LegacyError) {
    if case .call(name: "ismemberofsegment", let arguments) = part[part.root] {
      segments.append(Segment(name: try LegacyFilterParts.segment(part, arguments), span: part.span))
      return
    }
    let names = try LegacyNames.renamed(part, entity)
    if names.usesMembers {
      // The JSON column is out of Dataverse's reach: rows are read and looked at.
      guard RowTest.canDecide(names.expression) else {
        throw LegacyTranslator.unsupported(
          "This condition on a value that Dataverse keeps inside JSON", part.span,
          "Compare the property with a literal.")
      }
      tests.append(names.expression)
      for (condition, isNegated) in part.conditions {
        guard let columns = try LegacyNames.ofColumns(condition, entity) else { continue }
        var held = Membership.expanded(columns)
        if isNegated { held.root = held.append(.not(held.root), span: held.span) }
        heldConditions.append(held)
      }
      LegacyNames.addColumns(of: part, entity, to: &neededColumns)
      return
    }
    if let (column, values) = names.expression.alternatives, values.count > 1 {
      lists.append(
        List(
          column: column, values: values, isWhole: entity.table.column(column)?.type.isWhole == true, span: part.span,
          index: service.count))
      service.append(Membership.expanded(names.expression))
      return
    }
    guard let bracketed = WildcardText.bracketed(names.expression) else {
      service.append(Membership.expanded(names.expression))
      return
    }
    service.append(Membership.expanded(mapping.wildcards == .bracket ? bracketed : names.expression))
    rechecks.append(names.expression)
    LegacyNames.addColumns(of: part, entity, to: &testColumns)
  }

  /// Lists that one read can take stay in every read, the short ones first, as long as they leave the long ones half of
  /// the bytes.
  private mutating func takeLongLists(_ limits: LegacyPlanLimits) {
    guard !lists.isEmpty else { return }
    let sizes = lists.map(\.byteCount)
    let isLong = lists.map { $0.values.count > limits.idsPerRead }
    listBytes = limits.listBytes
    let least = isLong.contains(true) || sizes.reduce(0, +) > limits.listBytes ? limits.listBytes / 2 : 0
    var long: Set<Int> = []
    for index in lists.indices.sorted(by: { (sizes[$0], $0) < (sizes[$1], $1) }) {
      if isLong[index] || listBytes - sizes[index] < least {
        long.insert(index)
      } else {
        listBytes -= sizes[index]
      }
    }
    lists = long.sorted().map { index in
      var list = lists[index]
      list.values = LegacyFilterParts.distinct(list.values)
      return list
    }
    for list in lists.reversed() { service.remove(at: list.index) }
  }

  /// The name in `IsMemberOfSegment('name')`; documents also print it without quotes.
  private static func segment(_ part: Expression, _ arguments: [NodeID]) throws(LegacyError) -> String {
    if arguments.count == 1, let argument = arguments.first {
      switch part[argument] {
      case .literal(.string(let name)) where !name.isEmpty: return name
      case .member(base: nil, let name): return name
      default: break
      }
    }
    throw LegacyError(
      status: 400, errorCode: "segmentExpected", message: "IsMemberOfSegment takes the name of one segment.",
      remedy: "Write IsMemberOfSegment('Name').", span: part.span)
  }

  /// Dataverse compares text without case: what differs in nothing else is asked for once. What only looks the same (`é`
  /// as one character and as two) is not the same, and both are asked for. Of spellings of one number or instant the first
  /// is asked for; literals of two types are not the same.
  private static func distinct(_ values: [Literal]) -> [Literal] {
    var texts: Set<FoldedText> = []
    var decimals: Set<ExactNumber> = []
    var doubles: Set<ExactNumber> = []
    var instants: Set<Instant> = []
    var others: Set<[UInt8]> = []
    return values.filter { value in
      switch value {
      case .string(let text): return texts.insert(FoldedText(text)).inserted
      case .decimal(let text):
        if let number = ExactNumber(text.utf8) { return decimals.insert(number).inserted }
      case .double(let text):
        if let number = ExactNumber(text.utf8) { return doubles.insert(number).inserted }
      case .dateTimeOffset(let time): return instants.insert(Instant(time)).inserted
      default: break
      }
      return others.insert(value.key).inserted
    }
  }

  /// Conditions on the key alone, as conditions on another column with the same values.
  /// - Parameters:
  ///   - form: how the key has ids of customers, if it does.
  ///   - other: the same of the other column. Between two forms nothing but equality says the same.
  func keys(
    _ key: String, _ form: CustomerID.Form?, as column: String, _ other: CustomerID.Form?
  ) -> [Expression] {
    service.compactMap { part -> Expression? in
      guard part.names(only: key), form == other || part.isEquality else { return nil }
      return part.replacing { id, node in
        switch node {
        case .member(base: nil, _): Expression(.member(base: nil, name: column), span: part.span(of: id))
        case .literal(let value):
          if let other, form != other {
            Expression(.literal(CustomerID.literal(value, as: other)), span: part.span(of: id))
          } else {
            nil
          }
        default: nil
        }
      }
    }
  }

  // MARK: Search

  /// Adds `$search`: each word may stand in any of the searched columns. The legacy service took a text apart at blanks
  /// and hyphens, quotes or not, and found what holds any of the words.
  mutating func add(
    search: Spanned<SearchExpression>, entity: LegacyEntity, mapping: LegacyMapping
  ) throws(LegacyError) {
    guard !entity.searched.isEmpty else {
      throw LegacyTranslator.unsupported("$search on \(entity.name)", search.span, "Use $filter with contains.")
    }
    var words: [String] = []
    var pending = [search.value.root]
    while let id = pending.popLast() {
      let node = search.value[id]
      pending.append(contentsOf: node.children.reversed())
      switch node {
      case .word(let text), .phrase(let text), .text(let text):
        words.append(contentsOf: text.split { $0 == " " || $0 == "-" }.map(String.init))
      case .and, .or: continue
      case .not:
        throw LegacyTranslator.unsupported("NOT in $search", search.span, "Use $filter with `not contains(…)`.")
      }
    }
    guard !words.isEmpty, words.count <= LegacyFilterParts.limit else {
      throw LegacyError(
        status: 400, errorCode: "searchTerms", message: "$search has no word to look for, or too many.",
        remedy: "Name one to \(LegacyFilterParts.limit) words.", span: search.span)
    }
    let tests = words.flatMap { word in
      entity.searched.map { LegacyFilter.contains($0, word, span: search.span) }
    }
    guard let exact = LegacyFilter.any(tests) else { return }
    guard let bracketed = WildcardText.bracketed(exact) else { return service.append(exact) }
    service.append(mapping.wildcards == .bracket ? bracketed : exact)
    rechecks.append(exact)
    testColumns.formUnion(entity.searched)
  }
}

extension ColumnType {
  /// Whether values are whole numbers.
  fileprivate var isWhole: Bool {
    switch self {
    case .wholeNumber, .bigInt, .choice: true
    default: false
    }
  }
}

extension Literal {
  /// Tells values of one kind apart, and values of different kinds as well.
  fileprivate var key: [UInt8] { Array(Expression(.literal(self)).printed().utf8) }
}

extension Expression {
  /// What `and`, `or` and `not` join in it, in its order, each with whether it stands under `not`.
  fileprivate var conditions: [(condition: Expression, isNegated: Bool)] {
    var conditions: [(Expression, Bool)] = []
    var pending = [(id: root, isNegated: false)]
    while let (id, isNegated) = pending.popLast() {
      switch self[id] {
      case .binary(.and, let left, let right), .binary(.or, let left, let right):
        pending += [(right, isNegated), (left, isNegated)]
      case .not(let operand): pending.append((operand, !isNegated))
      default:
        var condition = self
        condition.root = id
        conditions.append((condition, isNegated))
      }
    }
    return conditions
  }

  /// Whether it names this property and no other.
  fileprivate func names(only property: String) -> Bool {
    var hasName = false
    var hasOther = false
    walk { _, node in
      guard case .member(base: nil, let name) = node else { return .continue }
      hasName = true
      hasOther = name != property
      return hasOther ? .stop : .continue
    }
    return hasName && !hasOther
  }

  /// Whether it is made of nothing but names, literals, `eq` and `or`.
  fileprivate var isEquality: Bool {
    var isEquality = true
    walk { _, node in
      switch node {
      case .binary(.eq, _, _), .binary(.or, _, _), .literal, .member(base: nil, _): return .continue
      default:
        isEquality = false
        return .stop
      }
    }
    return isEquality
  }
}
