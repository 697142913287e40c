import CustomerInsights
import Dataverse
import ODataURL
import Policy

extension QueryPlanner {
  /// Plans a data read of the legacy API.
  func planLegacy(
    _ target: UnsafeBufferPointer<UInt8>, _ route: LegacyRoute, _ scope: PlanScope, _ wantsAdvice: Bool
  ) throws(Refusal) -> Plan {
    guard instances.contains(route.instanceID) else { throw Refusal(legacy: LegacyError.unknownInstance()) }
    do throws(Refusal) {
      let parsed: RelativeURI
      do throws(SyntaxError) {
        parsed = try route.parsed(in: target, by: legacyParser)
      } catch {
        throw Refusal(error, dialect: .legacy)
      }
      do throws(Refusal) {
        return try planRead(parsed, route, scope, wantsAdvice)
      } catch {
        let worded = parsed.options.search.map { QueryPlanner.inWordsOfSearch(error, $0.span) } ?? error
        throw words(of: parsed).refusal(worded)
      }
    } catch {
      throw route.keepsPlaces ? error : error.withoutPlaces
    }
  }

  private func planRead(
    _ parsed: RelativeURI, _ route: LegacyRoute, _ scope: PlanScope, _ wantsAdvice: Bool
  ) throws(Refusal) -> Plan {
    var firstPage = parsed
    firstPage.options.skiptoken = nil
    var refusal: Refusal
    do throws(Refusal) {
      return try planRead(parsed, firstPage, route, scope, wantsAdvice, mapping)
    } catch {
      refusal = error
    }
    // A refusal must not tell which names there are besides those of the scope.
    guard let known = policy.knownSchema(scope: scope.policy) else { throw refusal }
    // Where rows are unfolded, any name may be a member: so is one that only the scope lacks, as if it were nowhere.
    if let unfolded = mapping.takingForMembers(namesOutside: known, in: LegacyWords.entityName(of: parsed)) {
      do throws(Refusal) {
        return try planRead(parsed, firstPage, route, scope, wantsAdvice, unfolded)
      } catch {
        refusal = error
      }
    }
    let narrowed = try translate(firstPage, by: mapping.narrowed(to: known), scope)
    // What stands in the query only by way of the mapping (columns of `$search`, of segments) has names that the client
    // never wrote: when the query passes without what the scope lacks, nothing but that refuses it.
    guard refusal.findings.contains(where: { QueryPlanner.namesColumns.contains($0.rule) }) else { throw refusal }
    for query in narrowed.reads {
      let read = LegacyRead(query: query, pageSize: 1)
      let request = JudgeRequest(
        scope: scope.policy, defaultPageSize: read.pageSize, claims: scope.claims, wantsAdvice: wantsAdvice,
        pagingTokenVouched: false)
      _ = try allowed(query, request, dialect: .legacy)
    }
    throw QueryPlanner.withoutNames(refusal)
  }

  private func planRead(
    _ parsed: RelativeURI, _ firstPage: RelativeURI, _ route: LegacyRoute, _ scope: PlanScope, _ wantsAdvice: Bool,
    _ mapping: LegacyMapping
  ) throws(Refusal) -> Plan {
    let limits = limits(scope)
    let usual = limits == mapping.limits ? mapping : mapping.with(limits: limits)
    let translated = try translate(firstPage, by: usual, scope)
    let request = LegacyRequest(
      parsed: parsed, base: origin + route.prefix, scope: scope, wantsAdvice: wantsAdvice, limits: limits,
      identity: "legacy|\(mapping.version)|\(route.prefix.lowercased())|\(translated.shape.identity)")
    guard let direct = translated.direct else { return try planProgram(translated, request) }
    return try planDirect(direct, translated, request)
  }

  private func translate(
    _ query: RelativeURI, by mapping: LegacyMapping, _ scope: PlanScope
  ) throws(Refusal) -> LegacyPlan {
    do throws(LegacyError) {
      let plan = try LegacyTranslator(mapping: mapping).translate(query)
      guard policy.missingSelect == .deny else { return plan }
      return selecting(plan, all: query.options.select != nil, scope)
    } catch {
      throw Refusal(legacy: error)
    }
  }

  /// The mapping's, with no more ids in a read than the policy lets stand in one chain of `or`, and no longer lists than it
  /// lets stand in a URL beside all else: a read that comes later in a plan must not be refused for what the gateway itself
  /// put together.
  private func limits(_ scope: PlanScope) -> LegacyPlanLimits {
    var limits = mapping.limits
    guard let rule = policy.scope(scope.policy) else { return limits }
    limits.idsPerRead = min(limits.idsPerRead, max(1, rule.limits.orWidth))
    limits.listBytes = min(limits.listBytes, rule.limits.urlBytes / 2)
    return limits
  }

  /// What of a legacy request all kinds of plans need. A class, since all that is done later holds on to it.
  final class LegacyRequest: Sendable {
    let parsed: RelativeURI
    /// What links begin with.
    let base: String
    let scope: PlanScope
    let wantsAdvice: Bool
    let limits: LegacyPlanLimits
    /// Tells requests apart that come to the same Dataverse query and have different answers.
    let identity: String

    init(
      parsed: RelativeURI, base: String, scope: PlanScope, wantsAdvice: Bool, limits: LegacyPlanLimits, identity: String
    ) {
      self.parsed = parsed
      self.base = base
      self.scope = scope
      self.wantsAdvice = wantsAdvice
      self.limits = limits
      self.identity = identity
    }

    /// - Parameter countedTop: as ``Policy/JudgeRequest/countedTop``.
    func judge(_ read: LegacyRead, countedTop: Spanned<Int64>? = nil) -> JudgeRequest {
      JudgeRequest(
        scope: scope.policy, defaultPageSize: read.pageSize, countedTop: countedTop, claims: scope.claims,
        wantsAdvice: wantsAdvice, pagingTokenVouched: read.skiptoken != nil)
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
    if read.pageSize != nil { try checkPages(of: translated, [judged.obligations], request) }
    let shape: AnswerShape
    if translated.result == .count {
      shape = .dataverse(
        DataverseShape(
          result: .count, context: "", members: judged.obligations.members, annotations: [], hasCount: false,
          nextLink: { _ in "" }))
    } else {
      let allowed = translated.shape.keeping(judged.obligations.members.names)
      shape = .legacy(
        allowed, context: context(request, translated),
        nextLink: { [tokens] skiptoken in
          let payload = PagingPayload(pageSize: judged.obligations.pageSize, skiptoken: skiptoken)
          return request.link(try tokens.seal(payload.text, boundTo: judged.binding))
        })
    }
    var plan = makePlan(judged, dialect: .legacy, shape: shape, tag: request.identity, preferenceApplied: nil)
    plan.successor = successor(of: translated)
    return plan
  }

  // MARK: Several reads

  private func planProgram(_ translated: LegacyPlan, _ request: LegacyRequest) throws(Refusal) -> Plan {
    let (plan, judged) = try judgeAll(translated, request)
    try checkPages(of: plan, judged, request)
    let rowsIndex = plan.rowsIndex
    guard judged.indices.contains(rowsIndex) else {
      throw Refusal(legacy: LegacyError(status: 500, errorCode: "internal", message: "The plan is empty."))
    }
    let main = judged[rowsIndex]
    let target = Route.serviceRoot + main.query.printed()
    // What paging tokens are bound to, for answers that have them. All that decides about the rows stands in what was
    // judged: conditions on columns and claims, table by table.
    let binding: @Sendable () -> [String] = { [scope = request.scope, version = policy.version] in
      [scope.cache, scope.policy, version, Dialect.legacy.rawValue, request.identity]
        + [request.parsed.withoutPagingToken.normalized().printed()]
        + judged.map { $0.query.normalized().printed() }
    }
    var start: LegacyCursor?
    if let token = request.parsed.options.skiptoken {
      guard let text = try? tokens.open(token.value, boundTo: binding()), let cursor = LegacyCursor(text: text) else {
        throw QueryPlanner.foreignToken(token.span, dialect: .legacy)
      }
      start = cursor
    }
    let program = LegacyProgram(
      plan: PreparedPlan(plan), limits: request.limits, context: context(request, translated), start: start,
      nextLink: { [tokens] cursor in request.link(try tokens.seal(cursor.text, boundTo: binding())) },
      judge: { [readStore] read throws(Refusal) in
        if let number = read.number, read.skiptoken == nil, judged.indices.contains(number) {
          let obligations = judged[number]
          return LegacyProgram.Read(
            obligations, read, columns: readStore.columns(of: obligations, scope: request.scope.policy),
            target: number == rowsIndex ? target : nil)
        }
        do throws(Refusal) {
          return try readStore.sendable(read, request.judge(read))
        } catch {
          throw words(of: request.parsed).refusal(error)
        }
      })
    // The read of the rows themselves is what logs tell of.
    var further: [Obligations] = []
    if judged.count > 1 {
      further = judged
      further.swapAt(0, rowsIndex)
      further.removeFirst()
    }
    // What the caller brings for row filters may decide about the rows. All else follows from the query, and from what a
    // cache key has beside this: scope and versions.
    var identity = "\(request.identity)|\(request.parsed.normalized().printed())"
    if !request.scope.claims.isEmpty {
      for obligations in judged { identity += "|" + obligations.query.normalized().printed() }
    }
    var whole = Plan(
      dialect: .legacy, upstreamTarget: target, prefer: nil, preferenceApplied: nil,
      shape: .program(program), identity: identity, timeToLive: judged.reduce(.max) { min($0, $1.timeToLive) },
      query: main.query,
      obligations: main.with(findings: judged.flatMap { $0.findings }), furtherObligations: further)
    whole.successor = successor(of: translated)
    return whole
  }

  /// Judges every read of a plan before any is sent, and intersects what it shows with what the policy lets be read.
  /// - Returns: what became of each of the plan's ``LegacyPlan/reads``.
  private func judgeAll(
    _ translated: LegacyPlan, _ request: LegacyRequest
  ) throws(Refusal) -> (LegacyPlan, [Obligations]) {
    var (plan, result) = try firstAllowed(of: translated, request)
    plan.shape = plan.shape.keeping(result[plan.rowsIndex].members.names)
    for index in plan.expansions.indices {
      let expansion = try expansion(plan.expansions[index], of: plan.shape.entity, request)
      plan.expansions[index].shape = expansion.shape
      plan.expansions[index].writer = expansion.writer
      result.append(expansion.obligations)
    }
    return (plan, result)
  }

  /// A column may be one to filter by and not to be read: plans do with less then. What the last form is refused for is
  /// thrown.
  private func firstAllowed(
    of plan: LegacyPlan, _ request: LegacyRequest
  ) throws(Refusal) -> (LegacyPlan, [Obligations]) {
    let best = plan.testColumns.isEmpty ? plan : plan.withTestColumns
    do throws(Refusal) {
      return (best, try obligations(of: best, request))
    } catch {
      var refusal = error
      for lesser in plan.lesserForms {
        do throws(Refusal) {
          return (lesser, try obligations(of: lesser, request))
        } catch {
          refusal = error
        }
      }
      throw refusal
    }
  }

  private func obligations(of plan: LegacyPlan, _ request: LegacyRequest) throws(Refusal) -> [Obligations] {
    var all: [Obligations] = []
    let rowsIndex = plan.rowsIndex
    for (index, query) in plan.ownReads.enumerated() {
      let read = LegacyRead(query: query, pageSize: plan.pageSize(ofRead: index))
      // The rows come page by page, but as many as if they had been asked for at once.
      let judge = request.judge(read, countedTop: index == rowsIndex ? plan.window.top : nil)
      let obligations = try allowed(query, judge, dialect: .legacy)
      if index >= rowsIndex, let column = obligations.members.names.missing(of: plan.neededColumns) {
        throw refusal(of: column, in: query, request)
      }
      // What is tested and sorted here must be allowed as if Dataverse did it.
      if index == rowsIndex, let asked = plan.asked(by: query) { _ = try allowed(asked, judge, dialect: .legacy) }
      all.append(obligations)
    }
    return all
  }

  /// What becomes of a read that `$expand` adds.
  private func expansion(
    _ expansion: LegacyExpansion, of entity: String, _ request: LegacyRequest
  ) throws(Refusal) -> ReadStore.Expansion {
    // With an id in place of those that rows will tell, it is the same read for all requests of the scope.
    let way = ReadStore.Way(
      scope: request.scope.policy, entity: entity, navigation: expansion.navigation.name)
    let isCommon = request.scope.claims.isEmpty && !request.wantsAdvice
    if isCommon, let known = readStore[way] { return known }
    let query = expansion.read.sample
    let read = LegacyRead(query: query, pageSize: LegacyRead.wholePage)
    let obligations = try allowed(query, request.judge(read), dialect: .legacy)
    if let column = obligations.members.names.missing(of: [expansion.read.column]) {
      throw refusal(of: column, in: query, request)
    }
    let shape = expansion.shape.keeping(obligations.members.names)
    let result = ReadStore.Expansion(
      obligations: obligations, shape: shape, writer: LegacyRowWriter(shape: shape))
    // Findings tell places of the one request.
    if isCommon, obligations.findings.isEmpty { readStore[way] = result }
    return result
  }

  /// A column that was not asked for by name is left out of what is read where the policy hides it. What is calculated by
  /// it would then be something else than was asked.
  private func refusal(of column: String, in query: RelativeURI, _ request: LegacyRequest) -> Refusal {
    var named = query
    named.options.select = Spanned([SelectItem([column])])
    do throws(Refusal) {
      _ = try allowed(named, request.judge(LegacyRead(query: named, pageSize: 1)), dialect: .legacy)
    } catch {
      return error
    }
    return Refusal(
      legacy: LegacyError(
        status: 403, errorCode: "columnNotRead", message: "The policy does not let a column be read that this needs.",
        remedy: "Leave out the condition, order or expansion that needs it."))
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
  fileprivate func keeping(_ allowed: MemberNames) -> LegacyShape {
    let names = allowed.index
    let keepsJSON = unfold.map { names.contains($0) } ?? true
    let keepsColumns = columns.keys.allSatisfy { names.contains($0) }
    if keepsJSON, keepsColumns { return self }
    var copy = self
    if !keepsJSON { copy.unfold = nil }
    if !keepsColumns { copy.columns = columns.filter { names.contains($0.key) } }
    return copy
  }
}

extension MemberNames {
  /// The first of these, in the order of their text, that is not there.
  fileprivate func missing(of needed: Set<String>) -> String? {
    guard !needed.isEmpty else { return nil }
    let names = index
    return needed.filter { !names.contains($0) }.min()
  }
}

extension LegacyPlan {
  /// The plan with fewer of the columns that only make its answer better than its best form has; the better ones first.
  fileprivate var lesserForms: [LegacyPlan] {
    let tested = testColumns.isEmpty ? [self] : [withTestColumns, self]
    guard case .members(let members) = rows, members.row != nil else { return Array(tested.dropFirst()) }
    return tested.dropFirst()
      + tested.map { plan in
        var plan = plan
        guard case .members(var own) = plan.rows else { return plan }
        own.read(row: nil)
        plan.rows = .members(own)
        return plan
      }
  }

  /// The plan with the columns that its test reads.
  fileprivate var withTestColumns: LegacyPlan {
    var copy = self
    copy.rows.change { query in
      guard var select = query.options.select else { return }
      select.value.append(contentsOf: testColumns.map { SelectItem([$0], span: select.span) })
      query.options.select = select
    }
    return copy
  }

  /// Which of ``LegacyPlan/reads`` gives the rows that are shown.
  var rowsIndex: Int {
    if case .members(let members) = rows { members.queries.count } else { 0 }
  }
}

extension Obligations {
  fileprivate func with(findings: [Finding]) -> Obligations {
    var copy = self
    copy.findings = findings
    return copy
  }
}
