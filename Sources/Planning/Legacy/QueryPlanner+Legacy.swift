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
    let limits = limits(scope)
    let narrowed = try translate(firstPage, by: mapping.narrowed(to: known).with(limits: limits), scope)
    // What stands in the query only by way of the mapping (columns of `$search`, of segments) has names that the client
    // never wrote: when the query passes without what the scope lacks, nothing but that refuses it.
    guard refusal.findings.contains(where: { QueryPlanner.namesColumns.contains($0.rule) }) else { throw refusal }
    let request = LegacyRequest(
      parsed: parsed, base: "", scope: scope, wantsAdvice: wantsAdvice, limits: limits,
      namedColumns: narrowed.namedColumns, identity: "")
    // What refuses it also where nothing else is known is what the client wrote itself, and has its names.
    _ = try firstAllowed(of: narrowed, request)
    for expansion in narrowed.expansions { _ = try obligations(of: expansion, request) }
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
      namedColumns: translated.namedColumns,
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
    /// As ``CustomerInsights/LegacyPlan/namedColumns``.
    let namedColumns: Int
    /// Tells requests apart that come to the same Dataverse query and have different answers.
    let identity: String

    init(
      parsed: RelativeURI, base: String, scope: PlanScope, wantsAdvice: Bool, limits: LegacyPlanLimits,
      namedColumns: Int, identity: String
    ) {
      self.parsed = parsed
      self.base = base
      self.scope = scope
      self.wantsAdvice = wantsAdvice
      self.limits = limits
      self.namedColumns = namedColumns
      self.identity = identity
    }

    /// - Parameter countedTop: as ``Policy/JudgeRequest/countedTop``.
    func judge(_ read: LegacyRead, countedTop: Spanned<Int64>? = nil) -> JudgeRequest {
      JudgeRequest(
        scope: scope.policy, defaultPageSize: read.pageSize, countedTop: countedTop, namedColumns: namedColumns,
        claims: scope.claims, wantsAdvice: wantsAdvice, pagingTokenVouched: read.skiptoken != nil)
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
      var allowed = translated.shape.keeping(judged.obligations.members.names)
      allowed.mayLackCount = request.parsed.options.skiptoken != nil
      shape = .legacy(
        allowed, context: context(request, translated),
        nextLink: { [tokens] skiptoken in
          let payload = PagingPayload(pageSize: judged.obligations.pageSize, skiptoken: skiptoken)
          return request.link(try tokens.seal(payload.text, boundTo: judged.binding))
        }, further: furtherPages(of: read.query, size: judged.obligations.pageSize, request))
    }
    var plan = makePlan(judged, dialect: .legacy, shape: shape, tag: request.identity, preferenceApplied: nil)
    plan.successor = successor(of: translated)
    return plan
  }

  /// - Parameter size: rows of a page. Where there is none, `$top` was asked for, and stands in the query.
  private func furtherPages(of query: RelativeURI, size: Int?, _ request: LegacyRequest) -> FurtherPages {
    FurtherPages(limits: request.limits) { [self] skiptoken throws(Refusal) in
      let read = LegacyRead(query: query, pageSize: size, skiptoken: skiptoken)
      do throws(Refusal) {
        return try readStore.sendable(read, request.judge(read))
      } catch {
        throw words(of: request.parsed).refusal(error)
      }
    }
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
      plan: PreparedPlan(plan, writer: writer(of: plan, request)), limits: request.limits,
      context: context(request, translated), start: start,
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
      further.reserveCapacity(judged.count - 1)
      for index in judged.indices where index != rowsIndex { further.append(judged[index]) }
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

  /// What writes the rows of a plan, where it is the same for all requests of the scope; `nil` where it is made for this
  /// one.
  private func writer(of plan: LegacyPlan, _ request: LegacyRequest) -> LegacyRowWriter? {
    guard request.parsed.options.select == nil, plan.expansions.isEmpty else { return nil }
    return readStore.writer(of: plan.shape, scope: request.scope.policy)
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

extension Obligations {
  fileprivate func with(findings: [Finding]) -> Obligations {
    var copy = self
    copy.findings = findings
    return copy
  }
}
