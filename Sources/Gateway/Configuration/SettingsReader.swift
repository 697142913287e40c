import YAMLFile

/// One setting's text and where it came from, so that an error can name the place.
struct Setting {
  enum Origin {
    case node(YAMLNode, path: String)
    case environment(String)
    case flag(String)
  }

  var text: String
  var origin: Origin
}

/// Reads settings from flags, environment and file, in this order of precedence, and collects everything that is wrong
/// with any of them.
final class SettingsReader {
  let yaml: YAMLReader
  private var environment: [String: String]
  private var knownVariables: Set<String> = []
  private var diagnostics: [Diagnostic] = []

  /// - Parameter environment: variables of the process; those that begin with `SLUICE_` must all be known.
  init(_ yaml: YAMLReader, environment: [String: String]) {
    self.yaml = yaml
    self.environment = environment.filter { $0.key.hasPrefix("SLUICE_") }
  }

  /// The value of an environment variable that overrides a setting.
  func variable(_ name: String) -> String? {
    knownVariables.insert(name)
    return environment[name]
  }

  /// Whether any of these variables is set; they count as known.
  func isAnySet(_ names: [String]) -> Bool { names.filter { variable($0) != nil }.isEmpty == false }

  /// The text of a setting; `mapping` is `nil` where the file has no such section.
  func setting(
    _ mapping: MappingReader?, _ key: String, variable name: String? = nil, flag: (name: String, value: String?)? = nil
  )
    -> Setting?
  {
    // Key and variable are asked for in any case: what is overridden is still known.
    let node = mapping?.node(key)
    let override = name.flatMap(variable)
    if let flag, let value = flag.value { return Setting(text: value, origin: .flag(flag.name)) }
    if let name, let value = override { return Setting(text: value, origin: .environment(name)) }
    guard let mapping, let node else { return nil }
    let path = mapping.path(of: key)
    guard case .scalar(let text, _) = node.content, !text.isEmpty else {
      yaml.report(at: node, path: path, message: "A value is wanted here, this is \(node.kind).")
      return nil
    }
    return Setting(text: text, origin: .node(node, path: path))
  }

  /// Reports what is wrong with a setting at the place it came from.
  func report(_ setting: Setting, _ message: String, help: String? = nil) {
    switch setting.origin {
    case .node(let node, let path): yaml.report(at: node, path: path, message: message, help: help)
    case .environment, .flag: diagnostics.append(diagnostic(setting, message, help: help))
    }
  }

  /// Reports what is wrong with a section, or lacks in it; `mapping` is `nil` where the file has no such section.
  func report(in mapping: MappingReader?, path: String, _ message: String, help: String? = nil) {
    if let mapping {
      mapping.report(at: mapping.node, message: message, help: help)
    } else {
      report(source: path, message, help: help)
    }
  }

  /// A message about a setting, for what can only be told later.
  func diagnostic(_ setting: Setting, _ message: String, help: String? = nil) -> Diagnostic {
    func outside(_ source: String) -> Diagnostic {
      Diagnostic(file: source, line: 0, column: 0, path: "", message: message, help: help)
    }
    return switch setting.origin {
    case .node(let node, let path):
      Diagnostic(
        file: yaml.document.file, line: node.line, column: node.column, path: path, message: message, help: help)
    case .environment(let name): outside("environment variable \(name)")
    case .flag(let name): outside(name)
    }
  }

  /// Reports what is wrong with something that no single setting is to blame for.
  func report(source: String, _ message: String, help: String? = nil) {
    diagnostics.append(Diagnostic(file: source, line: 0, column: 0, path: "", message: message, help: help))
  }

  /// - Throws: everything reported, unknown `SLUICE_` variables included.
  func finish() throws(DiagnosticList) {
    for name in environment.keys.sorted() where !knownVariables.contains(name) {
      report(
        source: "environment variable \(name)", "This variable overrides no setting.",
        help: "Unset it; deploy/sluice.yaml names those that do.")
    }
    let outside = diagnostics
    do throws(DiagnosticList) {
      try yaml.finish()
    } catch {
      throw DiagnosticList(outside + error.diagnostics, source: yaml.document.text)
    }
    guard outside.isEmpty else { throw DiagnosticList(outside, source: nil) }
  }

  // MARK: Values

  func int(_ setting: Setting?, in range: ClosedRange<Int>) -> Int? {
    guard let setting else { return nil }
    guard let value = Int(setting.text), range.contains(value) else {
      report(setting, "A whole number from \(range.lowerBound) to \(range.upperBound) is wanted here.")
      return nil
    }
    return value
  }

  func unsigned(_ setting: Setting?) -> UInt64? {
    guard let setting else { return nil }
    guard let value = UInt64(setting.text) else {
      report(setting, "A whole number that is not negative is wanted here.")
      return nil
    }
    return value
  }

  /// Milliseconds of `30s`, `5m`, `250ms`, `1h`, `2d`.
  func duration(_ setting: Setting?, in range: ClosedRange<Int64>) -> Int64? {
    guard let setting else { return nil }
    let units: [(String, Int64)] = [("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000)]
    return scaled(setting, units: units, in: range, form: "a duration such as 250ms, 30s, 5m, 1h or 2d")
  }

  /// Bytes of `65536`, `512KiB`, `64MiB`, `1GiB`.
  func size(_ setting: Setting?, in range: ClosedRange<Int64>) -> Int? {
    guard let setting else { return nil }
    let units: [(String, Int64)] = [("", 1), ("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]
    return scaled(setting, units: units, in: range, form: "a size such as 65536, 512KiB, 64MiB or 1GiB").map(Int.init)
  }

  private func scaled(
    _ setting: Setting, units: [(String, Int64)], in range: ClosedRange<Int64>, form: String
  ) -> Int64? {
    let digits = setting.text.prefix { $0.isASCII && $0.isNumber }
    let unit = setting.text[digits.endIndex...]
    guard let count = Int64(digits), let factor = units.first(where: { $0.0 == unit })?.1 else {
      report(setting, "This is not \(form).")
      return nil
    }
    let (value, overflow) = count.multipliedReportingOverflow(by: factor)
    guard !overflow, range.contains(value) else {
      report(setting, "The value is outside of what is possible here.")
      return nil
    }
    return value
  }

  func address(_ setting: Setting?) -> ListenAddress? {
    guard let setting else { return nil }
    guard let address = ListenAddress(setting.text) else {
      report(
        setting, "This is not an address to listen on.", help: "Write HOST:PORT, for example 127.0.0.1:8080 or [::1]:0."
      )
      return nil
    }
    return address
  }

  /// An absolute http or https URL without path, query or user; a slash at the end is dropped.
  func origin(_ setting: Setting?) -> String? {
    guard let setting else { return nil }
    var text = setting.text
    if text.hasSuffix("/") { text.removeLast() }
    let scheme = ["https://", "http://"].first { text.lowercased().hasPrefix($0) }
    let authority = scheme.map { text.dropFirst($0.count) } ?? ""
    let allowed = authority.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || [0x2D, 0x2E, 0x3A, 0x5B, 0x5D].contains(byte)
    }
    guard !authority.isEmpty, allowed else {
      report(
        setting, "This is not the address of a server.",
        help: "Write scheme, host and port only, for example https://contoso.crm.dynamics.com.")
      return nil
    }
    return text
  }
}
