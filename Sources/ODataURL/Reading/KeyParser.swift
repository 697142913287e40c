/// ABNF `keyPredicate` and `functionExprParameters` below `$root`.
extension Reader {
  /// What an unqualified name with brackets below `$root` is: an entity set with a key, or a function with named
  /// parameters or none. `Name(a=1)` could be both, which only the schema knows; it is read as a key. The place is the
  /// opening bracket.
  @inline(never)
  mutating func rootCall(_ root: NodeID, name: Range<Int>, start: Int) throws(SyntaxError) -> NodeID {
    let bracket = at
    let set = span(start..<bracket)
    try openBracket()
    let arguments = try rootArguments()
    try closeBracket(bracket, "the key is not closed")
    guard !arguments.isEmpty, arguments.allSatisfy({ isKeyValue($0.value) }) else {
      if let first = arguments.first, first.name.isEmpty {
        throw SyntaxError(
          code: .invalidKey, span: spans[Int(first.value.index)], message: "a key is a literal or a parameter alias")
      }
      return try add(.function(base: root, name: text(name), parameters: arguments), span(from: start))
    }
    let member = try add(.member(base: root, name: text(name)), set)
    return try add(.keyed(base: member, keys: arguments), span(from: start))
  }

  /// A lone value, or names and values; the place is behind the opening bracket.
  @inline(never)
  private mutating func rootArguments() throws(SyntaxError) -> [NamedParameter] {
    if byte == ASCII.close { return [] }
    var arguments: [NamedParameter] = []
    guard isAtNameAndEquals else {
      arguments.append(NamedParameter(name: "", value: try subexpression()))
      skipBlanks()
      return arguments
    }
    repeat {
      skipBlanks()
      try checkList(arguments.count)
      let name = try parameterName(after: arguments)
      arguments.append(NamedParameter(name: name, value: try subexpression()))
      skipBlanks()
    } while take(ASCII.comma)
    return arguments
  }

  private func isKeyValue(_ id: NodeID) -> Bool {
    switch nodes[Int(id.index)] {
    case .literal(let literal): literal != .null
    case .alias: true
    default: false
    }
  }

  private var isAtNameAndEquals: Bool {
    var index = at
    while index < end, bytes[index].isWord || bytes[index] >= 0x80 { index += 1 }
    let isName = index > at
    while index < end, isBlank(bytes[index]), leniencies.contains(.blanksInLists) { index += 1 }
    return isName && index < end && bytes[index] == ASCII.equals
  }
}
