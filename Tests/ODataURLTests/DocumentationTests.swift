import Foundation
import ODataURL
import Testing

/// What the articles of the catalog say is so, and nothing public is left out.
struct DocumentationTests {
  // MARK: Trees and grammar

  static let leniencies = ["keysAsSegments": Leniencies.keysAsSegments]

  static let treeRows = Article("TreesAndGrammar").rows(below: "Tree")

  @Test(arguments: treeRows)
  func examplesOfRules(_ row: [String]) throws {
    try #require(row.count == 5)
    var readAs = Article.codeSpans(row[2])
    let rule = try Rule(named: readAs.removeFirst())
    let settings = ParserSettings.strict(with: try Leniencies(readAs.map { try #require(Self.leniencies[$0]) }))
    let example = try #require(Article.codeSpans(row[3]).first)
    let parsed = try Parser(settings: settings).parse(example, as: rule)
    let tree = parsed.tree.split(separator: "\n").map { $0.drop { $0 == " " } }.joined(separator: " ")
    #expect([tree] == Article.codeSpans(row[4]), "\(row[0])")
  }

  /// Every case that a tree is made of has a row.
  @Test func casesHaveARow() throws {
    let named = Self.treeRows.map { $0[0] }
    #expect(named.count > 100)
    for type in [
      "PathSegment/Kind", "KeyPredicate", "Expression/Node", "BinaryOperator", "Literal", "SearchExpression/Node",
      "Transformation/Kind", "GroupingElement/Kind",
    ] {
      let cases = Source.declarations.filter { $0.isCase && $0.parent == type }
      #expect(!cases.isEmpty, "\(type)")
      for one in cases where type != "Expression/Node" || one.name != "binary" {
        let symbol = "``\(type)/\(one.name)"
        #expect(named.contains { $0.hasPrefix(symbol + "``") || $0.hasPrefix(symbol + "(") }, "\(symbol)")
      }
    }
  }

  // MARK: Settings

  @Test func leniencyTable() throws {
    let rows = Article("Reading").rows(below: "Leniency")
    let options = Source.declarations.filter { $0.parent == "Leniencies" && $0.text.contains("(rawValue: 1 << ") }
    #expect(rows.count == options.count && options.count >= 12)
    for option in options {
      let row = try #require(rows.first { $0[0] == "``Leniencies/\(option.name)``" }, "\(option.name)")
      try #require(row.count == 6)
      let bit = try #require(UInt32(option.text.split(separator: " ").last?.dropLast() ?? ""))
      let leniency = Leniencies(rawValue: 1 << bit)
      let presets = ParserSettings.all.map { $0.leniencies.contains(leniency) ? "yes" : "–" }
      #expect(Array(row[3...]) == presets, "\(option.name)")
    }
  }

  @Test func limitTable() throws {
    let rows = Article("Reading").rows(below: "Limit")
    let limits = Mirror(reflecting: Limits()).children.map { ["``Limits/\($0.label ?? "")``", "\($0.value)"] }
    #expect(rows.map { Array($0.prefix(2)) } == limits)
    let codes = rows.map { $0[3] }
    #expect(codes == SyntaxError.Code.allCases.map { "``SyntaxError/Code/\($0)``" }.filter { $0.contains("/limit") })
  }

  // MARK: Errors

  @Test func codeTables() throws {
    let rows = Article("Errors").rows(below: "Case")
    #expect(rows.map { $0[0] }.sorted() == SyntaxError.Code.allCases.map { "``SyntaxError/Code/\($0)``" }.sorted())
    for code in SyntaxError.Code.allCases {
      let row = try #require(rows.first { $0[0] == "``SyntaxError/Code/\(code)``" })
      #expect(row[1] == "`\(code.rawValue)`")
      let isOfTargets = code != .ruleMismatch && !code.rawValue.hasPrefix("limit-")
      #expect(row.count == (isOfTargets ? 4 : 2), "\(code)")
      guard isOfTargets, row.count == 4 else { continue }
      let example = try #require(Article.codeSpans(row[3]).first)
      // The one mistake that the grammar does not call one.
      let settings = code == .repeatedVariable ? ParserSettings.dataverse : .strict
      let error = #expect(throws: SyntaxError.self, "\(code)") { try Parser(settings: settings).relativeURI(example) }
      #expect(error?.code == code)
    }
  }

  @Test func renderedError() throws {
    let shown = Article("Errors").blocks(fencedBy: "```")[0]
    let target = try #require(shown.first)
    let error = try #require(Parser().diagnose(target).errors.first)
    #expect(error.rendered(in: target) == shown.joined(separator: "\n"))
  }

  // MARK: Printing

  @Test func printingTables() throws {
    let article = Article("Printing")
    let parser = Parser(settings: .legacy)
    for (title, isNormalised) in [("Printed", false), ("Normalised", true)] {
      let rows = article.rows(below: "Written", title)
      #expect(rows.count > 7)
      for row in rows {
        let written = try #require(Article.codeSpans(row[0]).first)
        let request = try parser.relativeURI(written)
        #expect([(isNormalised ? request.normalized() : request).printed()] == Article.codeSpans(row[1]), "\(written)")
      }
    }
  }

  @Test func orderOfOptions() throws {
    let names = ["$select=a", "$expand=b", "$filter=c", "$orderby=d", "$top=1", "$skip=2", "$count=true", "$search=e"]
    let more = ["$format=json", "$skiptoken=f", "$deltatoken=g", "$compute=h as i", "$apply=identity", "$index=1"]
    let options = names + more + ["@p=1", "x=2"]
    let request = try Parser().relativeURI("accounts?" + options.reversed().joined(separator: "&"))
    #expect(
      request.printed() == "accounts?" + options.joined(separator: "&").replacingOccurrences(of: " ", with: "%20"))
    let text = Article("Printing").lines.joined(separator: " ")
    let listed = (names + more).map { "`" + $0.prefix { $0 != "=" } + "`" }
    var rest = text[...]
    for name in listed where name != "`$index`" {
      rest = rest[try #require(rest.range(of: name), "\(name)").upperBound...]
    }
  }

  // MARK: Examples

  /// Each block of Swift in the catalog stands in ``examples()``, where it is compiled and its results are checked.
  @Test func examplesAreCompiled() throws {
    func plain(_ lines: [String]) -> [String] {
      lines.map { $0.trimmingCharacters(in: .whitespaces) }
        .filter { !$0.isEmpty && !$0.hasPrefix("import ") && !$0.hasPrefix("#expect") }
    }
    let compiled = "\n" + plain(Source.lines(of: URL(filePath: #filePath))).joined(separator: "\n") + "\n"
    var count = 0
    for article in Article.all {
      for block in article.blocks(fencedBy: "```swift") {
        #expect(compiled.contains("\n" + plain(block).joined(separator: "\n") + "\n"), "\(article.name): \(block)")
        count += 1
      }
    }
    #expect(count >= 8)
  }

  @Test func landingPage() throws {
    let request = try Parser().relativeURI("accounts?$top=5&$filter=revenue gt 1000 and contains(name,'O''Neil')")

    var names: [String] = []
    for placed in request.expressions {
      placed.expression.walk { _, node in
        if case .member(_, let name) = node { names.append(name) }
        return .continue
      }
    }
    // names is ["revenue", "name"]
    #expect(names == ["revenue", "name"])

    let printed = request.printed()
    // accounts?$filter=revenue%20gt%201000%20and%20contains(name,'O''Neil')&$top=5
    #expect(printed == "accounts?$filter=revenue%20gt%201000%20and%20contains(name,'O''Neil')&$top=5")

    let hidden = request.mapExpressions { expression, _ in
      expression.replacing { _, node in
        if case .literal = node { Expression(.literal(.null)) } else { nil }
      }
    }
    // hidden prints as accounts?$filter=revenue%20gt%20null%20and%20contains(name,null)&$top=5
    #expect(hidden.printed() == "accounts?$filter=revenue%20gt%20null%20and%20contains(name,null)&$top=5")
  }

  @Test func reading() throws {
    let parser = Parser(settings: .dataverse)
    let target = try parser.relativeURI("accounts?$filter=name+eq+'x'&$top=5")
    let condition = try parser.expression("name eq 'x'")
    // condition is equal to target.options.filter?.value
    #expect(condition == target.options.filter?.value)

    var settings = ParserSettings.strict
    settings.leniencies.insert(.plusAsSpace)
    settings.limits.options = 8
    let lenient = try Parser(settings: settings).relativeURI("accounts?$filter=revenue+gt+1000")
    // lenient prints as accounts?$filter=revenue%20gt%201000
    #expect(lenient.printed() == "accounts?$filter=revenue%20gt%201000")
  }

  @Test func errors() throws {
    do {
      _ = try Parser().relativeURI("accounts?$fliter=name eq 'x'")
    } catch {
      let code = error.code.rawValue  // unknown-option
      let place = error.span.range  // 9..<16
      let nearest = error.suggestion  // $filter
      let isLegal = error.expected.contains("$filter")  // true
      #expect(code == "unknown-option" && place == 9..<16 && nearest == "$filter" && isLegal)
    }

    let diagnosis = Parser().diagnose("accounts?$filter=revenue gtt 1000&$top=x")
    let codes = diagnosis.errors.map(\.code.rawValue)
    // codes is ["unknown-operator", "invalid-value"]
    #expect(codes == ["unknown-operator", "invalid-value"])
  }

  @Test func normalising() throws {
    let one = try Parser(settings: .legacy).relativeURI("accounts?$select=b,a&$filter=x eq 1 and y eq 2")
    let other = try Parser(settings: .legacy).relativeURI("accounts?filter=(y+eq+2)+AND+x+eq+1&select=a,b")
    let key = one.normalized().printed()
    // other.normalized().printed() is the same
    #expect(other.normalized().printed() == key)
  }

  @Test func rules() throws {
    let rule = try Rule(named: "boolCommonExpr")
    let parsed = try Parser().parse("not contains(name,'x')", as: rule, encoding: .decoded)
    // parsed.canonical is not%20contains(name,'x')
    #expect(parsed.canonical == "not%20contains(name,'x')")

    do {
      _ = try Parser().parse("07:59", as: Rule(named: "dateValue"))
    } catch let error as SyntaxError {
      let line = error.description
      // rule-mismatch at byte 0: this is a time of day; the rule takes a date
      #expect(line == "rule-mismatch at byte 0: this is a time of day; the rule takes a date")
    }
  }

  // MARK: Docstrings

  /// `hash(into:)` says what `Hashable` says.
  @Test func everythingPublicIsDocumented() {
    let declarations = Source.declarations
    #expect(declarations.count > 400)
    for one in declarations where one.doc.isEmpty && one.name != "hash" {
      Issue.record("\(one.parent) has no docstring for: \(one.text)")
    }
  }

  @Test func casesOfTreesNameTheirRule() {
    let cases = Source.declarations.filter {
      $0.isCase && $0.file.contains("/Tree/") && $0.parent != "ImplicitVariable"
    }
    #expect(cases.count > 90)
    for one in cases where !one.doc.contains("ABNF") {
      Issue.record("\(one.parent)/\(one.name) does not name its rule")
    }
    for option in Source.declarations where option.parent == "QueryOptions" && option.text.contains(" var ") {
      #expect(option.doc.contains("ABNF `"), "\(option.name)")
    }
  }
}

/// An article of the catalog.
struct Article {
  let name: String
  let lines: [String]

  private static let folder = Source.folder.appending(path: "ODataURL.docc")

  static let all: [Article] = Source.files(in: folder, suffix: ".md").map {
    Article($0.deletingPathExtension().lastPathComponent)
  }

  init(_ name: String) {
    self.name = name
    lines = Source.lines(of: Self.folder.appending(path: name + ".md"))
  }

  /// The cells of the tables whose first columns have these titles.
  func rows(below titles: String...) -> [[String]] {
    var result: [[String]] = []
    var isInside = false
    for (index, line) in lines.enumerated() {
      guard line.hasPrefix("|") else {
        isInside = false
        continue
      }
      let cells = line.dropFirst(2).dropLast(2).components(separatedBy: " | ")
      if index + 1 < lines.count, lines[index + 1].hasPrefix("|---") {
        isInside = cells.starts(with: titles)
      } else if isInside, !line.hasPrefix("|---") {
        result.append(cells)
      }
    }
    return result
  }

  func blocks(fencedBy fence: String) -> [[String]] {
    var result: [[String]] = []
    var open: (fence: String, lines: [String])?
    for line in lines {
      if let block = open {
        if line == "```" {
          if block.fence == fence { result.append(block.lines) }
          open = nil
        } else {
          open?.lines.append(line)
        }
      } else if line.hasPrefix("```") {
        open = (line, [])
      }
    }
    return result
  }

  /// The texts in single backticks.
  static func codeSpans(_ cell: String) -> [String] {
    cell.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }.map(\.element)
  }
}

/// The sources of the library as text.
enum Source {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Sources/ODataURL")

  struct Declaration {
    var file: String
    /// The types round it.
    var parent: String
    var name: String
    var text: String
    var doc: String
    var isCase: Bool
  }

  static func files(in folder: URL, suffix: String) -> [URL] {
    let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
    return paths.filter { $0.hasSuffix(suffix) }.sorted().map { folder.appending(path: $0) }
  }

  static func lines(of file: URL) -> [String] {
    let text = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    return text.components(separatedBy: "\n")
  }

  /// What is public, by the indentation that the formatter gives.
  static let declarations: [Declaration] = files(in: folder, suffix: ".swift").flatMap { file in
    var result: [Declaration] = []
    var types: [(indent: Int, name: String, isPublicEnum: Bool)] = []
    var doc = ""
    for line in lines(of: file) {
      let text = line.drop { $0 == " " }
      let indent = line.count - text.count
      if text.isEmpty { continue }
      while let type = types.last, indent <= type.indent { types.removeLast() }
      if text.hasPrefix("///") {
        doc += text + "\n"
        continue
      }
      if text.hasPrefix("@") { continue }
      let words = text.split { !$0.isLetter && !$0.isNumber && $0 != "_" && $0 != "." && $0 != "=" }.map(String.init)
      let isCase =
        types.last.map { $0.isPublicEnum && indent == $0.indent + 2 } == true && text.hasPrefix("case ")
      if isCase || text.hasPrefix("public ") {
        let keyword = words.firstIndex { ["let", "var", "func", "struct", "enum", "case"].contains($0) }
        let name = keyword.flatMap { $0 + 1 < words.count ? words[$0 + 1] : nil } ?? "init"
        result.append(
          Declaration(
            file: file.path, parent: types.map(\.name).joined(separator: "/"), name: name, text: String(text),
            doc: doc, isCase: isCase))
      }
      if let word = words.firstIndex(where: { ["struct", "enum", "class", "extension"].contains($0) }),
        word + 1 < words.count, text.hasSuffix("{"), word <= 2
      {
        let isPublic = text.hasPrefix("public enum ")
        types.append((indent, words[word + 1].replacingOccurrences(of: ".", with: "/"), isPublic))
      }
      doc = ""
    }
    return result
  }
}
