import ArgumentParser
import JSONStream
import ODataURL

#if canImport(Glibc)
  import Glibc
#endif

/// `sluice parse`: the parser on its own, for one text or for a file of test vectors.
struct ParseCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "parse",
    abstract: "Read a text by a rule of the OData ABNF: canonical form and tree, or the mistake.",
    discussion: """
      With --jsonl the argument is a file (- or none for standard input) with one object a line: "input", and where \
      they are wanted "id", "rule", "encoding" ("url" or "decoded") and "constraints" (the name of a list in the file \
      of --constraints); other members are ignored. Each line but a blank one is answered by one line: {"id","accepted":true,\
      "canonical","tree"} or {"id","accepted":false,"code","at","message"}; without an id, "line" tells the number. A \
      line that is no such object gives the code "jsonl".

      Write -- before a text that starts with a minus sign. Exit status: 0 accepted (every line), 1 refused (any line), \
      2 could not run.
      """)

  /// The parser's settings by name.
  ///
  /// `strict` is OData 4.01, which lets clients leave out the `$` of options, write their names and those of operators
  /// in any case, and give keys as path segments; the parser counts that as leniency because Dataverse does not take it.
  /// The test cases of the OData ABNF have all four.
  enum Mode: String, CaseIterable, ExpressibleByArgument {
    case strict, dataverse, legacy

    var settings: ParserSettings {
      switch self {
      case .strict:
        ParserSettings(leniencies: [
          .optionsWithoutDollar, .caseInsensitiveOptions, .caseInsensitiveOperators, .keysAsSegments,
        ])
      case .dataverse: .dataverse
      case .legacy: .legacy
      }
    }
  }

  @Option(help: "Rule of the OData ABNF that the text is of, in any case.")
  var rule = Rule.odataRelativeUri.name
  @Option(help: "What is accepted: the grammar of OData 4.01, what Dataverse takes, or what legacy clients send.")
  var mode = Mode.strict
  @Flag(
    inversion: .prefixedNo,
    help: "Whether a key may be a path segment, Set/1. Unless told: in the mode strict, and in no other.")
  var keysAsSegments: Bool?
  @Option(
    help: ArgumentHelp(
      "JSON file of lists of names for --jsonl: {\"name\":{\"rule\":[\"word\"]}}. Unless told: \(Self.listsName) beside the lines.",
      valueName: "file"))
  var constraints: String?
  @Flag(help: "The text is not percent-encoded: % + # stand for themselves.")
  var decoded = false
  @Flag(help: "Answer with a JSON object.")
  var json = false
  @Flag(help: "Read and answer one JSON object a line.")
  var jsonl = false
  @Argument(help: "The text, or with --jsonl the file; - or none for standard input.")
  var text: String?

  func validate() throws {
    if constraints != nil && !jsonl { throw ValidationError("--constraints goes with --jsonl.") }
    if json && jsonl { throw ValidationError("--json and --jsonl exclude each other: --jsonl answers in JSON anyway.") }
  }

  /// The file of lists that is taken when it stands beside that of the lines.
  static let listsName = "odata-abnf-constraints.json"

  func run() throws {
    guard Self.argumentsAreText else {
      Sluice.complain("sluice: an argument is no UTF-8; give such bytes percent-encoded, for example %FF")
      throw ExitCode(2)
    }
    let rule: Rule
    do throws(UnknownRule) {
      rule = try Rule(named: self.rule)
    } catch {
      Sluice.complain("sluice: --rule: \(error)")
      throw ExitCode(2)
    }
    var settings = mode.settings
    if let keysAsSegments {
      if keysAsSegments {
        settings.leniencies.insert(.keysAsSegments)
      } else {
        settings.leniencies.remove(.keysAsSegments)
      }
    }
    let parser = Parser(settings: settings.onLargeStacks)
    let encoding = decoded ? TextEncoding.decoded : .url
    do {
      if jsonl {
        var lines = ParseLines(parser: parser, rule: rule, encoding: encoding, lists: try lists())
        try lines.run(text ?? "-")
        if !lines.allAccepted { throw ExitCode(1) }
      } else if !(try answer(try input(), parser, rule, encoding)) {
        throw ExitCode(1)
      }
    } catch let error as InputFile.Failure {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }

  /// Whether the arguments are UTF-8 as they were given: by the time that they are strings, what was none has been
  /// replaced, and another text would be answered for.
  private static var argumentsAreText: Bool {
    (0..<Int(CommandLine.argc)).allSatisfy { index in
      CommandLine.unsafeArgv[index].map { String(validatingCString: $0) != nil } ?? true
    }
  }

  /// The lists of names that lines can name.
  private func lists() throws -> [String: NameLists] {
    if let constraints { return try ParseNameLists.read(constraints) }
    guard let text, text != "-" else { return [:] }
    let folder = text.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(text[...$0]) } ?? ""
    let path = folder + Self.listsName
    guard access(path, R_OK) == 0 else { return [:] }
    return try ParseNameLists.read(path)
  }

  /// The text to parse; of standard input without the line's end.
  private func input() throws -> String {
    if let text, text != "-" { return text }
    let text = try InputFile.read("-")
    return text.last?.isNewline == true ? String(text.dropLast()) : text
  }

  /// Prints what came of one text; whether it was accepted.
  private func answer(_ text: String, _ parser: Parser, _ rule: Rule, _ encoding: TextEncoding) throws -> Bool {
    do {
      let parsed = try parser.parse(text, as: rule, encoding: encoding)
      try Sluice.put(json ? ParseAnswer.text { $0.accepted(parsed) } : "\(parsed.canonical)\n\(parsed.tree)")
      return true
    } catch let error as SyntaxError {
      if json {
        try Sluice.put(ParseAnswer.text { $0.refused(error) })
      } else {
        Sluice.complain(error.rendered(in: text))
      }
      return false
    }
  }
}

/// One answer as a JSON object on one line.
struct ParseAnswer {
  private var writer = JSONWriter()

  /// - Parameter id: the token of the vector's `id` as it was written, `nil` for none.
  init(id: [UInt8]? = nil, line: Int? = nil) {
    writer.beginObject()
    if let id {
      writer.name("id")
      writer.raw(id)
    } else if let line {
      writer.name("line")
      writer.integer(line)
    }
  }

  mutating func accepted(_ parsed: Parsed) {
    writer.name("accepted")
    writer.bool(true)
    writer.name("canonical")
    writer.string(parsed.canonical)
    writer.name("tree")
    writer.string(parsed.tree)
  }

  mutating func refused(_ error: SyntaxError) {
    let hint = error.suggestion.map { "; did you mean `\($0)`?" } ?? ""
    refused(code: error.code.rawValue, at: error.span.range.lowerBound, message: error.message + hint)
  }

  /// - Parameter at: bytes from the beginning of the input, or of the line when that is wrong.
  mutating func refused(code: String, at: Int, message: String) {
    writer.name("accepted")
    writer.bool(false)
    writer.name("code")
    writer.string(code)
    writer.name("at")
    writer.integer(at)
    writer.name("message")
    writer.string(message)
  }

  /// The object, ended.
  mutating func take() -> [UInt8] {
    writer.endObject()
    return writer.take()
  }

  static func text(_ fill: (inout ParseAnswer) -> Void) -> String {
    var answer = ParseAnswer()
    fill(&answer)
    return String(decoding: answer.take(), as: UTF8.self)
  }
}
