import Dataverse
import ODataURL

/// What judgements of all scopes have in common. A class: a copy of a whole ``Policy`` for each judgement would cost more
/// than most of what the judgement does.
final class JudgingManner: Sendable {
  let settings: [String: RuleSetting]
  let annotations: Set<String>
  let missingSelect: MissingSelect
  /// A rule of those that only advise refuses or is logged: advice is to be looked for in every query.
  let heedsAdvice: Bool
  /// Rows of all tables may keep their tags.
  let allowsTags: Bool
  /// The word for tags among ``annotations``.
  static let tagTerm = "odata.etag"
  /// Queries on columns that are not named may pass.
  let reportsColumns: Bool

  init(settings: [String: RuleSetting], annotations: Set<String>, missingSelect: MissingSelect) {
    self.settings = settings
    self.annotations = annotations
    self.missingSelect = missingSelect
    allowsTags = annotations.contains(JudgingManner.tagTerm)
    let columnRules: [FindingRule] = [.selectColumn, .filterColumn, .orderColumn, .aggregateColumn]
    reportsColumns = columnRules.contains { settings[$0.rawValue]?.mode == .report }
    heedsAdvice = settings.contains { id, setting in
      Policy.isAdvice(id) && (setting.mode == .deny || setting.mode == .report)
    }
  }
}

/// One judgement while it is made.
struct Judgement {
  let policy: JudgingManner
  let scope: ScopeRule
  let request: JudgeRequest
  /// Without aliases; becomes what is sent.
  var query: RelativeURI
  /// What is kept of the resolution; its levels are handed from check to check.
  let address: Resolution.Address
  let obscurities: [Obscurity]
  let measure: Resolution.Measure
  /// The rows of the path only lead to those that are expanded in them (``OnwardPath``); nothing of themselves is read.
  let isOnward: Bool
  /// Something refuses the query.
  private(set) var isDenied = false
  /// What refuses it.
  private var errors: [Finding] = []
  /// What does not: reports, warnings, advice.
  private var remarks: [Finding] = []
  private var unsaid = 0
  /// Where navigation properties were refused.
  var deniedWays: [Span] = []
  /// Texts of conditions that are sent in another form than they were written.
  var rewritten: [Rewriting] = []
  /// Levels looked at so far: the rows of the path, and items of `$expand`.
  var levels = 0
  /// Seconds an answer may be kept: the least of the tables looked at so far.
  var timeToLive = Int.max
  /// Made when the first is wanted: most policies have none.
  lazy var rowFilters = RowFilters(scope: scope, claims: request.claims)

  /// A text that is sent in another form.
  struct Rewriting {
    /// Whose condition it is: levels are counted from 0 as they are met, each before those expanded in it.
    var level: Int
    var origin: Condition.Origin
    var node: NodeID
    var text: String
  }

  init(
    policy: JudgingManner, scope: ScopeRule, request: JudgeRequest, query: RelativeURI, resolution: Resolution,
    isOnward: Bool
  ) {
    self.policy = policy
    self.scope = scope
    self.request = request
    self.query = query
    address = resolution.address
    obscurities = resolution.obscurities
    measure = resolution.measure
    self.isOnward = isOnward
  }

  // MARK: Findings

  /// Findings that are given; a refusal must not be many times as large, or as dear, as its request.
  static let findingLimit = 20

  /// Takes down that a rule refuses the query, or that it would.
  /// - Parameters:
  ///   - table: what it is about.
  ///   - column: property name of the column of the table that it is about; one that the schema knows.
  ///   - isFirm: refuses whatever the policy says of the rule, since the query could not be sent as it is.
  /// - Returns: whether it refuses.
  @discardableResult
  mutating func deny(
    _ rule: FindingRule, _ span: Span, _ message: String, _ remedy: String,
    about table: TableRule? = nil, column: String? = nil, isFirm: Bool = false
  ) -> Bool {
    let isReport = !isFirm && onlyReports(rule)
    if !isReport { isDenied = true }
    guard hasRoom(isReport: isReport) else {
      unsaid += 1
      return !isReport
    }
    let help = [policy.settings[rule.rawValue]?.help, table?.help]
    var finding = Judgement.finding(
      rule.rawValue, isReport ? .report : .error, span, message, remedy, help: help)
    finding.table = table?.table.logicalName
    finding.column = column
    if isReport { remarks.append(finding) } else { errors.append(finding) }
    return !isReport
  }

  /// Whether findings of a rule are given without refusing the query.
  func onlyReports(_ rule: FindingRule) -> Bool {
    rule.canReport && (scope.isReportOnly || policy.settings[rule.rawValue]?.mode == .report)
  }

  /// Whether another finding is given; one that is not is only counted, and need not be worded.
  func hasRoom(isReport: Bool) -> Bool { (isReport ? remarks : errors).count < Judgement.findingLimit }

  private static func finding(
    _ rule: String, _ severity: Finding.Severity, _ span: Span, _ message: String, _ remedy: String, help: [RuleHelp?]
  ) -> Finding {
    Finding(
      rule: rule, severity: severity, span: span,
      message: ([message] + help.compactMap { $0?.message }).joined(separator: " "), remedy: remedy,
      link: help.lazy.compactMap { $0?.link }.first)
  }

  // MARK: The service's own rules

  /// Policy rules that say less than a service rule at the same place.
  private static let vague: Set<String> = Set(
    [FindingRule.option, .path, .expression, .operator, .function].map(\.rawValue))

  /// Takes down what the service refuses. There its rule speaks alone: it knows the remedy.
  mutating func heed(_ service: [ServiceFinding]) {
    guard !service.isEmpty else { return }
    isDenied = true
    let given = service.prefix(Judgement.findingLimit).map { found in
      Judgement.finding(
        found.rule, .error, found.span, found.message, found.remedy, help: [policy.settings[found.rule]?.help])
    }
    unsaid += service.count - given.count
    errors.removeAll { finding in
      Judgement.vague.contains(finding.rule) && given.contains { $0.span.isInside(finding.span) }
    }
    errors = given + errors
  }

  /// Takes down advice as the policy says of each rule; by itself it only warns.
  mutating func heed(advice: [ServiceFinding]) {
    for found in advice {
      let setting = policy.settings[found.rule]
      let severity: Finding.Severity
      switch setting?.mode {
      case .off: continue
      case .deny: severity = scope.isReportOnly ? .report : .error
      case .report: severity = .report
      case .warn, nil:
        guard request.wantsAdvice else { continue }
        severity = found.severity == .advice ? .advice : .warning
      }
      if severity == .error { isDenied = true }
      guard (severity == .error ? errors : remarks).count < Judgement.findingLimit else {
        unsaid += 1
        continue
      }
      let finding = Judgement.finding(
        found.rule, severity, found.span, found.message, found.remedy, help: [setting?.help])
      if severity == .error { errors.append(finding) } else { remarks.append(finding) }
    }
  }

  /// Takes down, for linters, what the gateway mends or bears by itself and another reader of the query may not.
  mutating func remark(_ found: ServiceFinding?) {
    guard request.wantsAdvice, let found else { return }
    guard remarks.count < Judgement.findingLimit else {
      unsaid += 1
      return
    }
    remarks.append(
      Judgement.finding(
        found.rule, .warning, found.span, found.message, found.remedy, help: [policy.settings[found.rule]?.help]))
  }

  // MARK: What is told

  /// What refuses the query, in source order; behind it, for linters, all else.
  func refusal() -> [Finding] {
    let all = Judgement.sorted(errors)
    let rest = unsaid + max(0, all.count - Judgement.findingLimit)
    var given = Array(all.prefix(Judgement.findingLimit))
    if rest > 0 {
      given.append(
        Finding(
          rule: FindingRule.more.rawValue, span: .none, message: "There is more that may not be: \(rest) findings.",
          remedy: "Mend the ones above first."))
    }
    return request.wantsAdvice ? given + Judgement.sorted(remarks) : given
  }

  /// What does not refuse the query, in source order.
  var passing: [Finding] { remarks.count < 2 ? remarks : Judgement.sorted(remarks) }

  private static func sorted(_ findings: [Finding]) -> [Finding] {
    findings.enumerated()
      .sorted { ($0.element.span.start, $0.offset) < ($1.element.span.start, $1.offset) }
      .map(\.element)
  }

  /// At most twelve names.
  static func list(_ names: [String]) -> String {
    guard !names.isEmpty else { return "none" }
    return names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", and \(names.count - 12) more" : "")
  }
}

extension Span {
  func isInside(_ other: Span) -> Bool {
    start >= other.start && end <= other.end
  }
}
