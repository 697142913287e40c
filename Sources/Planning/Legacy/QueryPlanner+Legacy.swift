import CustomerInsights
import Dataverse
import ODataURL
import Policy

extension QueryPlanner {
  /// Plans a data read of the legacy API.
  func planLegacy(
    _ target: UnsafeBufferPointer<UInt8>, _ route: LegacyRoute, _ scope: PlanScope, _ preferences: Preferences,
    _ wantsAdvice: Bool
  ) throws(Refusal) -> Plan {
    guard instances.contains(route.instanceID) else { throw Refusal(legacy: LegacyError.unknownInstance()) }
    let parsed = try parse(target, range: route.target, with: legacyParser, dialect: .legacy)
    var firstPage = parsed
    firstPage.options.skiptoken = nil
    do throws(Refusal) {
      let translated = try translate(firstPage, with: translator)
      let request = LegacyRequest(
        parsed: parsed, base: origin + route.prefix, scope: scope, wantsAdvice: wantsAdvice,
        identity: "legacy|\(mapping.version)|\(route.prefix.lowercased())|\(translated.shape.identity)")
      guard let direct = translated.direct else { return try planProgram(translated, request) }
      return try planDirect(direct, translated, request)
    } catch {
      // A refusal must not tell which names there are besides those of the scope.
      guard let known = policy.knownSchema(scope: scope.policy) else { throw error }
      let narrowed = try translate(firstPage, with: LegacyTranslator(mapping: mapping.narrowed(to: known)))
      // What stands in the query only by way of the mapping (columns of `$search`, of segments) has names that the client
      // never wrote: when the query passes without what the scope lacks, nothing but that refuses it.
      guard error.findings.contains(where: { QueryPlanner.namesColumns.contains($0.rule) }) else { throw error }
      for query in narrowed.reads {
        let read = LegacyRead(query: query, pageSize: 1)
        let request = JudgeRequest(
          scope: scope.policy, defaultPageSize: read.pageSize, claims: scope.claims, wantsAdvice: wantsAdvice,
          pagingTokenVouched: false)
        _ = try allowed(query, request, dialect: .legacy)
      }
      throw QueryPlanner.withoutNames(error)
    }
  }

  private static let namesColumns: Set<String> = [
    FindingRule.selectColumn.rawValue, FindingRule.filterColumn.rawValue, FindingRule.orderColumn.rawValue,
    FindingRule.aggregateColumn.rawValue, FindingRule.table.rawValue,
  ]

  /// A refusal that names no column: of each rule one finding.
  private static func withoutNames(_ refusal: Refusal) -> Refusal {
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

  private func translate(_ query: RelativeURI, with translator: LegacyTranslator) throws(Refusal) -> LegacyPlan {
    do throws(LegacyError) {
      return try translator.translate(query)
    } catch {
      throw Refusal(legacy: error)
    }
  }

  /// What of a legacy request all kinds of plans need.
  private struct LegacyRequest {
    var parsed: RelativeURI
    /// What links begin with.
    var base: String
    var scope: PlanScope
    var wantsAdvice: Bool
    /// Tells requests apart that come to the same Dataverse query and have different answers.
    var identity: String

    func judge(_ read: LegacyRead) -> JudgeRequest {
      JudgeRequest(
        scope: scope.policy, defaultPageSize: read.pageSize, claims: scope.claims, wantsAdvice: wantsAdvice,
        pagingTokenVouched: read.skiptoken != nil)
    }

    /// The link to a later page.
    func link(_ skiptoken: String) -> String {
      var link = parsed
      link.options.skiptoken = Spanned(skiptoken)
      return base + link.printed()
    }
  }

  // MARK: One read

  private func planDirect(
    _ read: LegacyRead, _ translated: LegacyPlan, _ request: LegacyRequest
  ) throws(Refusal) -> Plan {
    var query = read.query
    query.options.skiptoken = request.parsed.options.skiptoken
    let judged = try judge(query, request.judge(read), request.scope, dialect: .legacy)
    let shape: AnswerShape
    if translated.result == .count {
      shape = .dataverse(
        DataverseShape(
          result: .count, context: "", members: judged.obligations.members, annotations: [], hasCount: false,
          nextLink: { _ in "" }))
    } else {
      let allowed = translated.shape.keeping(judged.obligations.members.names.all)
      shape = .legacy(
        allowed, context: context(request, translated),
        nextLink: { [tokens] skiptoken in
          let payload = PagingPayload(pageSize: judged.obligations.pageSize, skiptoken: skiptoken)
          return request.link(try tokens.seal(payload.text, boundTo: judged.binding))
        })
    }
    return makePlan(judged, dialect: .legacy, shape: shape, tag: request.identity, preferenceApplied: nil)
  }

  // MARK: Several reads

  private func planProgram(_ translated: LegacyPlan, _ request: LegacyRequest) throws(Refusal) -> Plan {
    let (plan, judged) = try judgeAll(translated, request)
    // All that decides about the rows stands in what was judged: conditions on columns and claims, table by table.
    let reads = judged.map { $0.query.normalized().printed() }
    let binding =
      [request.scope.cache, request.scope.policy, policy.version, Dialect.legacy.rawValue, request.identity]
      + [request.parsed.withoutPagingToken.normalized().printed()] + reads
    var start: LegacyCursor?
    if let token = request.parsed.options.skiptoken {
      guard let text = try? tokens.open(token.value, boundTo: binding), let cursor = LegacyCursor(text: text) else {
        throw QueryPlanner.foreignToken(token.span, dialect: .legacy)
      }
      start = cursor
    }
    let program = LegacyProgram(
      plan: plan, limits: mapping.limits, context: context(request, translated), start: start,
      nextLink: { [tokens] cursor in request.link(try tokens.seal(cursor.text, boundTo: binding)) },
      judge: { [self] read throws(Refusal) in try sendable(read, request) })
    guard let main = judged.first else {
      throw Refusal(legacy: LegacyError(status: 500, errorCode: "internal", message: "The plan is empty."))
    }
    return Plan(
      dialect: .legacy, upstreamTarget: Route.serviceRoot + main.query.printed(), prefer: nil, preferenceApplied: nil,
      shape: .program(program),
      identity: (["\(request.identity)|\(request.parsed.normalized().printed())"] + reads).joined(separator: "|"),
      timeToLive: judged.map(\.timeToLive).min() ?? 0, query: main.query,
      obligations: main.with(findings: judged.flatMap(\.findings)),
      further: judged.dropFirst().map { Route.serviceRoot + $0.query.printed() },
      furtherObligations: Array(judged.dropFirst()))
  }

  /// Judges every read of a plan before any is sent, and intersects what it shows with what the policy lets be read.
  private func judgeAll(
    _ translated: LegacyPlan, _ request: LegacyRequest
  ) throws(Refusal) -> (LegacyPlan, [Obligations]) {
    var plan = translated.withTestColumns
    var result: [Obligations]
    do throws(Refusal) {
      result = try obligations(of: plan, request)
    } catch {
      guard !translated.testColumns.isEmpty else { throw error }
      // A column may be one to filter by and not to be read: its test is left to Dataverse alone.
      plan = translated
      result = try obligations(of: plan, request)
    }
    let shown = result[plan.rowsIndex].members.names.all
    plan.shape = plan.shape.keeping(shown)
    for (offset, index) in plan.expansions.indices.enumerated() {
      let members = result[result.count - plan.expansions.count + offset].members.names.all
      plan.expansions[index].shape = plan.expansions[index].shape.keeping(members)
    }
    // The read of the rows themselves is what logs tell of.
    result.swapAt(0, plan.rowsIndex)
    return (plan, result)
  }

  private func obligations(of plan: LegacyPlan, _ request: LegacyRequest) throws(Refusal) -> [Obligations] {
    var all: [Obligations] = []
    for query in plan.reads {
      all.append(try allowed(query, request.judge(LegacyRead(query: query, pageSize: 1)), dialect: .legacy))
    }
    return all
  }

  private func sendable(_ read: LegacyRead, _ request: LegacyRequest) throws(Refusal) -> LegacyProgram.Read {
    var query = read.query
    if let token = read.skiptoken { query.options.skiptoken = Spanned(token) }
    var obligations = try allowed(query, request.judge(read), dialect: .legacy)
    // One row of the page more or less would make another page: the size is the query's own.
    if read.pageSize == nil { obligations.pageSize = nil }
    return LegacyProgram.Read(
      target: Route.serviceRoot + obligations.query.printed(),
      prefer: obligations.pageSize.map { "odata.maxpagesize=\($0)" }, columns: obligations.members.names.all)
  }

  private func context(_ request: LegacyRequest, _ plan: LegacyPlan) -> String {
    "\(request.base)$metadata#\(plan.shape.entity)\(plan.result == .entity ? "/$entity" : "")"
  }
}

extension RelativeURI {
  fileprivate var withoutPagingToken: RelativeURI {
    var copy = self
    copy.options.skiptoken = nil
    return copy
  }
}

extension LegacyShape {
  /// What of it the policy lets be read.
  fileprivate func keeping(_ allowed: Set<String>) -> LegacyShape {
    var copy = self
    copy.columns = columns.filter { allowed.contains($0.key) }
    copy.unfold = unfold.flatMap { allowed.contains($0) ? $0 : nil }
    return copy
  }
}

extension LegacyPlan {
  /// The plan with the columns that its test reads.
  fileprivate var withTestColumns: LegacyPlan {
    guard !testColumns.isEmpty else { return self }
    var copy = self
    copy.rows.change { query in
      guard var select = query.options.select else { return }
      select.value.append(contentsOf: testColumns.map { SelectItem([$0], span: select.span) })
      query.options.select = select
    }
    return copy
  }

  /// Which of ``LegacyPlan/reads`` gives the rows that are shown.
  fileprivate var rowsIndex: Int {
    if case .members(let members) = rows { members.segments.count } else { 0 }
  }
}

extension Obligations {
  fileprivate func with(findings: [Finding]) -> Obligations {
    var copy = self
    copy.findings = findings
    return copy
  }
}
