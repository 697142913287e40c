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
    discussion: "Exit status: 0 clean, 1 findings, 2 could not run.")

  @Argument(help: ArgumentHelp("Files to read; - for standard input.", valueName: "file"))
  var files: [String]
  @OptionGroup var rules: RuleOptions

  func run() throws {
    let linter = Linter(rules: try rules.load(), scope: rules.scope)
    var findings = 0
    var queries = 0
    var failed = false
    for file in files {
      do {
        let result = linter.lint(try InputFile.read(file), file: file)
        for finding in result.findings { try Sluice.put(TextReporter.render(finding) + "\n") }
        findings += result.findings.count
        queries += result.queries
      } catch {
        Sluice.complain("sluice: \(error)")
        failed = true
      }
    }
    if failed { throw ExitCode(2) }
    try Sluice.put(
      "\(queries) \(queries == 1 ? "query" : "queries"), \(findings) \(findings == 1 ? "finding" : "findings")")
    if findings > 0 { throw ExitCode(1) }
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
