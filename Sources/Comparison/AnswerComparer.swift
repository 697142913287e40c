import JSONStream

/// What came of comparing two answers to one query.
package struct AnswerComparison: Sendable {
  /// At most as many as the rules keep.
  package fileprivate(set) var differences: [Difference] = []
  /// All that there are.
  package fileprivate(set) var count = 0
  /// The members that rows were matched by.
  package fileprivate(set) var key: [String]?
  /// What was not compared, and why: one sentence each.
  package fileprivate(set) var notes: [String] = []
  /// Rows that have no counterpart among the pages that were read, and so say nothing.
  package fileprivate(set) var rowsLeftOut = 0

  /// Whether nothing that was compared is different; two errors can be the same, too.
  package var isSame: Bool { count == 0 }
}

/// Compares the answers of two servers to one query.
package struct AnswerComparer: Sendable {
  private let rules: ComparisonRules

  /// A comparer that can be used for any number of queries, also at one time.
  package init(rules: ComparisonRules) { self.rules = rules }

  /// Compares all rows and members of two answers. No limit but those of what was read.
  /// - Parameter target: the request, for the order that it asks for and the name of its primary id.
  package func compare(_ left: ServerAnswer, _ right: ServerAnswer, target: String) -> AnswerComparison {
    var work = Work(rules: rules, target: target)
    work.answers(left, right)
    return work.result
  }
}

private struct Work {
  let rules: ComparisonRules
  let form: CanonicalForm
  let matcher: RowMatcher
  let order: RowOrder
  var result = AnswerComparison()

  init(rules: ComparisonRules, target: String) {
    self.rules = rules
    form = CanonicalForm(rules: rules)
    matcher = RowMatcher(rules: rules, target: target)
    order = RowOrder(target: target)
  }

  private mutating func found(
    _ kind: Difference.Kind, _ place: Difference.Place, _ left: Difference.Side?, _ right: Difference.Side?
  ) {
    result.count += 1
    guard result.differences.count < rules.differenceLimit else { return }
    result.differences.append(Difference(kind: kind, place: place, left: left, right: right))
  }

  // MARK: Answers

  mutating func answers(_ left: ServerAnswer, _ right: ServerAnswer) {
    let top = Difference.Place()
    if left.status / 100 != right.status / 100 {
      found(.status, top, .init(open: "\(left.status)"), .init(open: "\(right.status)"))
    }
    if left.isError || right.isError {
      // A body that succeeded and one that failed have nothing to do with each other.
      guard left.isError, right.isError else { return }
      codes(left.body.errorCode, right.body.errorCode)
      if !rules.comparesErrorBodies { return }
    }
    if let leftRows = left.rows, let rightRows = right.rows {
      members(left.body.collection?.envelope ?? [], right.body.collection?.envelope ?? [], top)
      pages(left, right)
      let place = top.appending(.member("value"))
      rows(leftRows, rightRows, place, leftIsPartial: left.isPartial, rightIsPartial: right.isPartial, isTop: true)
      return
    }
    if left.rows != nil || right.rows != nil {
      return found(.body, top, AnswerWords.side(left), AnswerWords.side(right))
    }
    bodies(left, right)
  }

  private mutating func codes(_ left: String?, _ right: String?) {
    guard left.map({ Array($0.utf8) }) != right.map({ Array($0.utf8) }) else { return }
    if rules.ignored.matches(["error"], "code") || rules.ignored.matches([], "errorCode") { return }
    let place = Difference.Place(steps: [.member("code")])
    found(.code, place, left.map { .init(open: $0) }, right.map { .init(open: $0) })
  }

  private mutating func bodies(_ left: ServerAnswer, _ right: ServerAnswer) {
    switch (left.body, right.body) {
    case (.json(let leftValue), .json(let rightValue)): values(leftValue, rightValue, Difference.Place())
    case (.empty, .empty): return
    case (.other(let leftBytes, _), .other(let rightBytes, _)) where leftBytes == rightBytes: return
    case (.json, _), (.empty, _), (.other, _):
      found(.body, Difference.Place(), AnswerWords.side(left), AnswerWords.side(right))
    }
  }

  private mutating func pages(_ left: ServerAnswer, _ right: ServerAnswer) {
    let (leftEnd, rightEnd) = (left.interruption, right.interruption)
    if leftEnd?.status != rightEnd?.status || leftEnd?.hasNoRows != rightEnd?.hasNoRows {
      found(.paging, Difference.Place(), AnswerWords.interruption(left), AnswerWords.interruption(right))
    }
    for (name, answer) in [("left", left), ("right", right)] where answer.hasMore {
      result.notes.append("The \(name) side has more pages than the \(answer.pages) that were read.")
    }
  }

  // MARK: Rows

  private mutating func rows(
    _ left: [JSONValue], _ right: [JSONValue], _ place: Difference.Place, leftIsPartial: Bool = false,
    rightIsPartial: Bool = false, isTop: Bool = false
  ) {
    var matching = matcher.match(left, right, path: place.names)
    if isTop {
      result.key = matching.key
      let isSorted = order != .any || rules.isOrdered
      if matching.usesPlaces, leftIsPartial || rightIsPartial, !isSorted {
        // Which of them belong together only the pages that were not read could tell.
        leaveOut(&matching, left, right, place.names)
      }
    }
    for pair in matching.pairs {
      values(left[pair.left], right[pair.right], place.appending(row(pair.left, pair.right, left, matching.key)))
    }
    for index in matching.onlyLeft {
      guard !rightIsPartial else {
        result.rowsLeftOut += 1
        continue
      }
      found(
        .rowOnlyLeft, place.appending(row(index, nil, left, matching.key)), .init(left[index], rules: rules), nil)
    }
    for index in matching.onlyRight {
      guard !leftIsPartial else {
        result.rowsLeftOut += 1
        continue
      }
      found(
        .rowOnlyRight, place.appending(row(nil, index, right, matching.key)), nil, .init(right[index], rules: rules))
    }
    if isTop, !rules.isOrdered { sorting(left, matching, place) }
  }

  /// Keeps the pairs that are wholly the same.
  private mutating func leaveOut(
    _ matching: inout RowMatcher.Matching, _ left: [JSONValue], _ right: [JSONValue], _ path: [String]
  ) {
    let all = matching.pairs.count
    matching.pairs.removeAll {
      form.bytes(of: left[$0.left], path: path) != form.bytes(of: right[$0.right], path: path)
    }
    result.rowsLeftOut += (all - matching.pairs.count) * 2
  }

  private func row(_ left: Int?, _ right: Int?, _ rows: [JSONValue], _ key: [String]?) -> Difference.Place.Step {
    let index = left ?? right
    let name = key.flatMap { key in
      index.map { index in
        key.map { name in
          let value = RowMatcher.column(name, of: rows[index], rules).map { Difference.Side($0, rules: rules) }
          return "\(name)=\(value?.value ?? "")"
        }.joined(separator: ",")
      }
    }
    return .row(left: left, right: right, name: name)
  }

  /// Whether rows that both sides have come sorted alike. Both are told by what the left side shows, so that a value
  /// that differs is not told twice.
  private mutating func sorting(
    _ left: [JSONValue], _ matching: RowMatcher.Matching, _ place: Difference.Place
  ) {
    let columns: [String]
    switch order {
    case .any: return
    case .unknown: return result.notes.append("The order was not compared: it is not by plain columns.")
    case .columns(let names): columns = names
    }
    var sorted: [[UInt8]] = []
    for pair in matching.pairs {
      guard let form = sortForm(columns, left[pair.left]) else {
        return result.notes.append("The order was not compared: the rows do not show what they are sorted by.")
      }
      sorted.append(form)
    }
    let byRight = matching.pairs.indices.sorted { matching.pairs[$0].right < matching.pairs[$1].right }
    guard let first = byRight.indices.first(where: { sorted[$0] != sorted[byRight[$0]] }) else { return }
    found(
      .order, place.appending(row(matching.pairs[first].left, nil, left, matching.key)),
      .init(open: "row \(matching.pairs[first].left)"), .init(open: "row \(matching.pairs[first].right)"))
  }

  private func sortForm(_ columns: [String], _ row: JSONValue) -> [UInt8]? {
    guard case .object(let members) = row else { return nil }
    var out: [UInt8] = []
    for name in columns {
      guard let member = members.first(where: { ASCIIText.equal($0.name, name) }) else { return nil }
      out += form.bytes(of: member.value)
    }
    return out
  }

  // MARK: Values

  private mutating func values(_ left: JSONValue, _ right: JSONValue, _ place: Difference.Place) {
    switch (left, right) {
    case (.object(let leftMembers), .object(let rightMembers)): members(leftMembers, rightMembers, place)
    case (.array(let leftItems), .array(let rightItems)): rows(leftItems, rightItems, place)
    case (.null, .null): return
    case (.string, .string), (.number, .number), (.bool, .bool):
      guard form.bytes(of: left) != form.bytes(of: right) else { return }
      found(.value, place, .init(left, rules: rules), .init(right, rules: rules))
    case (.null, _), (.bool, _), (.number, _), (.string, _), (.array, _), (.object, _):
      found(.type, place, .init(left, rules: rules), .init(right, rules: rules))
    }
  }

  private mutating func members(_ left: [JSONMember], _ right: [JSONMember], _ place: Difference.Place) {
    let path = place.names
    let left = left.filter { !form.isLeftOut($0, path) }
    let right = right.filter { !form.isLeftOut($0, path) }
    // Names that are the same byte by byte go first; with case left aside, what remains.
    var partners = pairs(left.map { Array($0.name.utf8) }, right.map { Array($0.name.utf8) })
    if rules.ignoresNameCase {
      let taken = Set(partners.values)
      let restLeft = left.indices.filter { partners[$0] == nil }
      let restRight = right.indices.filter { !taken.contains($0) }
      let more = pairs(restLeft.map { rules.nameForm(left[$0].name) }, restRight.map { rules.nameForm(right[$0].name) })
      for (index, other) in more { partners[restLeft[index]] = restRight[other] }
    }
    for (index, member) in left.enumerated() {
      if let other = partners[index].map({ right[$0] }) {
        // Most members are the same, and a place is made for those that are not.
        guard !Work.isSpelledAlike(member.value, other.value) else { continue }
        values(member.value, other.value, place.appending(.member(member.name)))
      } else {
        found(.onlyLeft, place.appending(.member(member.name)), .init(member.value, rules: rules), nil)
      }
    }
    let taken = Set(partners.values)
    for (index, member) in right.enumerated() where !taken.contains(index) {
      found(.onlyRight, place.appending(.member(member.name)), nil, .init(member.value, rules: rules))
    }
  }

  /// Left place → right place of the same name.
  private func pairs(_ left: [[UInt8]], _ right: [[UInt8]]) -> [Int: Int] {
    var places: [[UInt8]: Int] = [:]
    for (index, name) in right.enumerated() where places[name] == nil { places[name] = index }
    var found: [Int: Int] = [:]
    for (index, name) in left.enumerated() { found[index] = places.removeValue(forKey: name) }
    return found
  }

  private static func isSpelledAlike(_ left: JSONValue, _ right: JSONValue) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)), (.string(let left), .string(let right)):
      left.utf8.elementsEqual(right.utf8)
    default: false
    }
  }
}

/// Answers as a whole, in words.
private enum AnswerWords {
  static func side(_ answer: ServerAnswer) -> Difference.Side {
    if let rows = answer.rows { return .init(open: "a collection of \(rows.count)") }
    switch answer.body {
    case .json(.object): return .init(open: "an object")
    case .json: return .init(open: "a JSON value")
    case .empty: return .init(open: "nothing")
    case .other(let bytes, let error): return .init(open: "\(bytes.count) bytes, no JSON (\(error.description))")
    }
  }

  static func interruption(_ answer: ServerAnswer) -> Difference.Side {
    guard let end = answer.interruption else {
      return .init(open: answer.pages == 1 ? "1 page" : "\(answer.pages) pages")
    }
    return .init(open: "page \(end.page): status \(end.status)\(end.hasNoRows ? ", no rows" : "")")
  }
}
