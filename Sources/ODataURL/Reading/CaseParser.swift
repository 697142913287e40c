/// ABNF `caseMethodCallExpr`: `case(condition:value,…)`.
extension Reader {
  /// Reads the pairs in brackets; the arguments of the call are conditions and values in turn.
  @inline(never)
  mutating func caseCall(_ name: Range<Int>) throws(SyntaxError) -> NodeID {
    let bracket = at
    try openBracket()
    var arguments: [NodeID] = []
    repeat {
      skipBlanks()
      try checkList(arguments.count / 2)
      arguments.append(try caseCondition())
      skipBlanks()
      try require(ASCII.colon, in: "between the condition and the value of `case`")
      skipBlanks()
      arguments.append(try subexpression())
      skipBlanks()
    } while take(ASCII.comma)
    try closeBracket(bracket, "the `case` is not closed")
    return try add(.call(name: "case", arguments: arguments), span(from: name.lowerBound))
  }

  @inline(never)
  private mutating func caseCondition() throws(SyntaxError) -> NodeID {
    let outer = conditionDepth
    conditionDepth = depth
    let condition = try subexpression()
    conditionDepth = outer
    return condition
  }

  /// Whether the colon here, behind two digits, ends the condition of a `case` instead of standing in a time of day.
  ///
  /// The grammar alone does not tell `10:15` in a condition from the number 10 and the value 15. It is a time if two
  /// digits follow and the pair goes on after that, as it must for another colon to come.
  var colonEndsCondition: Bool {
    guard depth == conditionDepth else { return false }
    guard peek(1).isDigit, peek(2).isDigit else { return true }
    var index = at + 3
    while index < end, bytes[index].isDigit || bytes[index] == ASCII.dot { index += 1 }
    if index > at + 3 { return true }
    while index < end, isBlank(bytes[index]) { index += 1 }
    return index >= end || bytes[index] == ASCII.comma || bytes[index] == ASCII.close
  }
}
