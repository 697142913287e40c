import TestSupport
import Dataverse
import Policy
import Testing
import YAMLFile

/// A policy with every key that there is.
private let everything = #"""
  version: 1
  name: everything
  limits: { top: 100, pageSize: 100, urlBytes: 4096, nodes: 60, depth: 4, orWidth: 10, listItems: 20,
            selectColumns: 20, filterLiteralLength: 400, expands: 3, expandDepth: 2, expandTop: 50,
            pathDepth: 2 }
  options: [$select, $filter, $orderby, $top, $count, $skiptoken, /$count, $apply, key]
  missingSelect: inject
  annotations: [OData.Community.Display.V1.FormattedValue]
  prefer: [odata.maxpagesize, odata.include-annotations]
  metadata: [service, $metadata]
  headers: [Consistency, mscrm.bypasscustompluginexecution]
  tables:
    msdynci_customerprofile:
      ttl: 1m
      options: [$select, $expand, $filter]
      requires: [{ oneOf: [msdynci_customerid] }]
      rowFilter: "msdynci_city eq @caller.city"
      message: "One by one."
      link: "https://wiki.example/a"
      logLiterals: hashed
      columns:
        msdynci_customerid:
          select: true
          filter: { eq: { minLength: 2, maxLength: 32, pattern: "[0-9a-f]+" }, In: {} }
          value: { unescapeQuotes: false }
        msdynci_nick: { type: text, displayName: Nick, select: true, order: false, annotate: false }
      navigations:
        msdynci_customer_unifiedactivity: { expand: true, filter: true, top: 20, depth: 1 }
    msdynci_unifiedactivity:
      ttl: 30s
      alternateKeys: [[msdynci_customerid, msdynci_activitytype]]
      requires: { oneOf: [msdynci_customerid] }
      apply: [filter, groupby, aggregate]
      columns:
        msdynci_customerid: { select: true, filter: [eq] }
        msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [min, max] }
        msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
      navigations:
        msdynci_lookupfield_customer: { filter: true }
    msdynci_enrichment:
      ttl: 30s
      optional: true
      columns: { msdynci_values: { select: true } }
      navigations: { msdynci_lookupfield_customer: { filter: true } }
  scopes:
    default: {}
    inner:
      inherit: default
      tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_unifiedactivity: all }
      rowFilters: { msdynci_unifiedactivity: "msdynci_title ne null" }
      requires: { msdynci_unifiedactivity: { oneOf: [msdynci_customerid] } }
      limits: { top: 50 }
      reportOnly: true
  rules:
    policy.literal: { mode: report, message: "Three.", link: "http://wiki.example" }
    DV101: { mode: "off" }
    DV003: { mode: deny }

  """#

/// No more than the text needs: it is loaded many times.
private let fewTables = Schema(
  tables: sampleSchema.tables.filter { everything.contains("  \($0.logicalName):") }.map { table in
    Table(
      logicalName: table.logicalName, entitySetName: table.entitySetName, primaryKey: table.primaryKey,
      primaryName: table.primaryName, columns: table.columns.filter { everything.contains($0.propertyName) },
      navigations: table.navigations)
  })

/// The schema for editors and the loader have to say the same of every file.
@Suite struct PolicySchemaTests {
  private let agreement: SchemaAgreement
  private var validator: SchemaValidator { agreement.validator }

  init() throws {
    agreement = try SchemaAgreement(schema: try projectText("policies/policy.schema.json"), sample: everything) {
      text in
      do throws(DiagnosticList) {
        _ = try Policy.load(text: text, file: "p.yaml", schema: fewTables)
        return []
      } catch {
        return error.diagnostics
      }
    }
  }

  @Test(arguments: ["policies/customer-insights.yaml", "policies/examples/strict.yaml"])
  func admitsWhatShips(_ file: String) throws {
    let text = try projectText(file)
    #expect(text.hasPrefix("# yaml-language-server: $schema="))
    #expect(validator.admits(JSONValue(try YAMLDocument(text: text, file: file).root)))
    _ = try Policy.load(text: text, file: file, schema: sampleSchema)
  }

  @Test func admitsEveryKey() {
    #expect(agreement.mistakesOfSample == [])
    #expect(validator.admits(agreement.sample))
    #expect(validator.unknownKeywords.isEmpty)
    let keys = agreement.keys.filter { !$0.contains(/\.(policy\.|DV)/) }
    #expect(
      keys.subtracting(validator.used) == [
        "fixedRule.link", "fixedRule.message", "adviceRule.link", "adviceRule.message",
      ])
  }

  /// The loader names the keys that it knows where it meets another; they are the schema's, no more and no less.
  @Test(arguments: [
    ("", ""), ("limits", "limits"), ("tables.msdynci_customerprofile", "table"),
    ("tables.msdynci_customerprofile.columns.msdynci_customerid", "column"),
    ("tables.msdynci_customerprofile.columns.msdynci_customerid.value", "shape"),
    ("tables.msdynci_customerprofile.columns.msdynci_customerid.filter.eq", "shape"),
    ("tables.msdynci_customerprofile.navigations.msdynci_customer_unifiedactivity", "navigation"),
    ("tables.msdynci_unifiedactivity.requires", "requirement"), ("scopes.inner", "scope"),
    ("scopes.inner.limits", "limits"), ("rules.DV101", "adviceRule"), ("rules.DV003", "fixedRule"),
    ("rules.policy/literal", "reportableRule"),
  ])
  func knowsTheSameKeys(_ path: String, _ definition: String) throws {
    let steps = path.split(separator: ".").map { JSONValue.Step.name(String($0).replacing("/", with: ".")) }
    let keys = try #require(agreement.knownKeys(at: steps, definition))
    #expect(keys.loader == keys.schema)
  }

  @Test func knowsTheSameWords() throws {
    func words(_ value: JSONValue?) -> Set<String> { Set((value?["enum"]?.items ?? []).compactMap(\.word)) }
    let table = validator.definition("table")?["properties"]
    let column = validator.definition("column")?["properties"]
    #expect(words(validator.definition("options")?["items"]) == Set(QueryOption.allCases.map(\.rawValue)))
    #expect(
      words(validator.definition("operation")) == Set(Condition.Operation.words + ["not", "isNull", "column"]))
    #expect(words(table?["apply"]?["items"]) == Set(TransformationKind.allCases.map(\.rawValue)))
    #expect(
      words(column?["aggregate"]?["items"]) == Set(["groupby"] + AggregationMethod.allCases.map(\.rawValue)))
    #expect(words(column?["type"]) == Set(ColumnType.simple.map(\.name)).subtracting(["file", "image"]))
    #expect(
      words(validator.schema["properties"]?["missingSelect"]) == Set(MissingSelect.allCases.map(\.rawValue)))
    #expect(words(validator.schema["properties"]?["prefer"]?["items"]) == Policy.knownPreferences)
    #expect(
      words(validator.schema["properties"]?["metadata"]?["items"]) == Set(MetadataDocument.allCases.map(\.rawValue)))
    let rules = validator.schema["properties"]?["rules"]?["properties"]?.members.map(\.name) ?? []
    #expect(Set(FindingRule.allCases.map(\.rawValue)).isSubset(of: rules))
  }

  /// Every rule with every mode.
  @Test func setsTheSameRulesToTheSameModes() {
    let rules = validator.schema["properties"]?["rules"]?["properties"]?.members.map(\.name) ?? []
    #expect(rules.count > 50)
    for rule in rules + ["DV000", "DV017", "DV100", "DV116", "DV200", "DV204", "policy.none"] {
      for mode in RuleSetting.Mode.allCases {
        let setting = JSONValue.object([.init(name: "mode", value: .string(mode.rawValue))])
        let value = agreement.sample.replacing(
          [.name("rules")], with: .object([.init(name: rule, value: setting)]))
        #expect(validator.admits(value) == agreement.accepts(value), "\(rule) \(mode)")
      }
    }
  }

  private static let wrongValues: [JSONValue] = [
    .null, .bool(true), .int(0), .int(1), .string("x"), .string(""), .array([]), .object([]), .array([.int(7)]),
    .object([.init(name: "x", value: .null)]),
  ]

  /// Values of other types and out of range, every second of them put in the place of every value.
  @Test(arguments: 0..<wrongValues.count)
  func agreesAboutForms(_ number: Int) {
    for (index, path) in agreement.sample.paths.enumerated() where (index + number).isMultiple(of: 2) {
      let value = agreement.sample.replacing(path, with: PolicySchemaTests.wrongValues[number])
      #expect(agreement.difference(about: value) == nil, "\(path)")
    }
  }

  /// Numbers at both ends of every range: where the schema turns, the loader turns.
  @Test func agreesAboutRanges() {
    let found = agreement.ranges(
      [0, 1, 2, 15, 16, 64, 65, 99, 100, 1_000, 1_001, 5_000, 5_001, 10_000, 10_001, 32_768, 32_769])
    #expect(found.differences == [])
    #expect(found.turns > 30)
  }
}
