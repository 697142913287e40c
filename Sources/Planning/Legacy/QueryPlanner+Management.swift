import CustomerInsights
import Dataverse
import ODataURL
import Policy

/// Operations of the legacy API that are no data reads.
extension QueryPlanner {
  /// Answers an operation that takes no row.
  /// - Returns: `nil` for one that does.
  /// - Throws: why there is no answer.
  func management(_ call: LegacyCall, _ scope: PlanScope) throws(Refusal) -> MetadataAnswer? {
    do throws(LegacyError) {
      let instance = try instance(call)
      let known = try known(scope)
      let mapping = mapping.narrowed(to: known.schema)
      let answers = ManagementAnswers(
        mapping: mapping, scope: known.rule, instances: directory, origin: origin, front: call.front)
      guard let body = try body(call, answers, instance) else { return nil }
      return MetadataAnswer(
        contentType: call.answer == .dataService ? MetadataAnswer.json : MetadataAnswer.bareJSON, body: body,
        dialect: .legacy, successor: successor(of: call, mapping))
    } catch {
      var refusal = Refusal(legacy: error)
      // What it stands for is there in other names, as the message says.
      if call.answer == .dataModel, error.status == 501, policy.metadata.contains(.csdl) {
        refusal.successor = successor(of: call, mapping)
      }
      throw refusal
    }
  }

  /// Plans an operation that is answered from rows.
  /// - Throws: why there is no answer, also for one that ``management(_:_:)`` answers.
  func planManagement(_ call: LegacyCall, _ scope: PlanScope, _ wantsAdvice: Bool) throws(Refusal) -> Plan {
    let read: ManagementRead
    do throws(LegacyError) {
      _ = try instance(call)
      let known = try known(scope)
      guard let rows = try ManagementRead.read(call, mapping.narrowed(to: known.schema)) else {
        throw .answeredHere(call.style)
      }
      read = rows
    } catch {
      throw Refusal(legacy: error)
    }
    do throws(Refusal) {
      do throws(Refusal) {
        return try plan(read, scope, wantsAdvice)
      } catch {
        guard let other = read.withAnyColumns else { throw error }
        return try plan(other, scope, wantsAdvice)
      }
    } catch {
      throw words(ofEntity: call.arguments.first).refusal(error).styled(call.style)
    }
  }

  private func plan(_ read: ManagementRead, _ scope: PlanScope, _ wantsAdvice: Bool) throws(Refusal) -> Plan {
    let read = naming(read, scope)
    let judge: @Sendable (LegacyRead) throws(Refusal) -> Obligations = { [self] request throws(Refusal) in
      var query = request.query
      if let token = request.skiptoken { query.options.skiptoken = Spanned(token) }
      let asked = JudgeRequest(
        scope: scope.policy, defaultPageSize: request.pageSize, namedColumns: 0, claims: scope.claims,
        wantsAdvice: wantsAdvice, pagingTokenVouched: request.skiptoken != nil)
      return try allowed(query, asked, dialect: .legacy)
    }
    let first = try judge(LegacyRead(query: read.query, pageSize: read.pageSize))
    // A page size stands where all pages are read.
    if read.pageSize != nil, let rule = policy.scope(scope.policy)?.table(named: first.table),
      !rule.options.contains(.skiptoken)
    {
      throw QueryPlanner.withoutPages("what tells who is in a segment", dialect: .legacy)
    }
    let program = ManagementProgram(read: read, limits: mapping.limits) { [readStore] request throws(Refusal) in
      let obligations = try judge(request)
      return LegacyProgram.Read(
        obligations, request, columns: readStore.columns(of: obligations, scope: scope.policy))
    }
    let judged = Judged(obligations: first, binding: [])
    var plan = makePlan(
      judged, dialect: .legacy, shape: .management(program),
      tag: "legacy|\(mapping.version)|\(read.identity)", preferenceApplied: nil)
    plan.successor = successor(of: read)
    return plan
  }

  /// Names a column, where the policy wants a `$select` on every read and the operation is answered with none.
  private func naming(_ read: ManagementRead, _ scope: PlanScope) -> ManagementRead {
    guard policy.missingSelect == .deny, read.query.options.select == nil,
      case .name(let set, _)? = read.query.path.first?.kind,
      let item = policy.scope(scope.policy)?.table(entitySet: set)?.selectItems.first
    else { return read }
    return read.selecting(item)
  }

  // MARK: Answers without rows

  private func body(
    _ call: LegacyCall, _ answers: ManagementAnswers, _ instance: LegacyInstance?
  ) throws(LegacyError) -> [UInt8]? {
    let id = instance?.id ?? ""
    switch call.answer {
    case .instances: return answers.instanceList()
    case .instance: return instance.map { answers.instance($0) }
    case .role: return answers.role(instanceID: id)
    case .storeState: return answers.storeState(instanceID: id)
    case .entities:
      try check(.definitions, call)
      return answers.entities(instanceID: id)
    case .entity:
      try check(.definitions, call)
      return try answers.entity(call.arguments.first ?? "")
    case .searchConfiguration:
      try check(.definitions, call)
      return answers.searchConfiguration(instanceID: id)
    case .dataService:
      try check(.service, call)
      return answers.dataService(root: origin + call.dataPrefix)
    case .dataModel: throw .dataModelAbsent()
    case .absent(let absence): throw .absent(absence)
    case .keyring, .entitySize, .segments, .write: return nil
    }
  }

  /// - Returns: `nil` for an operation that is about no instance.
  /// - Throws: as the old service did for one that it did not have.
  private func instance(_ call: LegacyCall) throws(LegacyError) -> LegacyInstance? {
    guard let id = call.instanceID else { return nil }
    guard instances.contains(id) else { throw .unknownInstance() }
    return directory.first { $0.id == id.lowercased() } ?? LegacyInstance(id: id, organization: "")
  }

  private func known(_ scope: PlanScope) throws(LegacyError) -> (rule: ScopeRule, schema: Schema) {
    if let rule = policy.scope(scope.policy), let schema = policy.knownSchema(scope: scope.policy) {
      return (rule, schema)
    }
    throw LegacyError(
      status: 403, errorCode: FindingRule.scope.rawValue,
      message: "The policy has no scope of this caller's name.",
      remedy: "Ask the operator of this gateway for one that it has.", style: .apiErrorResult)
  }

  /// What a policy does not let be served of Dataverse's own metadata is not served in legacy names either.
  private func check(_ document: MetadataDocument, _ call: LegacyCall) throws(LegacyError) {
    guard !policy.metadata.contains(document) else { return }
    throw LegacyError(
      status: 403, errorCode: FindingRule.metadata.rawValue, message: "This document is not served here.",
      remedy: "Ask the operator of this gateway for the names to use.", style: call.style)
  }
}
