import Dataverse
import YAMLFile

extension PolicySource {
  mutating func loadRules(_ mapping: MappingReader) {
    let entries = mapping.mappingEntries()
    for entry in entries {
      let path = mapping.path(of: entry.key)
      mapping.reader.mapping(entry.node, path: path) { rule in
        let word = rule.mode()
        let help = rule.help()
        guard let modes = PolicySource.modes(of: entry.key) else {
          let known = PolicySource.ruleIDs
          rule.reader.report(
            at: entry.keyNode, path: path, message: "There is no rule `\(entry.key)`.",
            help: rule.reader.nearest(to: entry.key, among: known).map { "Did you mean `\($0)`?" }
              ?? "Rules are called `policy.…` or `DV…`, as in findings.")
          return
        }
        if rule.node("mode") == nil, help == nil, !rule.hasNode("message"), !rule.hasNode("link") {
          rule.report(at: entry.keyNode, message: "Nothing is said about this rule.", help: "Give a `mode`.")
        }
        let mode = word.flatMap(RuleSetting.Mode.init(rawValue:))
        if let mode, !modes.contains(mode), let node = rule.node("mode") {
          rule.reader.report(
            at: node, path: rule.path(of: "mode"), message: "`\(entry.key)` cannot be set to `\(mode.rawValue)`.",
            help: "It can be: \(modes.map { "`\($0.rawValue)`" }.joined(separator: ", ")).")
          return
        }
        settings[entry.key] = RuleSetting(mode: mode ?? modes[0], help: help)
      }
    }
  }

  /// What Dataverse refuses; these always deny.
  static let serviceRuleIDs = (1...16).map { "DV0\($0 < 10 ? "0" : "")\($0)" }
  /// What is slow or misleading there.
  static let adviceRuleIDs = ServiceAdvice.rules
  static let ruleIDs = FindingRule.allCases.map(\.rawValue) + serviceRuleIDs + adviceRuleIDs
  private static let services = Set(serviceRuleIDs)
  private static let advices = Set(adviceRuleIDs)

  /// What a rule can be set to, the usual first; `nil` when there is none of this id.
  static func modes(of id: String) -> [RuleSetting.Mode]? {
    if let rule = FindingRule(rawValue: id) { return rule.canReport ? [.deny, .report] : [.deny] }
    if services.contains(id) { return [.deny] }
    return advices.contains(id) ? [.warn, .deny, .report, .off] : nil
  }
}

extension MappingReader {
  /// `off` alone is a boolean to readers of YAML 1.1, so that it has to stand in quotes.
  fileprivate func mode() -> String? {
    word("mode").flatMap { reader.choice($0.node, path: $0.path, of: RuleSetting.Mode.allCases.map(\.rawValue)) }
  }

  /// Whether the key is there, whatever its value.
  fileprivate func hasNode(_ key: String) -> Bool { node(key) != nil }

  /// `message` and `link`, which stand behind refusals.
  func help() -> RuleHelp? {
    let message = word("message").flatMap { word in
      guard !word.text.isEmpty, word.text.unicodeScalars.count <= HelpText.longestMessage,
        word.text.unicodeScalars.allSatisfy(HelpText.isShown)
      else {
        reader.report(
          at: word.node, path: word.path,
          message: "A message is 1 to \(HelpText.longestMessage) characters of one line.")
        return nil as String?
      }
      return word.text
    }
    let link = word("link").flatMap { word in
      guard HelpText.isLink(word.text) else {
        reader.report(
          at: word.node, path: word.path, message: "This is no link that a person could follow.",
          help: "Write a whole address: https://wiki.example/names.")
        return nil as String?
      }
      return word.text
    }
    return message == nil && link == nil ? nil : RuleHelp(message: message, link: link)
  }
}

/// What may stand in `message` and `link`: it goes into answers, headers and logs as it is.
private enum HelpText {
  static let longestMessage = 500
  private static let longestLink = 2_000

  static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate: false
    default: true
    }
  }

  /// An absolute http or https URL of RFC 3986 with a host and without user information.
  static func isLink(_ text: String) -> Bool {
    guard text.utf8.count <= longestLink else { return false }
    let lower = text.lowercased()
    guard let scheme = ["https://", "http://"].first(where: { lower.hasPrefix($0) }) else { return false }
    let rest = text.utf8.dropFirst(scheme.utf8.count)
    let forbidden = Set("\"<>\\^`{|}".utf8)
    guard rest.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !forbidden.contains($0) }) else { return false }
    let host = rest.prefix { !"/?#".utf8.contains($0) }
    return !host.isEmpty && !host.contains(UInt8(ascii: "@")) && host.first != UInt8(ascii: ":")
  }
}
