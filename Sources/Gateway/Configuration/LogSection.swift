import YAMLFile

/// The `log` section: where the logs of requests go, and what they tell.
enum LogSection {
  static func read(
    _ root: MappingReader, _ reader: SettingsReader, _ flags: ConfigurationFlags
  ) -> Configuration.Log? {
    var result: Configuration.Log?
    ConfigurationLoader.section(root, "log") { log in
      let access = reader.setting(
        log, "access", variable: "SLUICE_LOG_ACCESS", flag: ("--access-log", flags.accessLog))
      let decisions = reader.setting(
        log, "decisions", variable: "SLUICE_LOG_DECISIONS", flag: ("--decision-log", flags.decisionLog))
      result = Configuration.Log(
        access: destination(access) ?? .standardError, decisions: destination(decisions) ?? .off,
        literals: literals(log, reader))
    }
    return result
  }

  private static func destination(_ setting: Setting?) -> Configuration.Log.Destination? {
    switch setting?.text {
    case nil: nil
    case "off": .off
    case "stderr": .standardError
    case let path?: .file(path)
    }
  }

  private static func literals(_ log: MappingReader?, _ reader: SettingsReader) -> Configuration.Log.Literals {
    let literals = reader.setting(log, "literals", variable: "SLUICE_LOG_LITERALS")
    let keyFile = reader.setting(log, "literalKeyFile", variable: "SLUICE_LOG_LITERAL_KEY_FILE")
    switch literals?.text {
    case nil, "omitted":
      if let keyFile {
        reader.report(keyFile, "There is nothing to use this key for.", help: "Set log.literals to `hashed`.")
      }
      return .omitted
    case "hashed": return .hashed(keyFile: keyFile?.text)
    default:
      if let literals { reader.report(literals, "`omitted` or `hashed` is wanted here.") }
      return .omitted
    }
  }
}
