package import CustomerInsights
import Dataverse
package import ODataURL
package import Policy

/// The Customer Insights instance ids that a planner answers for.
package enum Instances: Sendable {
  /// Any id: for tools that look at queries of an organization they do not know.
  case any
  /// These ids, compared without case; none turns the legacy dialect off.
  case only(Set<String>)

  package init(ids: [String]) { self = .only(Set(ids.map { $0.lowercased() })) }

  func contains(_ id: String) -> Bool {
    switch self {
    case .any: true
    case .only(let ids): ids.contains(id.lowercased())
    }
  }
}

/// Router to Planner as one pure function of (target, scope, preferences): the gateway, the linter and `explain` all
/// run this and nothing else, so that what CI accepts is what the edge accepts.
package struct QueryPlanner: Sendable {
  package let policy: Policy
  let mapping: LegacyMapping
  let instances: Instances
  let origin: String
  /// What the gateway tells of instances.
  let directory: [LegacyInstance]
  /// Scheme, host and port where the Dataverse queries that replace legacy ones can be sent.
  let successorOrigin: String
  let tokens: any PagingTokens
  let versions: Set<String>
  let dataverseParser: Parser
  let legacyParser: Parser
  /// What ``metadata(_:scope:)`` has made for the scopes of this policy.
  let documents = MetadataStore()
  /// What data reads of the legacy API have in common.
  let readStore: ReadStore

  /// - Parameters:
  ///   - instances: which instance ids the legacy dialect answers for.
  ///   - origin: scheme, host and port that links in answers begin with, without a slash at the end.
  ///   - versions: of the Dataverse Web API that paths may name; links and what is sent on name `v9.2`.
  ///   - directory: what the list of instances tells, those of other planners included.
  ///   - successorOrigin: what links to Dataverse queries begin with, where it is not `origin`.
  package init(
    policy: Policy, mapping: LegacyMapping, instances: Instances, origin: String, tokens: any PagingTokens,
    limits: Limits = Limits(), versions: Set<String> = Route.usualVersions, directory: [LegacyInstance] = [],
    successorOrigin: String? = nil
  ) {
    self.policy = policy
    readStore = ReadStore(policy: policy)
    self.mapping = mapping
    self.instances = instances
    self.origin = origin
    self.tokens = tokens
    self.directory = directory
    self.successorOrigin = successorOrigin ?? origin
    self.versions = versions
    func parser(_ settings: ParserSettings) -> Parser {
      var settings = settings
      settings.limits = limits
      // Event loops and the threads of tasks have the stack of the system.
      return Parser(settings: settings.onLargeStacks)
    }
    dataverseParser = parser(.dataverse)
    legacyParser = parser(.legacy)
  }

  /// Plans one GET or HEAD of `target` in origin-form.
  /// - Parameter wantsAdvice: whether findings that only advise are wanted, too: for linters.
  /// - Throws: ``Refusal``, which knows its status and body.
  package func plan(
    _ target: UnsafeBufferPointer<UInt8>, scope: PlanScope, preferences: Preferences = .none, wantsAdvice: Bool = false
  ) throws(Refusal) -> Plan {
    switch Route.match(target, versions: versions) {
    case .refused(let refusal): throw refusal
    case .dataverse(let offset): return try planDataverse(target, offset: offset, scope, preferences, wantsAdvice)
    case .legacy(let route): return try planLegacy(target, route, scope, wantsAdvice)
    case .operation(let call): return try planManagement(call, scope, wantsAdvice)
    }
  }

  /// ``plan(_:scope:preferences:wantsAdvice:)`` of a string.
  package func plan(
    _ target: String, scope: PlanScope, preferences: Preferences = .none, wantsAdvice: Bool = false
  ) throws(Refusal) -> Plan {
    let bytes = Array(target.utf8)
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(Refusal) in
        try plan(buffer, scope: scope, preferences: preferences, wantsAdvice: wantsAdvice)
      }
    }
    return try result.get()
  }

  /// Every syntax error of a target, for linters; empty for one that can be read, or that is refused before it is.
  package func syntaxErrors(of target: String) -> [Refusal] {
    let bytes = Array(target.utf8)
    switch bytes.withUnsafeBufferPointer({ Route.match($0, versions: versions) }) {
    case .refused, .operation: return []
    case .dataverse(let offset):
      let text = String(decoding: bytes[offset...], as: UTF8.self)
      return dataverseParser.diagnose(text, offset: offset).errors.map { Refusal($0, dialect: .dataverse) }
    case .legacy(let route):
      let (relative, offset) = route.relativeURI(in: bytes)
      let errors = legacyParser.diagnose(String(decoding: relative, as: UTF8.self), offset: offset).errors
      return errors.map { error in
        let refusal = Refusal(error, dialect: .legacy)
        return route.keepsPlaces ? refusal : refusal.withoutPlaces
      }
    }
  }

  private func planDataverse(
    _ target: UnsafeBufferPointer<UInt8>, offset: Int, _ scope: PlanScope, _ preferences: Preferences,
    _ wantsAdvice: Bool
  ) throws(Refusal) -> Plan {
    let parsed = try parse(target, range: offset..<target.count, with: dataverseParser, dialect: .dataverse)
    let preferences = preferences.keeping(policy.preferences)
    let request = JudgeRequest(
      scope: scope.policy, defaultPageSize: nil, preferPageSize: preferences.maxPageSize,
      annotations: preferences.annotations, claims: scope.claims, wantsAdvice: wantsAdvice, pagingTokenVouched: false)
    let judged = try judge(parsed, request, scope, dialect: .dataverse)
    let shape = DataverseShape(
      result: judged.obligations.result,
      context: context(of: judged.obligations),
      members: judged.obligations.members,
      annotations: judged.obligations.annotations,
      hasTags: judged.obligations.hasTags,
      hasCount: judged.obligations.query.options.count?.value == true,
      nextLink: { [origin, tokens] skiptoken in
        let payload = PagingPayload(pageSize: judged.obligations.pageSize, skiptoken: skiptoken)
        // As it was asked, without what was put in: row filters are nobody's to see, and are put in again.
        var link = parsed
        link.options.skiptoken = Spanned(try tokens.seal(payload.text, boundTo: judged.binding))
        return origin + Route.serviceRoot + link.printed()
      })
    var applied: [String] = []
    if let size = preferences.maxPageSize, size == judged.obligations.pageSize {
      applied.append("odata.maxpagesize=\(size)")
    }
    if !judged.obligations.annotations.isEmpty {
      applied.append("odata.include-annotations=\"\(judged.obligations.annotations.joined(separator: ","))\"")
    }
    return makePlan(
      judged, dialect: .dataverse, shape: .dataverse(shape), tag: "dataverse",
      preferenceApplied: applied.isEmpty ? nil : applied.joined(separator: ","))
  }

  func parse(
    _ target: UnsafeBufferPointer<UInt8>, range: Range<Int>, with parser: Parser, dialect: Dialect
  ) throws(Refusal) -> RelativeURI {
    do throws(SyntaxError) {
      return try parser.relativeURI(UnsafeBufferPointer(rebasing: target[range]), offset: range.lowerBound)
    } catch {
      throw Refusal(error, dialect: dialect)
    }
  }

  /// A query that passed, with its paging token opened.
  struct Judged {
    var obligations: Obligations
    /// What a paging token of this query is bound to.
    var binding: [String]
    /// The sent query in one spelling, where it is the one that was judged first.
    var canonical: String?
  }

  func judge(
    _ query: RelativeURI, _ request: JudgeRequest, _ scope: PlanScope, dialect: Dialect
  ) throws(Refusal) -> Judged {
    var firstPage = query
    firstPage.options.skiptoken = nil
    let obligations = try allowed(firstPage, request, dialect: dialect)
    let canonical = obligations.query.normalized().printed()
    let judged = Judged(
      obligations: obligations,
      binding: [scope.cache, scope.policy, policy.version, dialect.rawValue, canonical], canonical: canonical)
    guard let token = query.options.skiptoken else { return judged }
    let payload = try open(token, judged.binding, dialect: dialect)
    // Judged again as it will be sent: a policy may have no paging at all.
    var nextPage = query
    nextPage.options.skiptoken = Spanned(payload.skiptoken, span: token.span)
    var vouched = request
    vouched.pagingTokenVouched = true
    var result = judged
    result.canonical = nil
    result.obligations = try allowed(nextPage, vouched, dialect: dialect)
    result.obligations.pageSize = payload.pageSize
    return result
  }

  func allowed(
    _ query: RelativeURI, _ request: JudgeRequest, dialect: Dialect
  ) throws(Refusal) -> Obligations {
    switch policy.judge(query, request: request) {
    case .allow(let obligations): return obligations
    case .deny(let findings): throw Refusal(findings: findings, dialect: dialect)
    }
  }

  private func open(
    _ token: Spanned<String>, _ binding: [String], dialect: Dialect
  ) throws(Refusal) -> PagingPayload {
    // Why a token is not ours is nobody's business but ours, and there is nothing in it that a log could use.
    if let text = try? tokens.open(token.value, boundTo: binding), let payload = PagingPayload(text: text) {
      return payload
    }
    throw QueryPlanner.foreignToken(token.span, dialect: dialect)
  }

  /// Of a legacy request with a `$skiptoken` that was not given out here: it is looked at when all the rest has passed.
  package static let foreignTokenCode = "skiptokenInvalid"

  static func foreignToken(_ span: Span, dialect: Dialect) -> Refusal {
    guard dialect == .dataverse else {
      return Refusal(
        legacy: LegacyError(
          status: 400, errorCode: foreignTokenCode,
          message: "The $skiptoken is not one that was given out for this query, caller and policy, or it is too old.",
          remedy: "Start again at the first page and follow @odata.nextLink as it is.", span: span))
    }
    return Refusal(
      findings: [
        Finding(
          rule: FindingRule.pagingToken.rawValue, span: span,
          message: "The $skiptoken is not one that was given out for this query, caller and policy, or it is too old.",
          remedy: "Start again at the first page and follow @odata.nextLink as it is.")
      ], dialect: dialect)
  }

  func makePlan(
    _ judged: Judged, dialect: Dialect, shape: AnswerShape, tag: String, preferenceApplied: String?
  ) -> Plan {
    let obligations = judged.obligations
    var prefer: [String] = []
    if let size = obligations.pageSize { prefer.append("odata.maxpagesize=\(size)") }
    if !obligations.annotations.isEmpty {
      prefer.append("odata.include-annotations=\"\(obligations.annotations.joined(separator: ","))\"")
    }
    let preferText = prefer.isEmpty ? nil : prefer.joined(separator: ",")
    return Plan(
      dialect: dialect,
      upstreamTarget: Route.serviceRoot + obligations.query.printed(),
      prefer: preferText,
      preferenceApplied: preferenceApplied,
      shape: shape,
      identity: "\(tag)|\(preferText ?? "")|\(judged.canonical ?? obligations.query.normalized().printed())",
      timeToLive: obligations.timeToLive,
      query: obligations.query,
      obligations: obligations)
  }

  /// The context URL (OData JSON 4.01, section 10), rebuilt from what was judged.
  private func context(of obligations: Obligations) -> String {
    let set = policy.schema.table(named: obligations.table)?.entitySetName ?? ""
    let names = obligations.outputs.isEmpty ? QueryPlanner.names(obligations.query.options) : obligations.outputs
    let columns = names.isEmpty ? "" : "(\(names.joined(separator: ",")))"
    let suffix = obligations.result == .entity ? "/$entity" : ""
    return "\(origin)\(Route.serviceRoot)$metadata#\(set)\(columns)\(suffix)"
  }

  /// What rows hold: columns, and expanded rows with what they hold in brackets.
  private static func names(_ options: QueryOptions) -> [String] {
    let columns = options.select?.value.map { $0.path.joined(separator: "/") } ?? []
    let expanded = options.expand?.value.map { item in
      "\(item.path.joined(separator: "/"))(\(names(item.options).joined(separator: ",")))"
    }
    return columns + (expanded ?? [])
  }
}
