/// The names that a schema gives to rules of the grammar, such as `entitySetName` and `complexProperty`: with them some
/// texts can be told apart that the grammar alone lets pass; see ``Parser/parse(_:as:encoding:names:)``.
///
/// These are lists of words, as the test cases of the OData ABNF come with, and no schema: which property is of which
/// type they do not say. A rule without a list takes any name.
public struct NameLists: Hashable, Sendable {
  private var lists: [String: Set<String>] = [:]

  /// - Parameter lists: names by the rule of the grammar that they stand for, spelt as there.
  public init(_ lists: [String: [String]]) {
    self.lists = lists.mapValues { Set($0) }
  }

  /// Whether one of the rules may have the name: it is on a list, or one of the rules has none.
  fileprivate func allow(_ name: String, as rules: [String]) -> Bool {
    rules.contains { lists[$0]?.contains(name) ?? true }
  }

  /// Whether one of the rules has the name for certain.
  fileprivate func have(_ name: String, as rules: [String]) -> Bool {
    rules.contains { lists[$0]?.contains(name) ?? false }
  }

  fileprivate static let functions = ["entity", "entityCol", "complex", "complexCol", "primitive", "primitiveCol"]
    .map { $0 + "Function" }
  fileprivate static let imports = functions.map { $0 + "Import" } + ["actionImport"]
  fileprivate static let resources = ["entitySetName", "singletonEntity"]
  fileprivate static let collections = ["entityColNavigationProperty", "complexColProperty"]
  fileprivate static let properties =
    collections + [
      "entityNavigationProperty", "complexProperty", "primitiveKeyProperty", "primitiveNonKeyProperty",
      "primitiveColProperty", "streamProperty",
    ]
  fileprivate static let types = ["entityTypeName", "complexTypeName"]
}

extension Parser {
  /// Reads a text by a rule, and checks the names in it against lists.
  ///
  /// Checked are the segments of resource paths, the names of custom options, and the properties that `$apply`
  /// aggregates, groups by and joins; only in texts that have whole paths or options.
  /// - Parameter names: `nil` for none.
  /// - Throws: as ``parse(_:as:encoding:)``, and `rule-mismatch` for a name that is not on the list of any rule that
  ///   its place allows.
  public func parse(
    _ text: String, as rule: Rule, encoding: TextEncoding = .url, names: NameLists?
  ) throws(SyntaxError) -> Parsed {
    let parsed = try parse(text, as: rule, encoding: encoding)
    guard let names else { return parsed }
    let whole = try RuleText(text, encoding: encoding, for: rule.form)
    guard let target = try wholeTarget(of: whole, rule.form) else { return parsed }
    try NameCheckByLists(lists: names).check(target)
    return parsed
  }

  /// The tree of a sound text that has whole paths or options.
  private func wholeTarget(of text: RuleText, _ form: Rule.Form) throws(SyntaxError) -> RelativeURI? {
    switch form {
    case .relative: return try read(text.encoded())
    case .path:
      let raw = text.encoded()
      var reader = Reader(settings: settings, raw)
      return RelativeURI(path: try reader.resourcePath(raw, 0..<raw.bytes.count))
    case .options, .option:
      var reader = Reader(settings: settings, text.raw)
      var target = RelativeURI()
      var state = Reader.OptionsState()
      var mistakes: [SyntaxError]?
      try reader.queryOptions(
        text.raw, text.whole, isEncoded: text.encoding == .url, into: &target.options, &state, mistakes: &mistakes)
      return target
    default: return nil
    }
  }
}

private struct NameCheckByLists {
  let lists: NameLists

  func check(_ target: RelativeURI) throws(SyntaxError) {
    for index in target.path.indices { try check(target.path, at: index) }
    for option in target.options.custom where !lists.allow(option.name, as: ["customName"]) {
      throw unlisted(option.span)
    }
    for transformation in target.options.apply?.value ?? [] { try check(transformation) }
  }

  private func unlisted(_ span: Span) -> SyntaxError {
    SyntaxError(
      code: .ruleMismatch, span: span, message: "the name is not on the lists for the names that can stand here")
  }

  // MARK: Paths

  private func check(_ path: [PathSegment], at index: Int) throws(SyntaxError) {
    let segment = path[index]
    let isAllowed: Bool
    switch segment.kind {
    case .name(let name, let keys):
      var rules =
        index == 0
        ? NameLists.resources + NameLists.imports : NameLists.properties + NameLists.types + ["keyPathLiteral"]
      if index > 0, case .compound? = keys { rules += NameLists.functions }
      isAllowed = lists.allow(name, as: rules)
    case .function(let name, _, _) where !name.utf8.contains(ASCII.dot):
      isAllowed = lists.allow(name, as: index == 0 ? NameLists.imports : NameLists.functions)
    case .function(let name, _, _): isAllowed = lists.allow(Self.last(name), as: NameLists.functions)
    case .qualified(let name, _):
      let operations = NameLists.functions + ["action"]
      isAllowed = lists.allow(
        Self.last(name), as: isCast(path, at: index - 1) ? operations : operations + NameLists.types)
    case .keyword("$value"): isAllowed = index == 0 || !isStructured(path[index - 1])
    case .context(let fragment):
      guard case .path(let inner) = fragment.subject else { return }
      for index in inner.indices { try check(inner, at: index) }
      return
    case .keyword, .filter, .crossjoin, .key: isAllowed = true
    }
    if !isAllowed { throw unlisted(segment.span) }
  }

  private static func last(_ name: String) -> String {
    name.split(separator: ".").last.map(String.init) ?? name
  }

  private func isCast(_ path: [PathSegment], at index: Int) -> Bool {
    guard index >= 0, case .qualified(let name, keys: nil) = path[index].kind else { return false }
    return lists.have(Self.last(name), as: NameLists.types)
      && !lists.have(Self.last(name), as: NameLists.functions + ["action"])
  }

  /// Whether the segment is a complex value, or a collection, for certain.
  private func isStructured(_ segment: PathSegment) -> Bool {
    guard case .name(let name, keys: nil) = segment.kind else { return false }
    let structured = ["complexProperty", "complexColProperty", "primitiveColProperty"]
    return lists.have(name, as: structured)
      && !lists.have(name, as: NameLists.resources + NameLists.properties.filter { !structured.contains($0) })
  }

  // MARK: Transformations

  private func check(_ transformation: Transformation) throws(SyntaxError) {
    switch transformation.kind {
    case .aggregate(let items):
      for item in items where item.steps.method == nil {
        guard let operand = item.operand, operand.isNamePath, case .member(_, let name) = operand[operand.root] else {
          continue
        }
        if !lists.allow(name, as: ["customAggregate"]) { throw unlisted(item.span) }
      }
    case .groupby(let elements, let inner):
      for element in elements {
        switch element.kind {
        case .property(let path): try check(grouping: path, element.span)
        case .rollup(let paths): for path in paths { try check(grouping: path, element.span) }
        case .rollupRecursive(_, let inner): try check(inner)
        }
      }
      try check(inner)
    case .concat(let sequences): for inner in sequences { try check(inner) }
    case .nest(let sets), .addnested(_, let sets): for set in sets { try check(set.transformations) }
    case .join(_, let path, _, let inner):
      // A type may stand behind the collection.
      let names = path.filter { !$0.utf8.contains(ASCII.dot) }
      if let name = names.last, !lists.allow(name, as: NameLists.collections) { throw unlisted(transformation.span) }
      try check(inner)
    case .related(_, _, let start, _, _), .traverse(_, _, let start, _): try check(start)
    default: break
    }
  }

  private func check(_ transformations: [Transformation]) throws(SyntaxError) {
    for transformation in transformations { try check(transformation) }
  }

  /// What rows are grouped by has one value for each: there is no collection on the way.
  private func check(grouping path: [String], _ span: Span) throws(SyntaxError) {
    for name in path.dropLast() {
      guard lists.have(name, as: NameLists.collections + ["primitiveColProperty"]),
        !lists.have(name, as: ["entityNavigationProperty", "complexProperty", "expressionAlias"])
      else { continue }
      throw unlisted(span)
    }
  }
}
