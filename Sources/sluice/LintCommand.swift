import ArgumentParser
import Dataverse
import Lint
import Planning
import YAMLFile

#if canImport(Glibc)
  import Glibc
#endif

/// `sluice lint`: the gateway's own reader and policy over queries in files.
struct LintCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lint",
    abstract: "Check queries in files: one query or URL a line, # for comments.",
    discussion: """
      Errors are what the gateway refuses; warnings and notes tell what is slow or misleading on Dataverse \
      (DV101 and on). A comment `# sluice: ignore DV103 DV104` leaves these out for the query that follows it.
      Exit status: 0 clean, 1 findings that --fail-on counts, 2 could not run.
      """)

  enum Format: String, ExpressibleByArgument, CaseIterable { case text, json, sarif }

  enum Threshold: String, ExpressibleByArgument, CaseIterable {
    case error, warning, note

    var level: LintFinding.Level {
      switch self {
      case .error: .error
      case .warning: .warning
      case .note: .note
      }
    }
  }

  @Argument(help: ArgumentHelp("Files to read; - for standard input.", valueName: "file"))
  var files: [String]
  @Option(help: "Least level of findings that make the exit status 1.")
  var failOn = Threshold.error
  @Option(help: ArgumentHelp("A rule to leave out of warnings and notes; may be repeated.", valueName: "rule"))
  var ignore: [String] = []
  @Option(help: ArgumentHelp("Value of the header field Prefer that all queries are sent with.", valueName: "value"))
  var prefer: [String] = []
  @Option(help: "How findings are written.")
  var format = Format.text
  @OptionGroup var rules: RuleOptions

  func validate() throws {
    for rule in ignore where !LintAdvice.rules.contains(rule) {
      throw ValidationError(
        "--ignore takes rules that only advise: DV010, DV011 and those from DV101 on; `\(rule)` is none of them.")
    }
  }

  func run() throws {
    let linter = Linter(
      rules: try rules.load(), scope: rules.scope, claims: rules.claims.values,
      preferences: Preferences(headerValues: prefer),
      advice: .all(except: Set(ignore)))
    var findings: [LintFinding] = []
    var queries = 0
    var failed = false
    for file in files {
      do {
        let result = linter.lint(try InputFile.read(file), file: file)
        if format == .text {
          for finding in result.findings { try Sluice.put(TextReporter.render(finding) + "\n") }
        }
        findings += result.findings
        queries += result.queries
      } catch {
        Sluice.complain("sluice: \(error)")
        failed = true
      }
    }
    if failed { throw ExitCode(2) }
    switch format {
    case .text: try Sluice.put(TextReporter.summary(findings, queries: queries))
    case .json: try Sluice.put(JSONReporter.render(findings, queries: queries))
    case .sarif: try Sluice.put(SARIFReporter.render(findings, version: Sluice.version))
    }
    if findings.contains(where: { $0.level >= failOn.level }) { throw ExitCode(1) }
  }
}

/// Which rules `lint` and `explain` judge by.
struct RuleOptions: ParsableArguments {
  @Option(help: "Policy file; the one that ships with the program otherwise.")
  var policy: String?
  @Option(help: "Mapping of legacy entities; the one that ships with the program otherwise.")
  var mapping: String?
  @Option(
    help: ArgumentHelp("Schema file of `sluice metadata pull`; the built-in tables otherwise.", valueName: "file"))
  var schema: String?
  @Option(help: "Policy scope to judge by.")
  var scope = "default"
  @OptionGroup var claims: ClaimOptions

  /// - Throws: exit status 2 after the diagnostics are printed.
  func load() throws -> RuleBook {
    do {
      let tables = try schema.map { try SchemaFile.load(path: $0).schema } ?? RuleBook.offlineSchema
      return try RuleBook.load(policyFile: policy, mappingFile: mapping, schema: tables)
    } catch let error as DiagnosticList {
      Sluice.complain(error.rendered())
      throw ExitCode(2)
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }
}

/// Whole files as text.
enum InputFile {
  /// Bytes of one file.
  static let limit = 256 << 20

  struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  /// Hands on the bytes as they come, at most `size` at a time.
  static func chunks(
    of path: String, bytes size: Int, _ take: (UnsafeBufferPointer<UInt8>) throws -> Void
  ) throws {
    let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
    defer { close(descriptor) }
    var chunk = [UInt8](repeating: 0, count: size)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count == 0 { return }
      if count < 0 {
        if errno == EINTR { continue }
        throw Failure(description: "\(path): \(String(cString: strerror(errno)))")
      }
      try chunk.withUnsafeBufferPointer { try take(UnsafeBufferPointer(rebasing: $0[..<count])) }
    }
  }

  /// - Throws: ``Failure`` when the file cannot be read, is too large or not UTF-8.
  static func read(_ path: String) throws -> String {
    var bytes: [UInt8] = []
    try chunks(of: path, bytes: 65_536) { chunk in
      bytes.append(contentsOf: chunk)
      guard bytes.count <= limit else { throw Failure(description: "\(path): larger than \(limit >> 20) MiB") }
    }
    guard let text = String(validating: bytes, as: UTF8.self) else {
      throw Failure(description: "\(path): not UTF-8 text")
    }
    return text
  }
}
