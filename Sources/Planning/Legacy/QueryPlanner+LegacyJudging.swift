import CustomerInsights
import ODataURL
import Policy

/// Judging the reads of a legacy plan: all of them, before any is sent.
extension QueryPlanner {
  /// Judges every read of a plan before any is sent, and intersects what it shows with what the policy lets be read.
  /// - Returns: what became of each of the plan's ``LegacyPlan/reads``.
  func judgeAll(
    _ translated: LegacyPlan, _ request: LegacyRequest
  ) throws(Refusal) -> (LegacyPlan, [Obligations]) {
    var (plan, result) = try firstAllowed(of: translated, request)
    plan.shape = plan.shape.keeping(result[plan.rowsIndex].members.names)
    // Pages have as many rows as those of a single read.
    plan.window.pageRows = min(LegacyWindow.page, result[plan.rowsIndex].pageSize ?? LegacyWindow.page)
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
  func firstAllowed(
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

  /// What becomes of the plan's own reads.
  private func obligations(of plan: LegacyPlan, _ request: LegacyRequest) throws(Refusal) -> [Obligations] {
    var all: [Obligations] = []
    let rowsIndex = plan.rowsIndex
    for (index, query) in plan.ownReads.enumerated() {
      let read = LegacyRead(query: query, pageSize: plan.pageSize(ofRead: index))
      // The rows come page by page, but as many as if they had been asked for at once.
      let judge = request.judge(read, countedTop: index == rowsIndex ? plan.window.top : nil)
      let obligations: Obligations
      do throws(Refusal) {
        obligations = try allowed(query, judge, dialect: .legacy)
      } catch {
        let added = plan.addedColumns(of: request.parsed.options.select)
        guard index >= rowsIndex, let column = error.unread(of: added) else { throw error }
        throw refusal(of: column, in: query, plan.heldColumns, request)
      }
      if index >= rowsIndex, let column = obligations.members.names.missing(of: plan.neededColumns) {
        throw refusal(of: column, in: query, plan.heldColumns, request)
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
    let obligations = try obligations(of: expansion, request)
    let shape = expansion.shape.keeping(obligations.members.names)
    let result = ReadStore.Expansion(
      obligations: obligations, shape: shape, writer: LegacyRowWriter(shape: shape))
    // Findings tell places of the one request.
    if isCommon, obligations.findings.isEmpty { readStore[way] = result }
    return result
  }

  /// What becomes of the read of an expansion, with an id in place of those that rows will tell.
  func obligations(of expansion: LegacyExpansion, _ request: LegacyRequest) throws(Refusal) -> Obligations {
    let query = expansion.read.sample
    let read = LegacyRead(query: query, pageSize: LegacyRead.wholePage)
    let obligations: Obligations
    do throws(Refusal) {
      obligations = try allowed(query, request.judge(read), dialect: .legacy)
    } catch {
      guard let column = error.unread(of: [expansion.read.column]) else { throw error }
      throw refusal(of: column, in: query, [:], request)
    }
    if let column = obligations.members.names.missing(of: [expansion.read.column]) {
      throw refusal(of: column, in: query, [:], request)
    }
    return obligations
  }

  /// A column that was not asked for by name is left out of what is read where the policy hides it. What is calculated by
  /// it would then be something else than was asked.
  /// - Parameter written: columns that the client named in what is calculated by them, and where. Others stand in the
  ///   plan by way of the mapping alone, and have no name here.
  private func refusal(
    of column: String, in query: RelativeURI, _ written: [String: Span], _ request: LegacyRequest
  ) -> Refusal {
    if let span = written[column] {
      var named = query
      named.options.select = Spanned([SelectItem([column], span: span)], span: span)
      do throws(Refusal) {
        _ = try allowed(named, request.judge(LegacyRead(query: named, pageSize: 1)), dialect: .legacy)
      } catch {
        return Refusal(
          findings: error.findings.map { finding in
            guard finding.rule == FindingRule.selectColumn.rawValue else { return finding }
            var finding = finding
            finding.remedy = "The gateway works this out itself, and reads the column for it. \(finding.remedy)"
            return finding
          }, dialect: .legacy)
      }
    }
    return Refusal(
      legacy: LegacyError(
        status: 403, errorCode: "columnNotRead", message: "The policy does not let a column be read that this needs.",
        remedy: "Leave out the condition, order or expansion that needs it."))
  }
}

extension LegacyShape {
  /// What of it the policy lets be read.
  func keeping(_ allowed: MemberNames) -> LegacyShape {
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

extension Refusal {
  /// The first of these columns that it does not let be read, in the order of its findings.
  fileprivate func unread(of columns: Set<String>) -> String? {
    findings.lazy.filter { $0.rule == FindingRule.selectColumn.rawValue }.compactMap(\.column).first {
      columns.contains($0)
    }
  }
}

extension MemberNames {
  /// The first of these, in the order of their text, that is not there.
  fileprivate func missing(of needed: Set<String>) -> String? {
    guard !needed.isEmpty else { return nil }
    let names = index
    var missing: String?
    for name in needed where !names.contains(name) { missing = min(missing ?? name, name) }
    return missing
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

  /// Columns that the rows are read with although the client's `$select` names none of them.
  fileprivate func addedColumns(of select: Spanned<[SelectItem]>?) -> Set<String> {
    let namesColumns = select?.value.contains { $0.path == ["*"] } == false
    return namesColumns ? neededColumns.filter { shape.columns[$0] == nil } : neededColumns
  }

  /// Which of ``LegacyPlan/reads`` gives the rows that are shown.
  var rowsIndex: Int {
    if case .members(let members) = rows { members.queryCount } else { 0 }
  }
}
