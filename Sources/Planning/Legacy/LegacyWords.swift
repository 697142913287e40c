import CustomerInsights
import Dataverse
import ODataURL
import Policy

/// Findings of the policy in words that a legacy client knows: the judge looks at Dataverse queries and names Dataverse's
/// columns, which no legacy query can write. Only names that a finding has are put in other words, so that nothing is told
/// of columns that the scope does not have.
struct LegacyWords {
  let mapping: LegacyMapping
  /// What the client reads; `nil` for what is no entity.
  let entity: LegacyEntity?

  /// The name in the first segment of a legacy path.
  static func entityName(of query: RelativeURI) -> String? {
    guard case .name(let name, _)? = query.path.first?.kind else { return nil }
    return name
  }

  /// The same refusal in legacy names.
  func refusal(_ refusal: Refusal) -> Refusal {
    guard refusal.dialect == .legacy, !refusal.findings.isEmpty else { return refusal }
    let findings = refusal.findings.map(finding)
    return findings == refusal.findings ? refusal : Refusal(findings: findings, dialect: .legacy)
  }

  private func finding(_ finding: Finding) -> Finding {
    var finding = finding
    if let segments = mapping.segments, finding.table == segments.table.logicalName,
      finding.table != entity?.table.logicalName
    {
      return LegacyWords.ofSegment(finding)
    }
    guard let entity = described(by: finding) else { return finding }
    finding.message = inNames(of: entity, finding.message)
    finding.remedy = inNames(of: entity, withoutNameless(finding.remedy, entity))
    return finding
  }

  /// The entity whose rows the finding is about.
  private func described(by finding: Finding) -> LegacyEntity? {
    guard let table = finding.table, table != entity?.table.logicalName else { return entity }
    let expanded = entity?.expansions.lazy.compactMap { mapping.entity($0.entity) }
    return expanded?.first { $0.table.logicalName == table }
  }

  /// What the table of memberships is asked is the gateway's own, and no word of it the client's.
  private static func ofSegment(_ finding: Finding) -> Finding {
    var finding = finding
    if [FindingRule.literal.rawValue, FindingRule.literalLimit.rawValue].contains(finding.rule) {
      finding.message = "The name of a segment is not one that the policy lets be asked for."
      finding.remedy = "Ask for another segment."
    } else {
      finding.message = "The policy does not let be read who is in which segments."
      finding.remedy = "Leave the segment out, or ask the operator of this gateway."
    }
    return finding
  }

  // MARK: Names

  /// The text with columns and the entity set by their legacy names.
  private func inNames(of entity: LegacyEntity, _ text: String) -> String {
    var result = ""
    var word = ""
    func flush() {
      result += name(of: word, entity) ?? word
      word = ""
    }
    for character in text.unicodeScalars {
      if character == "_" || character.isASCII && character.properties.isAlphabetic || ("0"..."9").contains(character) {
        word.unicodeScalars.append(character)
      } else {
        flush()
        result.unicodeScalars.append(character)
      }
    }
    flush()
    return result
  }

  private func name(of word: String, _ entity: LegacyEntity) -> String? {
    word == entity.table.entitySetName ? entity.name : entity.columns[word] ?? entity.alias(of: word)
  }

  /// Leaves out of a list of columns those that have no legacy name, and so cannot be written.
  private func withoutNameless(_ remedy: String, _ entity: LegacyEntity) -> String {
    for mark in ["Allowed: ", "$select=", "all of: "] {
      guard let start = remedy.firstRange(of: mark)?.upperBound else { continue }
      let end = remedy[start...].firstIndex(of: ".") ?? remedy.endIndex
      let items = remedy[start..<end].split(separator: ", ").filter { item in
        entity.table.column(String(item)) == nil || name(of: String(item), entity) != nil
      }
      return remedy[..<start] + (items.isEmpty ? "none" : items.joined(separator: ", ")) + remedy[end...]
    }
    return remedy
  }
}

extension QueryPlanner {
  /// How refusals of a legacy query are worded.
  func words(of query: RelativeURI) -> LegacyWords { words(ofEntity: LegacyWords.entityName(of: query)) }

  /// The same of what is about an entity or a segment of this name.
  func words(ofEntity name: String?) -> LegacyWords {
    let entity = name.flatMap { name in
      mapping.entity(name) ?? mapping.segments.flatMap { $0.name(name) == nil ? nil : mapping.entity($0.entity) }
    }
    return LegacyWords(mapping: mapping, entity: entity)
  }

  /// A refusal of texts in `$search`, in words about what the client wrote: `contains` is what the gateway makes of it. Of
  /// all columns that are searched one finding is left.
  static func inWordsOfSearch(_ refusal: Refusal, _ search: Span) -> Refusal {
    let texts: Set<String> = [FindingRule.literal.rawValue, FindingRule.literalLimit.rawValue]
    var findings: [Finding] = []
    for var finding in refusal.findings {
      if texts.contains(finding.rule), finding.span == search {
        guard !findings.contains(where: { $0.rule == finding.rule && $0.span == search }) else { continue }
        finding.message =
          "A word of `$search` is not one that the policy lets be looked for: it is too short or too long, "
          + "or has characters that are not allowed."
        finding.remedy =
          "Look for longer words, each by itself: blanks and hyphens part words. To find a short text "
          + "exactly, use `$filter` with `eq`. For each column that is searched: \(finding.remedy)"
      }
      findings.append(finding)
    }
    return findings == refusal.findings ? refusal : Refusal(findings: findings, dialect: refusal.dialect)
  }

  /// Rules whose findings tell which columns or tables there are.
  static let namesColumns: Set<String> = [
    FindingRule.selectColumn.rawValue, FindingRule.filterColumn.rawValue, FindingRule.orderColumn.rawValue,
    FindingRule.aggregateColumn.rawValue, FindingRule.table.rawValue,
  ]

  /// A refusal that names no column: of each rule one finding.
  static func withoutNames(_ refusal: Refusal) -> Refusal {
    var findings: [Finding] = []
    for finding in refusal.findings where !findings.contains(where: { $0.rule == finding.rule }) {
      findings.append(
        Finding(
          rule: finding.rule, severity: finding.severity, span: finding.span,
          message: "This looks at a column that cannot be used here.",
          remedy: "Use $filter with properties of the entity.", link: finding.link))
    }
    return Refusal(findings: findings, dialect: refusal.dialect)
  }
}
