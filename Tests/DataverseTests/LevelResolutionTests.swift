import Dataverse
import ODataURL
import Testing

/// Names in `$expand`, behind paths, in lambdas and in `$apply`.
@Suite struct LevelResolutionTests {
  /// What each query reads; none of them has an obscurity.
  @Test(arguments: [
    (
      "$select=name,nothere&$orderby=size desc",
      ["account.name select", "account.nothere? select", "account.size order"]
    ),
    ("$filter=primarycontact eq null", ["account.primarycontact? filter eq 1"]),
    ("$filter=_primarycontact_value eq null", ["account._primarycontact_value filter eq 1"]),
    // Columns with columns.
    ("$filter=name eq code", ["account.name filter eq 0", "account.code other"]),
    (
      "$filter=not (primarycontactid/fullname ne primarycontactid/nothere)",
      [
        "contact.fullname filter !ne 0 primarycontactid", "contact.nothere? other primarycontactid",
        "account.primarycontactid !lookup",
      ]
    ),
    // Lookup paths.
    (
      "$filter=primarycontactid/fullname eq 'a'",
      ["contact.fullname filter eq 1 primarycontactid", "account.primarycontactid lookup"]
    ),
    (
      "$filter=contains(primarycontactid/parentid/name,'a')",
      [
        "account.name filter contains 1 primarycontactid/parentid", "account.primarycontactid lookup",
        "contact.parentid lookup primarycontactid",
      ]
    ),
    (
      "$filter=elsewhere/x eq 1 and nothere/y/z eq 1",
      [
        "?.x? filter eq 1 elsewhere", "?.z? filter eq 1 nothere/y", "account.elsewhere lookup",
        "account.nothere? lookup", "?.y? lookup nothere",
      ]
    ),
    // Lambdas.
    ("$filter=tasks/any()", ["account.tasks any"]),
    ("$filter=not tasks/any()", ["account.tasks !any"]),
    ("$filter=tasks/any(t:t/subject eq 'a')", ["task.subject filter eq 1 tasks", "account.tasks any"]),
    ("$filter=tasks/all(t:not (t/subject eq 'a'))", ["task.subject filter !eq 1 tasks", "account.tasks all"]),
    ("$filter=nothere/any(t:t/x eq 'a')", ["?.x? filter eq 1 nothere", "account.nothere? any"]),
    (
      "$filter=tasks/any(t:t/subject eq 'a' and t/ownerid/age gt 3) or size eq 1",
      [
        "task.subject filter eq 1 tasks", "contact.age filter gt 1 tasks/ownerid", "account.size filter eq 1",
        "account.tasks any", "task.ownerid lookup tasks",
      ]
    ),
    (
      "$filter=tasks/any(t:t/steps/all(s:s/subject eq s/partitionid) and startswith(t/subject,'a'))",
      [
        "task.subject filter eq 0 tasks/steps", "task.partitionid other tasks/steps",
        "task.subject filter startswith 1 tasks", "account.tasks any", "task.steps all tasks",
      ]
    ),
    (
      "$filter=primarycontactid/tasks/any(t:t/subject eq 'a')",
      [
        "task.subject filter eq 1 primarycontactid/tasks", "account.primarycontactid lookup",
        "contact.tasks any primarycontactid",
      ]
    ),
    // Query functions.
    (
      "$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])",
      ["account.name filter In 2"]
    ),
    (
      "$filter=Microsoft.Dynamics.CRM.Today(PropertyName='primarycontactid/fullname')",
      ["account.primarycontactid/fullname? filter Today 0"]
    ),
    // $expand.
    (
      "$select=name&$expand=primarycontactid($select=fullname),nothere($select=x)",
      [
        "account.name select", "account.primarycontactid expand", "contact.fullname select", "account.nothere? expand",
        "?.x? select",
      ]
    ),
    (
      "$expand=tasks($select=subject;$filter=ownerid/age gt 1 and due ne null;$orderby=due;$top=3)",
      [
        "account.tasks expand", "task.subject select", "task.due order", "contact.age filter gt 1 ownerid",
        "task.due filter ne 1", "task.ownerid lookup",
      ]
    ),
    (
      "$expand=primarycontactid($expand=parentid($expand=tasks($select=due)),tasks)&$filter=size eq 1",
      [
        "account.size filter eq 1", "account.primarycontactid expand", "contact.parentid expand",
        "account.tasks expand", "task.due select", "contact.tasks expand",
      ]
    ),
    ("$expand=primarycontactid($skip=1;$count=true)", ["account.primarycontactid expand"]),
    (
      "$expand=tasks($filter=Microsoft.Dynamics.CRM.Today(PropertyName=@p))&@p='due'",
      ["account.tasks expand", "task.due filter Today 0"]
    ),
    // $apply.
    ("$apply=aggregate($count as n)", ["count=n"]),
    (
      "$apply=aggregate(revenue with sum as s,primarycontactid/age with average as a)",
      ["account.primarycontactid group", "account.revenue sum=s", "contact.age average=a primarycontactid"]
    ),
    (
      "$apply=groupby((name,primarycontactid/fullname),aggregate(size with max as m,$count as n))",
      [
        "account.primarycontactid group", "account.name group=name",
        "contact.fullname group=contact_fullname primarycontactid", "account.size max=m", "count=n",
      ]
    ),
    (
      "$apply=filter(size gt 1)/filter(tasks/any(t:t/due eq null))/groupby((nothere))&$top=3&$count=true",
      [
        "account.size apply0 gt 1", "task.due apply1 eq 1 tasks", "account.tasks any",
        "account.nothere? group=nothere",
      ]
    ),
    ("$apply=groupby((nothere/x))", ["account.nothere? group", "?.x? group=x nothere"]),
    ("$apply=groupby((size),aggregate(size with min as low))", ["account.size group=size", "account.size min=low"]),
  ])
  func resolves(_ options: String, _ expected: [String]) throws {
    let resolution = try Sample.resolve("accounts?\(options)")
    #expect(resolution.uses == expected)
    #expect(resolution.obscurities.isEmpty)
  }

  @Test(arguments: [
    ("accounts(00000000-0000-0000-0000-000000000001)", ["account.accountid key eq 1"]),
    ("accounts(accountid=00000000-0000-0000-0000-000000000001)", ["account.accountid key eq 1"]),
    ("accounts(code='a')", ["account.code key eq 1"]),
    (
      "accounts(name=@n,_primarycontact_value=00000000-0000-0000-0000-000000000001)?@n='b'",
      ["account.name key eq 1", "account._primarycontact_value key eq 1"]
    ),
    (
      "accounts(code='a')?$select=name&$expand=tasks",
      ["account.name select", "account.code key eq 1", "account.tasks expand"]
    ),
    ("nothere?$select=a&$filter=b/c eq 1", ["?.a? select", "?.c? filter eq 1 b", "?.b? lookup"]),
  ])
  func resolvesKeys(_ query: String, _ expected: [String]) throws {
    let resolution = try Sample.resolve(query)
    #expect(resolution.uses == expected)
    #expect(resolution.obscurities.isEmpty)
  }

  /// Each part that no column can be made of, with its text.
  @Test(
    arguments: [
      ("$filter=size eq tasks/x", .comparison, "size eq tasks/x"),
      ("$filter=name eq primarycontactid/fullname", .comparison, "name eq primarycontactid/fullname"),
      ("$filter=primarycontactid/fullname eq primarycontactid/parentid/name", .comparison, nil),
      ("$filter=1 eq size", .comparison, "1 eq size"), ("$filter=tasks/x eq 1", .comparison, "tasks/x eq 1"),
      ("$filter=size eq (size add 1)", .comparison, nil),
      ("$filter=primarycontactid/Ns.Type/age eq 1", .comparison, nil), ("$filter=$it/size eq 1", .comparison, nil),
      ("$filter=tasks/$count gt 1", .comparison, "tasks/$count gt 1"),
      ("$filter=primarycontactid/any(c:c/age eq 1)", .path, "primarycontactid/any(c:c/age eq 1)"),
      ("$filter=tasks/steps/any()", .path, "tasks/steps/any()"), ("$filter=tasks/Ns.T/any()", .path, nil),
      ("$filter=primarycontactid/isactive", .path, nil), ("$filter=$it/tasks/any()", .path, nil),
      // A name in a lambda has to be of its own variable.
      ("$filter=tasks/any(t:size eq 1)", .comparison, "size eq 1"),
      ("$filter=tasks/any(t:t/subject eq name)", .comparison, "t/subject eq name"),
      ("$filter=tasks/any(t:t/steps/any(s:t/subject eq 'a'))", .comparison, "t/subject eq 'a'"),
      ("$filter=tasks/any(t:t/steps/any(s:s/subject eq t/subject))", .comparison, "s/subject eq t/subject"),
      ("$filter=tasks/any(t:tasks/any(s:s/subject eq t/subject))", .path, "tasks/any(s:s/subject eq t/subject)"),
      ("$filter=tasks/any(t:t/any())", .path, "t/any()"), ("$filter=tasks/any(t:t eq 1)", .comparison, "t eq 1"),
      ("$filter=tasks/any(t:Microsoft.Dynamics.CRM.Today(PropertyName='due'))", .function, nil),
      ("$filter=tasks/any(t:true)", .bareOperand, "true"),
      ("$filter=tasks/any(t:contains(subject,'a'))", .function, "contains(subject,'a')"),
      ("$orderby=primarycontactid/fullname", .order, "primarycontactid/fullname"),
      ("$orderby=tasks/$count", .order, "tasks/$count"),
      ("$select=primarycontactid/fullname", .select, "primarycontactid/fullname"), ("$select=*", .select, "*"),
      ("$expand=*", .expand, "*"), ("$expand=tasks/$ref", .expand, "tasks/$ref"),
      ("$expand=tasks/$count", .expand, "tasks/$count"), ("$expand=primarycontactid/tasks", .expand, nil),
      ("$expand=Ns.T/tasks", .expand, "Ns.T/tasks"), ("$expand=tasks($levels=2)", .expand, "$levels=2"),
      ("$expand=tasks($search=a)", .expand, "$search=a"),
      ("$expand=tasks($compute=due as x)", .expand, "$compute=due as x"),
      ("$expand=tasks($select=*)", .select, "*"), ("$expand=tasks($filter=true)", .bareOperand, "true"),
      ("$expand=tasks($filter=due eq @a)", .alias, "due eq @a"),
      ("$apply=filter(size eq 1)", .apply, "$apply=filter(size eq 1)"), ("$apply=identity", .apply, nil),
      ("$apply=groupby((size))/filter(size eq 1)", .apply, "filter(size eq 1)"),
      ("$apply=groupby((size))/aggregate($count as n)", .apply, "aggregate($count as n)"),
      ("$apply=groupby((size),filter(name eq 'a'))", .apply, "filter(name eq 'a')"),
      ("$apply=groupby((size),aggregate($count as n)/aggregate($count as m))", .apply, "aggregate($count as m)"),
      ("$apply=groupby((tasks/due))", .apply, "tasks/due"), ("$apply=groupby((rollup(name,size)))", .apply, nil),
      ("$apply=aggregate(size with countdistinct as n)", .apply, "size with countdistinct as n"),
      ("$apply=aggregate(size with Ns.m as n)", .apply, nil), ("$apply=aggregate(tasks/$count as n)", .apply, nil),
      ("$apply=aggregate(size add 1 with sum as n)", .apply, "size add 1 with sum as n"),
      ("$apply=aggregate(size with sum from name with average as s)", .apply, nil),
      ("$apply=aggregate(tasks/due with max as m)", .apply, "tasks/due with max as m"),
      ("$apply=groupby((size),aggregate(rate with sum as size))", .apply, nil),
      ("$apply=aggregate(size with sum as a,$count as a)", .apply, nil),
      ("$apply=aggregate($count as n)&$orderby=n", .apply, "$orderby=n"),
      ("$apply=aggregate($count as n)&$filter=n gt 1", .apply, "$filter=n gt 1"),
      ("$apply=aggregate($count as n)&$select=n", .apply, "$select=n"),
      ("$apply=aggregate($count as n)&$expand=tasks", .apply, "$expand=tasks"),
      ("$apply=filter(true)/aggregate($count as n)", .bareOperand, "true"),
      ("$apply=compute(size as x)/aggregate($count as n)", .apply, "compute(size as x)"),
      ("$apply=filter(size eq 1)/concat(aggregate($count as n),identity)/aggregate($count as n)", .apply, nil),
    ] as [(String, Obscurity.Reason, String?)])
  func keepsWhatItCannotResolve(_ options: String, _ reason: Obscurity.Reason, _ text: String?) throws {
    let query = "accounts?\(options)".replacing(" ", with: "%20")
    let obscurities = try Sample.resolve(query).obscurities
    #expect(obscurities.map(\.reason).first == reason && Set(obscurities.map(\.reason)).count == 1)
    guard let text, let span = obscurities.first?.span else { return }
    let found = String(decoding: Array(query.utf8)[span.range], as: UTF8.self)
    #expect(found.replacing("%20", with: " ") == text)
  }

  /// The level of each expanded item knows where it stands, so that its options can be found and changed.
  @Test func levelsKnowTheirItems() throws {
    let uri = try Parser(settings: .dataverse).relativeURI(
      "accounts?$expand=tasks/$ref,tasks($filter=due eq null),primarycontactid($expand=*,parentid)")
    let root = QueryResolver(schema: Sample.schema).resolve(uri).root
    #expect(root.item == nil && root.expands.map(\.item) == [1, 2])
    #expect(root.expands[1].expands.map(\.item) == [1])
    let items = try #require(uri.options.expand).value
    let filter = try #require(items[1].options.filter).value
    let condition = try #require(root.expands[0].conditions.first)
    #expect(condition.origin == .filter && filter.span(of: condition.node) == condition.span)
  }

  /// A condition can be put beside what goes through a navigation property.
  @Test func navigationsKnowTheirNodes() throws {
    let uri = try Parser(settings: .dataverse).relativeURI(
      "accounts?$apply=filter(tasks/any(t:t/ownerid/age eq 1))/aggregate($count as n)")
    let root = QueryResolver(schema: Sample.schema).resolve(uri).root
    guard case .filter(let filter)? = uri.options.apply?.value.first?.kind else {
      Issue.record("no filter")
      return
    }
    let condition = try #require(root.conditions.first)
    #expect(condition.origin == .apply(transformation: 0) && condition.lambda == filter.root)
    #expect(root.navigations.map(\.origin) == [.apply(transformation: 0), .apply(transformation: 0)])
    #expect(root.navigations.map(\.node) == [filter.root, condition.node])
    for navigation in root.navigations {
      let step = try #require(navigation.step)
      guard case .member(_, let name) = filter[step] else {
        Issue.record("no step")
        continue
      }
      #expect(name == navigation.name)
    }
  }

  /// Everything at every level counts.
  @Test(arguments: [
    ("accounts?$expand=tasks", 0, 0, 0, 1, 1), ("accounts?$expand=tasks,lists", 0, 0, 0, 2, 1),
    ("accounts?$expand=tasks($expand=ownerid,steps),lists", 0, 0, 0, 4, 2),
    ("accounts?$filter=size eq 1&$expand=tasks($filter=due eq null or due eq null;$orderby=due)", 11, 2, 2, 1, 1),
    ("accounts?$filter=tasks/any(t:t/due eq null or t/due eq null or t/due eq null)", 16, 3, 3, 0, 0),
    ("accounts?$filter=primarycontactid/age eq 1", 4, 1, 0, 0, 0),
    ("accounts?$apply=filter(size eq 1 or size eq 2)/aggregate(size with sum as s)", 8, 2, 2, 0, 0),
    ("accounts(code='a')", 1, 0, 0, 0, 0), ("accounts?$select=name,size", 0, 0, 0, 0, 0),
  ])
  func measures(
    _ query: String, _ nodes: Int, _ depth: Int, _ width: Int, _ expands: Int, _ expandDepth: Int
  ) throws {
    let measure = try Sample.resolve(query).measure
    #expect(measure.nodes == nodes)
    #expect(measure.depth == depth)
    #expect(measure.widestOr == width)
    #expect(measure.expands == expands && measure.expandDepth == expandDepth)
  }

  @Test func measuresListsOfLevels() throws {
    let query = """
      accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a'])&\
      $expand=tasks($filter=Microsoft.Dynamics.CRM.In(PropertyName='subject',PropertyValues=['a','b']))
      """
    #expect(try Sample.resolve(query).measure.longestList == 2)
  }

  /// Queries that were built can nest deeper than the parser lets them: they end in an obscurity, not in a crash.
  @Test(arguments: [(32, 0), (33, 1)])
  func nestingEnds(_ depth: Int, _ obscurities: Int) {
    var item = ExpandItem(["steps"])
    for _ in 1..<depth { item = ExpandItem(["steps"], options: QueryOptions(expand: Spanned([item]))) }
    let query = RelativeURI(
      path: [PathSegment(.name("tasks", keys: nil))], options: QueryOptions(expand: Spanned([item])))
    let resolution = QueryResolver(schema: Sample.schema).resolve(query)
    #expect(resolution.obscurities.map(\.reason) == Array(repeating: .expand, count: obscurities))
    #expect(resolution.measure.expandDepth == depth)
  }

  @Test func sharedNodesEnd() {
    // Each `and` has the one before it on both sides: two to the power of 60 ways to the first.
    var filter = Expression(.literal(.boolean(true)))
    for _ in 0..<60 { filter.root = filter.append(.binary(.and, filter.root, filter.root)) }
    let query = RelativeURI(
      path: [PathSegment(.name("tasks", keys: nil))], options: QueryOptions(filter: Spanned(filter)))
    #expect(!QueryResolver(schema: Sample.schema).resolve(query).obscurities.isEmpty)
  }
}
