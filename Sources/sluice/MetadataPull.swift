import ArgumentParser
import Dataverse
import Gateway
import Logging
import Planning
import YAMLFile

#if canImport(Glibc)
  import Glibc
#endif

/// `sluice metadata pull`: an organization's tables into a schema file.
struct MetadataPull: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "pull",
    abstract: "Write the tables of an organization to a schema file.",
    discussion: """
      Reads $metadata and the definitions of the tables (display names, computed columns), with the connection and \
      credentials of `sluice serve`: from the configuration file, SLUICE_… environment variables and these flags. The \
      file is CSDL 4.0 in a fixed order, made to be committed and compared. Exit status: 0 written, 2 could not run.
      """)

  @Option(help: "Configuration file of the gateway (see deploy/sluice.yaml).")
  var config: String?
  @Option(
    help: ArgumentHelp(
      "Address of the organization, for example https://contoso.crm.dynamics.com.", valueName: "origin"))
  var url: String?
  @Option(
    help: ArgumentHelp(
      "Which of the organizations of --config; by default the one that the Web API is for.", valueName: "name"))
  var organization: String?
  @Flag(help: "Ask an embedded sandbox instead of an organization.")
  var sandbox = false
  @Option(help: ArgumentHelp("Tables by logical name or entity set name, with commas between.", valueName: "names"))
  var tables: String?
  @Option(help: "Policy file, for its tables. Without --tables and --policy: the tables of Customer Insights.")
  var policy: String?
  @Flag(help: "Also the tables that those navigate to.")
  var neighbours = false
  @Option(name: .shortAndLong, help: ArgumentHelp("File to write.", valueName: "file"))
  var output: String

  func validate() throws {
    guard !sandbox || url == nil else { throw ValidationError("--sandbox and --url exclude each other.") }
    guard config != nil || url != nil || sandbox else {
      throw ValidationError("Name the organization: --config FILE, --url ORIGIN, or --sandbox.")
    }
    guard tables.map({ !MetadataPull.names($0).isEmpty }) ?? true else {
      throw ValidationError("--tables names no table.")
    }
  }

  func run() async throws {
    Signals.ignoreBrokenPipes()
    do {
      try await pull()
    } catch let error as DiagnosticList {
      Sluice.complain(error.rendered())
      throw ExitCode(2)
    } catch {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }

  private struct Failure: Error, CustomStringConvertible {
    var description: String
  }

  private func pull() async throws {
    let wanted = try wantedTables()
    var environment = ConfigurationLoader.processEnvironment()
    if let url { environment["SLUICE_UPSTREAM_URL"] = url }
    // Nobody calls this command over a network, so that who may is no question here.
    if config == nil, environment["SLUICE_CALLERS_ANONYMOUS"] == nil {
      environment["SLUICE_CALLERS_ANONYMOUS"] = "default"
    }
    let settings = try ConfigurationLoader.load(
      file: config, environment: environment, flags: ConfigurationFlags(sandbox: sandbox))
    let log = Logger(label: "sluice") { _ in SwiftLogNoOpLogHandler() }
    guard let upstream = settings.upstream(of: organization) else {
      let known = settings.organizations.map(\.name).joined(separator: ", ")
      throw Failure(description: "The configuration has no organization of this name. It has: \(known).")
    }
    let source = try await MetadataSource.open(upstream, log: log)
    let result: Result<CSDLDocument, any Error>
    do {
      result = .success(try await document(of: source, wanted))
    } catch {
      result = .failure(error)
    }
    await source.stop()
    let document = try result.get()
    try SchemaFile.write(document.schema.tables, to: output)
    report(document)
  }

  // MARK: What is wanted

  private static func names(_ text: String) -> [String] {
    text.split { $0 == "," || $0 == " " }.map(String.init)
  }

  private func wantedTables() throws -> Set<String> {
    var names: Set<String> = []
    if let tables { names.formUnion(MetadataPull.names(tables)) }
    if let policy {
      // Only its names: what else it says may need the very columns that are to be pulled.
      guard case .mapping(let entries) = try YAMLDocument.load(path: policy).root.content,
        case .mapping(let tables)? = entries.first(where: { $0.key == "tables" })?.value.content
      else { throw Failure(description: "\(policy): there are no `tables` in this policy.") }
      names.formUnion(tables.map(\.key))
    }
    return names.isEmpty ? Set(RuleBook.offlineSchema.tables.map(\.logicalName)) : names
  }

  // MARK: What comes

  private func document(of source: MetadataSource, _ wanted: Set<String>) async throws -> CSDLDocument {
    // Beside the output, since it may be large and is read several times.
    let path = "\(output).\(getpid()).metadata"
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw Failure(description: "\(path): \(String(cString: strerror(errno)))") }
    defer {
      close(descriptor)
      unlink(path)
    }
    try await source.document { try SchemaFile.writeAll($0, to: descriptor, path: path) }
    var document = try CSDLReader.read(.tables(wanted, neighbours: neighbours)) { try SchemaFile.chunks(of: path) }
    guard !document.schema.tables.isEmpty else {
      throw Failure(
        description: "The organization has none of these tables: \(wanted.sorted().joined(separator: ", ")).")
    }
    for table in document.schema.tables {
      do {
        let definition = try TableDefinition(try await source.definition(ofTable: table.logicalName))
        let attributes = try EntityDefinitions(try await source.attributes(ofTable: table.logicalName))
        document.schema = document.schema.described(
          table: table.logicalName, definition, columns: attributes.columns)
      } catch {
        document.notes.append(
          "\(table.logicalName) has no display names here: its definition could not be read. \(error)")
      }
    }
    document.schema = document.schema.completed(from: RuleBook.offlineSchema).sorted()
    return document
  }

  /// Notes that are shown.
  private static let mostNotes = 20

  private func report(_ document: CSDLDocument) {
    for name in document.missing { Sluice.complain("sluice: the organization has no table `\(name)`") }
    for note in document.notes.prefix(MetadataPull.mostNotes) { Sluice.complain("note: \(note)") }
    if document.notes.count > MetadataPull.mostNotes {
      Sluice.complain("note: and \(document.notes.count - MetadataPull.mostNotes) more")
    }
    let tables = document.schema.tables
    let columns = tables.reduce(0) { $0 + $1.columns.count }
    Sluice.say("\(output): \(tables.count) \(tables.count == 1 ? "table" : "tables"), \(columns) columns")
  }
}
