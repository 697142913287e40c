import CustomerInsights
import ODataURL
import Policy

extension Plan {
  /// Every read of the plan in the order in which they are sent, at least one.
  /// - Throws: what refuses a read with values in place of those that only rows will tell.
  package func steps() throws(Refusal) -> [ReadStep] {
    if case .program(let program) = shape { return try program.steps() }
    var tasks: [String] = []
    if case .legacy(let shape, _, _, _) = shape { tasks += shape.unfolding(of: query) }
    return [
      ReadStep(
        target: upstreamTarget, prefer: prefer, query: query, rule: obligations.rule, repetition: nil, tasks: tasks)
    ]
  }
}

extension LegacyProgram {
  fileprivate func steps() throws(Refusal) -> [ReadStep] {
    var steps: [ReadStep] = []
    var repetition: ReadStep.Repetition?
    var queries: [RelativeURI] = []
    var pageSize = plan.rowPageSize
    switch plan.rows {
    case .query(let query): queries = [query]
    case .lists(let lists): queries = lists
    case .members(let members):
      for segment in members.segments {
        for query in segment.queries {
          var step = try step(query, pageSize: LegacyRead.wholePage)
          step.isPart = segment.queries.count > 1
          step.tasks = [
            "Keep the rows whose list in `\(members.mapping.list)` names the segment: others may have its text in them."
          ]
          steps.append(step)
        }
      }
      if members.segments.count > 1, members.segments[0].queries.count == 1 {
        let reads = (1...steps.count).text(calling: "reads")
        steps[steps.count - 1].tasks.append("Keep the ids that \(reads) all give.")
      }
      repetition = ReadStep.Repetition(
        column: members.mapping.customer, reads: 1...max(1, steps.count), valuesPerRead: limits.idsPerRead)
      queries = members.rows.map { $0.query(ids: [ReadStep.sample]) }
      pageSize = LegacyRead.wholePage
    }
    let rows = steps.count + 1...steps.count + max(1, queries.count)
    for query in queries {
      var step = try step(query, pageSize: pageSize)
      step.repetition = repetition
      step.isPart = queries.count > 1
      steps.append(step)
    }
    guard let last = steps.indices.last else { return [] }
    if queries.count > 1 { steps[last].tasks.append("Put the rows of all parts of the list together.") }
    steps[last].tasks += windowTasks + plan.shape.unfolding(of: steps[last].query)
    for expansion in plan.expansions {
      var step = try step(expansion.read.query(ids: [ReadStep.sample]), pageSize: LegacyRead.wholePage)
      let navigation = expansion.navigation
      step.repetition = ReadStep.Repetition(column: navigation.from, reads: rows, valuesPerRead: limits.idsPerRead)
      step.tasks = [
        "Put the rows into those with the same `\(navigation.from)`, as the "
          + "\(navigation.isCollection ? "array" : "object") `\(navigation.name)`."
      ]
      step.tasks += expansion.shape.unfolding(of: step.query)
      steps.append(step)
    }
    return steps
  }

  private func step(_ query: RelativeURI, pageSize: Int) throws(Refusal) -> ReadStep {
    let read = try judge(LegacyRead(query: query, pageSize: pageSize))
    return ReadStep(
      target: ReadStep.showingPlaceholder(in: read.target), prefer: read.prefer, query: read.query, rule: read.rule,
      repetition: nil, tasks: [])
  }

  /// What is done with the rows before any is shown, in this order.
  private var windowTasks: [String] {
    let window = plan.window
    var tasks: [String] = []
    if window.looksAtRows {
      tasks.append("Keep the rows that pass the old `$filter` and `$search`: Dataverse cannot tell exactly.")
    }
    if window.order != nil { tasks.append("Read all pages, and put the rows into the order of `$orderby`.") }
    if window.skip > 0 { tasks.append("Leave out as many rows as `$skip` said, which Dataverse does not have.") }
    if window.top != nil { tasks.append("Take as many rows as `$top` said, from page to page.") }
    if plan.result == .entity { tasks.append("Take the first row; without one the answer was 404.") }
    return tasks
  }
}

extension LegacyShape {
  /// What is done with the JSON column, if the query reads it to show it.
  fileprivate func unfolding(of query: RelativeURI) -> [String] {
    guard let unfold, unfoldMembers != [],
      query.options.select?.value.contains(where: { $0.path == [unfold] }) ?? true
    else { return [] }
    let wanted = unfoldMembers.map { ": \($0.joined(separator: ", "))" } ?? ""
    return ["`\(unfold)` holds JSON, whose members were columns of the old answer\(wanted)."]
  }
}
