import ArgumentParser
import Comparison
import FoundationEssentials
import Planning
import PolicyTools
import Upstream

/// `sluice compare`: the queries of a corpus against two servers.
struct CompareCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "compare",
    abstract: "Run the queries of a corpus against two servers and tell what differs, field by field.",
    discussion: """
      For shadow runs before a switch. Only GET requests are sent. Corpora are lists of queries or access logs, as \
      `sluice policy learn` reads them. Values are not shown unless --show-values is given: they are personal data. \
      Exit status: 0 all the same, 1 differences, 2 something could not be compared, or nothing but errors came.
      """)

  @OptionGroup(title: "Servers") var servers: ServerOptions
  @OptionGroup(title: "What counts as a difference") var sameness: SamenessOptions
  @OptionGroup(title: "Limits") var limits: CompareLimits

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp("Lists of queries or access logs; - for standard input.", valueName: "file"))
  var corpus: [String]
  @Flag(help: "Show values, ids and literals.")
  var showValues = false
  @Flag(help: "List queries with the same answer, too.")
  var all = false
  @Flag(help: "Write JSON lines instead of text: one for each query, and the counts.")
  var json = false

  func run() async throws {
    Signals.ignoreBrokenPipes()
    do {
      try await compare()
    } catch let error as ComparisonMistake {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    } catch let error as UpstreamError {
      Sluice.complain("sluice: \(error.message)")
      throw ExitCode(2)
    } catch let error as InputFile.Failure {
      Sluice.complain("sluice: \(error)")
      throw ExitCode(2)
    }
  }

  private func compare() async throws {
    let rules = try sameness.rules()
    let left = try servers.left(limits)
    let right = try servers.right(limits)
    var summary = ComparisonSummary()
    let queries = try CompareCorpus.read(corpus, showsValues: showValues, summary: &summary)
    let run = CompareRun(
      left: left, right: right, comparer: AnswerComparer(rules: rules), pages: limits.pages,
      concurrency: limits.concurrency)
    let result: Result<Void, any Error>
    do {
      try await run.all(queries) { report in
        summary.add(report)
        if json {
          try Sluice.put(JSONReport.line(report, showsValues: showValues))
        } else if all || report.verdict != .same || report.isPartial {
          try Sluice.put(TextReport.text(report, showsValues: showValues))
        }
      }
      result = .success(())
    } catch {
      result = .failure(error)
    }
    await left.client.shutdown()
    await right.client.shutdown()
    try result.get()
    try Sluice.put(json ? JSONReport.line(summary) : TextReport.text(summary))
    if summary.queries == 0 { Sluice.complain("sluice: the corpus has no request to compare") }
    if summary.hasErrorsAlone {
      Sluice.complain("sluice: both servers answered nothing but errors; look at the addresses and header fields")
    }
    if summary.exitStatus != 0 { throw ExitCode(summary.exitStatus) }
  }
}

/// Where the two servers are and who asks them.
struct ServerOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Address of the one server: scheme, host and port, or a base path behind them.", valueName: "url"))
  var left: String
  @Option(help: ArgumentHelp("Address of the other.", valueName: "url"))
  var right: String
  @Option(help: ArgumentHelp("Header field for the left server.", valueName: "name: value"))
  var leftHeader: [String] = []
  @Option(help: ArgumentHelp("Header field for the right server.", valueName: "name: value"))
  var rightHeader: [String] = []
  @Option(
    help: ArgumentHelp(
      "Header field for the left server whose value an environment variable has.", valueName: "name=variable"))
  var leftHeaderEnv: [String] = []
  @Option(help: ArgumentHelp("The same for the right server.", valueName: "name=variable"))
  var rightHeaderEnv: [String] = []
  @Option(
    help: ArgumentHelp(
      "Customer Insights instance to ask the left server for: FROM=TO, or one for all.", valueName: "id"))
  var leftInstance: [String] = []
  @Option(help: ArgumentHelp("The same for the right server.", valueName: "id"))
  var rightInstance: [String] = []
  @Option(help: ArgumentHelp("PEM file of certificates to trust instead of the system's.", valueName: "file"))
  var caFile: String?

  /// - Throws: `ComparisonMistake` or `UpstreamError`.
  func left(_ limits: CompareLimits) throws -> ComparedServer {
    try server("left", left, leftInstance, leftHeader, leftHeaderEnv, limits)
  }

  /// - Throws: `ComparisonMistake` or `UpstreamError`.
  func right(_ limits: CompareLimits) throws -> ComparedServer {
    try server("right", right, rightInstance, rightHeader, rightHeaderEnv, limits)
  }

  private func server(
    _ side: String, _ url: String, _ instances: [String], _ headers: [String], _ variables: [String],
    _ limits: CompareLimits
  ) throws -> ComparedServer {
    do {
      let address = try ServerAddress(url, instances: instances)
      var configuration = UpstreamConfiguration(origin: address.origin)
      configuration.caFile = caFile
      configuration.timeout = limits.timeout * 1000
      configuration.connectTimeout = min(limits.timeout * 1000, configuration.connectTimeout)
      return ComparedServer(
        address: address, client: try UpstreamClient(configuration),
        headers: try HeaderOptions.fields(headers, variables), bodyLimit: limits.bodyMegabytes << 20,
        retries: limits.retries)
    } catch let error as ComparisonMistake {
      throw ComparisonMistake("--\(side): \(error.description)")
    } catch let error as UpstreamError {
      throw ComparisonMistake("--\(side): \(error.message)")
    }
  }
}

/// Header fields of options and the environment. What they hold is in no message.
enum HeaderOptions {
  /// - Throws: for one that is none, and for a variable that is not set.
  static func fields(
    _ texts: [String], _ variables: [String]
  ) throws(ComparisonMistake) -> [(name: String, value: String)] {
    var fields: [(name: String, value: String)] = []
    for text in texts {
      guard let colon = text.firstIndex(of: ":") else {
        throw ComparisonMistake("A header field is written as \"Name: value\".")
      }
      let value = text[text.index(after: colon)...].drop { $0 == " " }
      fields.append((try name(text[..<colon]), try checked(value)))
    }
    for text in variables {
      guard let equals = text.firstIndex(of: "=") else {
        throw ComparisonMistake("A header field from the environment is written as NAME=VARIABLE.")
      }
      let variable = String(text[text.index(after: equals)...])
      guard let value = ProcessInfo.processInfo.environment[variable], !value.isEmpty else {
        throw ComparisonMistake("The environment variable \(variable) is not set.")
      }
      fields.append((try name(text[..<equals]), try checked(value[...])))
    }
    return fields
  }

  private static func name(_ text: Substring) throws(ComparisonMistake) -> String {
    let marks = Set("!#$%&'*+-.^_`|~".utf8)
    let isToken = text.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || marks.contains(byte)
    }
    guard isToken, !text.isEmpty else { throw ComparisonMistake("A header field's name is no such name (RFC 9110).") }
    return String(text)
  }

  private static func checked(_ value: Substring) throws(ComparisonMistake) -> String {
    guard !value.isEmpty, value.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7F }) else {
      throw ComparisonMistake("A header field's value is empty or holds a byte that it must not.")
    }
    return String(value)
  }
}

/// What counts as a difference.
struct SamenessOptions: ParsableArguments {
  @Option(help: "Column that names a row, or several with commas between; repeat it for others to try.")
  var key: [String] = []
  @Flag(help: "Compare rows place by place instead of by key.")
  var ordered = false
  @Option(
    help: ArgumentHelp(
      "Member to leave out, such as '@odata.count' or 'Customer_Measure/TotalSpend'; * may begin or end a name.",
      valueName: "name"))
  var ignore: [String] = []
  @Flag(help: "Compare links and etags, too, which are left out otherwise.")
  var links = false
  @Flag(help: "Names that differ by case alone are the same.")
  var ignoreCaseNames = false
  @Flag(help: "Ids that differ by case, dashes or braces are different.")
  var exactIds = false
  @Flag(help: "A member that is missing is the same as one that is null.")
  var absentIsNull = false
  @Flag(help: "Compare the whole bodies of errors, and not only status class and code.")
  var errorBodies = false
  @Option(help: "Differences shown of one query (1 to 10000).")
  var show = 20

  func validate() throws {
    guard (1...10_000).contains(show) else { throw ValidationError("--show must be 1 to 10000.") }
  }

  func rules() throws(ComparisonMistake) -> ComparisonRules {
    var rules = ComparisonRules()
    for text in key {
      let names = text.split(separator: ",").map(String.init)
      guard !names.isEmpty else { throw ComparisonMistake("--key names no column.") }
      rules.keys.append(names)
    }
    if links { rules.ignored = .none }
    for pattern in ignore { try rules.ignored.add(pattern) }
    rules.isOrdered = ordered
    rules.ignoresNameCase = ignoreCaseNames
    rules.exactIDs = exactIds
    rules.absentIsNull = absentIsNull
    rules.comparesErrorBodies = errorBodies
    rules.differenceLimit = show
    return rules
  }
}

/// How much is asked and read.
struct CompareLimits: ParsableArguments {
  @Option(help: "Pages read of one answer (1 to 10000).")
  var pages = 10
  @Option(help: "Queries under way at one time, each against both servers (1 to 32).")
  var concurrency = 2
  @Option(help: "Seconds for one answer (1 to 3600).")
  var timeout = 60
  @Option(help: "Megabytes of all pages of one answer (1 to 1024).")
  var bodyMegabytes = 16
  @Option(help: "Times to ask again when a server says that it is asked too often (0 to 100).")
  var retries = 3

  func validate() throws {
    for (name, value, range) in [
      ("pages", pages, 1...10_000), ("concurrency", concurrency, 1...32), ("timeout", timeout, 1...3600),
      ("body-megabytes", bodyMegabytes, 1...1024), ("retries", retries, 0...100),
    ] where !range.contains(value) {
      throw ValidationError("--\(name) must be \(range.lowerBound) to \(range.upperBound).")
    }
  }
}
