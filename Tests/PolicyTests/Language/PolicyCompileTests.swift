import Dataverse
import ODataURL
import Policy
import Testing
import YAMLFile

/// What the stages make of sound policies.
@Suite struct PolicyCompileTests {
  /// Characters, not bytes.
  @Test func thePlaceInAPatternIsACharacter() {
    let text = languagePolicyText.replacing(
      "filter: [eq, In] }", with: #"filter: [eq, In], value: { pattern: "éé[a-" } }"#)
    #expect(renderedMistakes(text).contains("at character 6 of it."))
  }

  /// A scope's row filter is looked at beside the table's.
  @Test func aScopeCannotContradictItsTable() {
    let text = languagePolicyText.replacing(
      "rowFilters: { msdynci_unifiedactivity",
      with: "rowFilters: { msdynci_customerprofile: \"msdynci_city eq null\", msdynci_unifiedactivity")
    #expect(renderedMistakes(text).contains("want `msdynci_city` to be two different things at once"))
  }

  /// Groups and alternatives have a shortest text, too.
  @Test func aPatternLongerThanItsBoundIsNone() {
    let text = languagePolicyText.replacing(
      "filter: [eq, In] }", with: #"filter: [eq, In], value: { pattern: "(?:ab|cde){3}", maxLength: 5 } }"#)
    #expect(renderedMistakes(text).contains("No text that matches the pattern is 5 or shorter."))
    #expect(renderedMistakes(text.replacing("maxLength: 5", with: "maxLength: 6")) == "")
  }

  /// `column` needs something to compare with: a column of a type that Dataverse compares with its own, or members of JSON,
  /// which are in a column of text that is read beside this one.
  @Test(arguments: [
    ("city: { filter: [eq, column] }, email: { filter: [eq, column] }, birthdate: { select: true }", true),
    ("city: { filter: [eq, column] }, email: { filter: [eq] }", false),
    ("createdon: { select: true, filter: [ge, column] }, modifiedon: { filter: [le, column] }", true),
    // Of two types that Dataverse does not compare.
    ("createdon: { filter: [ge, column] }, birthdate: { filter: [ge, column] }", false),
    ("lifetimevalue: { filter: [ge, column] }, city: { filter: [eq, column] }", false),
    // Of any type, where both are read.
    ("lifetimevalue: { select: true, filter: [ge, column] }, city: { select: true }", true),
    ("city: { select: true, filter: [eq, column] }, email: { select: true }", true),
    ("lifetimevalue: { filter: [ge, column] }, city: { select: true }", false),
    ("lifetimevalue: { select: true, filter: [ge, column] }, city: { filter: [eq] }", false),
    ("lifetimevalue: { select: true, filter: [ge, column] }, birthdate: { select: true }", false),
    ("city: { select: true, filter: [eq, column] }", false),
  ])
  func columnsAreComparedWithSomething(columns: String, isSound: Bool) {
    let named = columns.replacing(/[a-z]+: \{/) { match in
      match.output.hasSuffix("on: {") ? String(match.output) : "msdynci_\(match.output)"
    }
    for options in ["[$select, $filter]", "[$select, $apply], apply: [filter, aggregate]"] {
      let text = """
        version: 1
        name: r
        options: [$select, $filter]
        tables:
          msdynci_customerprofile: { ttl: 1m, options: \(options), columns: { \(named) } }
        scopes: { default: {} }

        """
      let mistakes = renderedMistakes(text)
      let isOfTwo = columns.matches(of: /column\]/).count == 2
      #expect(
        mistakes.contains("no other column of this type has the word `column`")
          == !(isSound && (isOfTwo || options.contains("$filter"))), "\(mistakes)")
      if isSound, options.contains("$filter") { #expect(mistakes == "") }
    }
  }

  /// A file of nothing but mistakes is refused in time: nobody reads more of them than are shown.
  @Test func helpEndsWithWhatIsShown() throws {
    let keys = (0..<20_000).map { "msdynci_kez\($0): 1\n" }.joined()
    do throws(DiagnosticList) {
      _ = try Policy.load(text: keys, file: "p.yaml", schema: sampleSchema)
      Issue.record("loaded")
    } catch {
      #expect(error.diagnostics.count == DiagnosticList.most && error.omitted > 19_000)
    }
  }
  private func strict() throws -> Policy {
    try Policy.load(
      text: projectText("policies/examples/strict.yaml"), file: "strict.yaml", schema: sampleSchema)
  }

  @Test func freezesThePolicy() throws {
    let policy = try strict()
    #expect(policy.missingSelect == .deny)
    #expect(policy.preferences == ["odata.maxpagesize", "odata.include-annotations"])
    #expect(policy.ignoredHeaders == ["consistency"])
    #expect(policy.limits.expands == 2 && policy.limits.expandDepth == 1 && policy.limits.expandTop == 50)
    #expect(policy.settings["policy.literal"] == RuleSetting(mode: .report))
    #expect(policy.settings["DV107"] == RuleSetting(mode: .off))
    #expect(
      policy.settings["policy.requires"]
        == RuleSetting(
          mode: .deny,
          help: RuleHelp(
            message: "Say which customer: msdynci_customerid eq '…'.",
            link: "https://wiki.example/customer-data#lookup")))
    #expect(policy.settings["policy.table"] == nil)
  }

  @Test func metadataIsChosen() throws {
    let text = try projectText("policies/examples/strict.yaml")
    #expect(try strict().metadata == Set(MetadataDocument.allCases))
    for (list, expected) in [
      ("[]", []), ("[$metadata]", [.csdl]), ("[service, EntityDefinitions]", [.service, .definitions]),
    ]
      as [(String, Set<MetadataDocument>)]
    {
      let policy = try Policy.load(text: "metadata: \(list)\n\(text)", file: "strict.yaml", schema: sampleSchema)
      #expect(policy.metadata == expected)
    }
  }

  @Test func freezesTables() throws {
    let scope = try #require(try strict().scope("default"))
    let customers = try #require(scope.table(named: "msdynci_customerprofile"))
    #expect(customers.requirements == [Requirement(columns: ["msdynci_customerid", "msdynci_email"])])
    #expect(customers.help?.link == "https://wiki.example/customer-data")
    #expect(
      customers.navigations["msdynci_customer_unifiedactivity"].map { [$0.isExpandable, $0.isFilterable] }
        == [true, false])
    #expect(customers.navigations["msdynci_customer_unifiedactivity"]?.top == 20)
    #expect(customers.column("msdynci_birthdate")?.allowsAnnotations == false)
    #expect(!customers.annotated.contains("msdynci_birthdate") && customers.annotated.contains("msdynci_email"))
    let activities = try #require(scope.table(named: "msdynci_unifiedactivity"))
    #expect(activities.transformations == [.filter, .groupby, .aggregate])
    #expect(activities.column("msdynci_activitytype")?.isGroupable == true)
    #expect(activities.column("msdynci_activitytime")?.methods == [.min, .max])
    #expect(activities.column("msdynci_activitytype")?.allowsNull == true)
    #expect(activities.navigations["msdynci_lookupfield_customer"]?.top == nil)
  }

  /// The formatted value of a lookup is the name of a row that may not be allowed.
  @Test(arguments: [
    ("", false), (", annotate: true", true), (", annotate: false", false),
  ]) func lookupsHaveNoAnnotationsByThemselves(annotate: String, expected: Bool) throws {
    let policy = try Policy.load(
      text: """
        version: 1
        name: p
        limits: { top: 10, pageSize: 10 }
        options: [$select, $top]
        annotations: [OData.Community.Display.V1.FormattedValue]
        tables:
          msdynci_unifiedactivity:
            ttl: 1m
            columns:
              msdynci_activityid: { select: true }
              _msdynci_lookupfield_customer_value: { select: true\(annotate) }
        scopes:
          default: { tables: { msdynci_unifiedactivity: all } }
        """, file: "p.yaml", schema: sampleSchema)
    let rule = try #require(policy.scope("default")?.table(named: "msdynci_unifiedactivity"))
    #expect(rule.annotated.contains("_msdynci_lookupfield_customer_value") == expected)
    #expect(rule.annotated.contains("msdynci_activityid"))
  }

  @Test func freezesScopes() throws {
    let policy = try strict()
    let shop = try #require(policy.scope("shop"))
    let customers = try #require(shop.table(named: "msdynci_customerprofile"))
    #expect(customers.rowFilters.map(\.claims) == [["country"], []])
    #expect(customers.columns.map(\.column.propertyName).contains("msdynci_birthdate") == false)
    let activities = try #require(shop.table(named: "msdynci_unifiedactivity"))
    #expect(activities.rowFilters.map(\.claims) == [["shop"]])
    #expect(activities.requirements == [Requirement(columns: ["msdynci_customerid", "msdynci_activityid"])])
    #expect(shop.limits.top == 20 && shop.limits.listItems == 5 && shop.limits.nodes == 60)
    #expect(policy.scopes.filter(\.isReportOnly).map(\.name) == ["trial"])
    #expect(policy.scope("default")?.table(named: "msdynci_unifiedactivity")?.requirements.isEmpty == true)
  }

  private func small(_ table: String, scopes: String) throws -> Policy {
    let text = """
      version: 1
      name: small
      limits: { expandTop: 40 }
      options: [$select, $filter, $expand]
      tables:
        msdynci_customerprofile:
          ttl: 1m
      \(table)
          columns: { msdynci_customerid: { select: true, filter: [eq] } }
          navigations:
            msdynci_customer_unifiedactivity: { expand: true }
            msdynci_customer_enrichment: { expand: true, filter: true, top: 30 }
        msdynci_unifiedactivity:
          ttl: 1m
          options: [$select]
          columns: { msdynci_title: { select: true } }
        msdynci_enrichment:
          ttl: 1m
          options: [$select]
          columns: { msdynci_values: { select: true } }
      scopes:
        default: {}
      \(scopes)
      """
    return try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
  }

  @Test func waysToTablesThatAScopeLacksAreDropped() throws {
    let policy = try small(
      "",
      scopes: """
          a: { tables: { msdynci_customerprofile: all, msdynci_unifiedactivity: all } }
          b: { inherit: a, tables: { msdynci_customerprofile: all } }
          c: { limits: { expandTop: 10 } }
        """)
    func navigations(_ scope: String) -> [String: Int?]? {
      policy.scope(scope)?.table(named: "msdynci_customerprofile")?.navigations.mapValues(\.top)
    }
    #expect(
      navigations("default") == ["msdynci_customer_unifiedactivity": 40, "msdynci_customer_enrichment": 30])
    #expect(navigations("a") == ["msdynci_customer_unifiedactivity": 40])
    #expect(navigations("b") == [:])
    #expect(navigations("c") == ["msdynci_customer_unifiedactivity": 10, "msdynci_customer_enrichment": 10])
    #expect(policy.tables[0].navigations.count == 2)
  }

  /// With its table it is as if `optional` were not there; without, as if nothing about the table were.
  @Test(arguments: ["msdynci_contactprofile", "msdynci_nowhere"])
  func anOptionalTableIsLeftOutWhereItIsNot(_ name: String) throws {
    let isThere = sampleSchema.table(named: name) != nil
    func text(_ optional: String) -> String {
      """
      version: 1
      name: p
      options: [$select, $filter]
      annotations: []
      tables:
        msdynci_customerprofile: { ttl: 1m, columns: { msdynci_customerid: { select: true } } }
        \(name):
          \(optional)
          ttl: 1m
          columns: { msdynci_customerid: { select: true, filter: [eq] }, msdynci_identifier: { select: true } }
          rowFilter: "msdynci_customerid eq 'a'"
      scopes:
        default: {}
        narrow: { tables: { msdynci_customerprofile: all, \(name): [msdynci_identifier] } }
        more:
          rowFilters: { \(name): "msdynci_identifier eq 'b'" }
          requires: { \(name): { oneOf: [msdynci_customerid] } }
      """
    }
    let policy = try Policy.load(text: text("optional: true"), file: "p.yaml", schema: sampleSchema)
    #expect(policy.tables.count == (isThere ? 2 : 1))
    #expect(policy.scopes.map(\.tables.count) == (isThere ? [2, 2, 2] : [1, 1, 1]))
    for other in ["optional: false", ""] {
      let loaded = Result { try Policy.load(text: text(other), file: "p.yaml", schema: sampleSchema) }
      #expect((try? loaded.get())?.tables.count == (isThere ? 2 : nil))
    }
  }

  @Test func scopesMayComeInAnyOrder() throws {
    let policy = try small(
      "",
      scopes: """
          c: { inherit: b, limits: { top: 3 } }
          b: { inherit: a, limits: { top: 4 }, tables: { msdynci_customerprofile: all } }
          a: { limits: { top: 5, nodes: 9 } }
        """)
    #expect(policy.scopes.map(\.name) == ["default", "c", "b", "a"])
    #expect(policy.scopes.map(\.limits.top) == [500, 3, 4, 5] && policy.scope("c")?.limits.nodes == 9)
    #expect(policy.scopes.map(\.tables.count) == [3, 1, 1, 3])
  }

  /// A chain of scopes as long as may be, and one more.
  @Test(arguments: [1_000, 1_001]) func manyScopes(_ count: Int) throws {
    let chain = (1..<count).map { "  s\($0): { inherit: \($0 == 1 ? "default" : "s\($0 - 1)") }" }
    let scopes = chain.reversed().joined(separator: "\n")
    guard count == 1_000 else {
      #expect(throws: DiagnosticList.self) { try small("", scopes: scopes) }
      return
    }
    #expect(try small("", scopes: scopes).scopes.count == 1_000)
  }

  /// Filters as they are frozen, in the notation of the parser, with dots for what the caller brings.
  @Test(
    arguments: [
      ("msdynci_city eq @caller.city", "msdynci_city eq @caller.city", ["city"]),
      ("msdynci_city ne null and not (msdynci_lifetimevalue gt 5 or msdynci_birthdate eq 2000-01-01)", nil, []),
      ("contains(msdynci_city,'@caller.city''') and msdynci_email eq @caller.e_mail1", nil, ["e_mail1"]),
      (
        #"Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=["a@caller.b\"",@caller.c,@caller.d])"#,
        #"Microsoft.Dynamics.CRM.In(PropertyName='msdynci_city',PropertyValues=["a@caller.b\"",@caller.c,@caller.d])"#,
        ["c", "d"]
      ),
      ("_ownerid_value eq @caller.owner and createdon gt 2020-01-01T00:00:00Z", nil, ["owner"]),
      ("Microsoft.Dynamics.CRM.LastXDays(PropertyName='createdon',PropertyValue=7)", nil, []),
    ] as [(String, String?, [String])])
  func readsRowFilters(_ text: String, _ printed: String?, _ claims: [String]) throws {
    let yaml = "    rowFilter: '\(text.replacing("'", with: "''"))'"
    let policy = try small(yaml, scopes: "")
    let filter = try #require(policy.tables[0].rowFilters.first)
    #expect(filter.claims == Set(claims))
    #expect(filter.expression.spans.allSatisfy { $0 == .none })
    let query = RelativeURI(
      path: [PathSegment(.name("s", keys: nil))], options: QueryOptions(filter: Spanned(filter.expression)))
    #expect(decoded(query.printed()).dropFirst("s?$filter=".count) == printed ?? text)
  }

  /// Over several lines, folded or not.
  @Test(arguments: ["|", ">", ">-"]) func readsRowFiltersOfSeveralLines(_ style: String) throws {
    let policy = try small(
      "    rowFilter: \(style)\n      msdynci_city eq 'x'\n      and msdynci_email eq @caller.mail\n", scopes: "")
    #expect(policy.tables[0].rowFilters.first?.claims == ["mail"])
  }

  /// 100 tables of 20 columns: found by index, so that it takes no time to speak of.
  @Test func compilesALargePolicy() throws {
    var tables: [Table] = []
    var text = "version: 1\nname: large\noptions: [$select, $filter, $orderby, $top, $expand]\ntables:\n"
    for number in 0..<100 {
      let name = "new_table\(number)"
      let next = "new_table\((number + 1) % 100)"
      let columns = (0..<20).map { index in
        Column("new_column\(index)", index % 4 == 3 ? .decimal : .text, displayName: "C\(index)")
      }
      tables.append(
        Table(
          logicalName: name, entitySetName: "\(name)s", primaryKey: "\(name)id", primaryName: "new_column0",
          columns: columns, navigations: [NavigationProperty("new_next", target: next, isCollection: true)]))
      text += "  \(name):\n    ttl: 5m\n    requires: { oneOf: [new_column0] }\n"
      text += "    rowFilter: \"new_column1 eq @caller.region and new_column2 ne null\"\n"
      text += "    navigations: { new_next: { expand: true, top: 10 } }\n    columns:\n"
      for column in columns {
        text += "      \(column.propertyName): { select: true, order: true, "
        text +=
          column.type == .text
          ? "filter: [eq, In, startswith], value: { pattern: \"[0-9a-z]{1,32}\" } }\n" : "filter: [gt, lt] }\n"
      }
    }
    text += "scopes:\n  default: {}\n  half:\n    tables:\n"
    for number in 0..<50 { text += "      new_table\(number): [new_column0, new_column1]\n" }
    let policy = try Policy.load(text: text, file: "large.yaml", schema: Schema(tables: tables))
    #expect(policy.tables.count == 100)
    #expect(
      policy.tables.allSatisfy { $0.columns.count == 20 && $0.navigations.count == 1 && $0.rowFilters.count == 1 })
    let half = try #require(policy.scope("half"))
    #expect(half.tables.count == 50 && half.tables.allSatisfy { $0.columns.count == 2 })
    // The last of them leads to a table that the scope lacks.
    #expect(half.tables.map(\.navigations.count).reduce(0, +) == 49)
  }

  @Test(
    arguments: [
      ("[0-9a-f]{32}", 32, 32), ("[0-9A-Za-z-]+", 1, nil), ("a?b{2,3}c*", 2, nil), (#"\d\.\-x{0,4}"#, 3, 7),
      ("", 0, 0), ("[]a]{2}[^]b]", 3, 3), (#"[\]]{1,}?"#, 1, nil), ("é{2}+", 2, 2),
    ] as [(String, Int, Int?)])
  func lengthsOfPatterns(_ pattern: String, _ least: Int, _ most: Int?) throws {
    func loads(_ shape: String) -> Bool {
      let text = """
        version: 1
        name: p
        options: [$select, $filter]
        tables:
          msdynci_customerprofile:
            ttl: 1m
            columns:
              msdynci_customerid: { select: true, filter: [eq], value: { pattern: '\(pattern)', \(shape) } }
        scopes: { default: {} }
        """
      return (try? Policy.load(text: text, file: "p.yaml", schema: sampleSchema)) != nil
    }
    if least > 1 { #expect(!loads("maxLength: \(least - 1)")) }
    #expect(loads("maxLength: \(max(1, least))"))
    if let most, most > 0 { #expect(loads("minLength: \(most)")) }
    #expect(loads("minLength: \((most ?? 398) + 1)") == (most == nil))
  }

  /// Patterns that are not plain rows of characters say nothing of lengths beyond the shortest that PCRE2 tells.
  @Test(arguments: ["(a)", "a|bcd", #"\Qa\E"#, #"\x{41}"#, "[[:alpha:]]", "a(?=b)", "a{2,1}?|b"])
  func patternsOfOtherKindsAreLeftAlone(_ pattern: String) throws {
    let text = """
      version: 1
      name: p
      options: [$select, $filter]
      tables:
        msdynci_customerprofile:
          ttl: 1m
          columns:
            msdynci_customerid: { select: true, filter: [eq], value: { pattern: '\(pattern)', maxLength: 1 } }
      scopes: { default: {} }
      """
    do throws(DiagnosticList) {
      _ = try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
    } catch {
      #expect(error.diagnostics.allSatisfy { $0.message.hasPrefix("The pattern is not one") })
    }
  }
}
