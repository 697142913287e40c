import Foundation
import Policy
import TestSupport
import Testing
import YAMLFile

@testable import Planning
@testable import PolicyTools

/// A policy in which a change of any key of the language can be shown.
private let base = #"""
  version: 1
  name: base
  limits: { top: 100, pageSize: 100, urlBytes: 4096, nodes: 60, depth: 4, orWidth: 10, listItems: 20,
            selectColumns: 20, filterLiteralLength: 400, expands: 3, expandDepth: 2, expandTop: 50, pathDepth: 3 }
  options: [$select, $filter, $orderby, $top, $apply]
  missingSelect: inject
  annotations: [A.B]
  prefer: [odata.maxpagesize, odata.include-annotations]
  metadata: [service, $metadata]
  headers: [Consistency]
  tables:
    msdynci_customerprofile:
      ttl: 1m
      options: [$select, $expand, $filter]
      requires: [{ oneOf: [msdynci_customerid] }]
      rowFilter: "msdynci_nick eq @caller.city"
      message: "One by one."
      link: "https://wiki.example/a"
      columns:
        msdynci_customerid:
          select: true
          filter: { eq: { minLength: 2, maxLength: 30, pattern: "[0-9a-f]+", unescapeQuotes: false } }
        msdynci_nick:
          { type: text, displayName: Nick, select: true, annotate: true, filter: [contains], value: { maxLength: 20 } }
      navigations:
        msdynci_customer_unifiedactivity: { expand: true, filter: true, top: 20, depth: 1 }
        msdynci_customer_enrichment: { expand: true }
    msdynci_unifiedactivity:
      ttl: 30s
      apply: [filter, groupby, aggregate]
      columns:
        msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [min, max] }
        msdynci_activitytype: { select: true, aggregate: [groupby] }
    msdynci_enrichment:
      ttl: 30s
      optional: true
      options: [$select]
      columns: { msdynci_values: { select: true } }
  scopes:
    default: {}
    inner:
      inherit: default
      tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_unifiedactivity: all }
      rowFilters: { msdynci_unifiedactivity: "msdynci_title ne null" }
      requires: { msdynci_customerprofile: { oneOf: [msdynci_customerid] } }
      limits: { top: 50 }
      reportOnly: false
  rules:
    policy.literal: { mode: report, message: "Three.", link: "http://wiki.example" }
    DV101: { mode: "off", message: "Slow.", link: "http://wiki.example/slow" }
    DV003: { mode: deny, message: "None.", link: "http://wiki.example/none" }

  """#

@Suite struct KeyDifferenceTests {
  /// Key of the schema for editors → a change of it, and what is said of that.
  static let changes: [String: (from: String, to: String, says: String)] = [
    ".name": ("name: base", "name: other", "other      name base → other"),
    ".limits": ("top: 100,", "", "widening   limit top 100 → 500"),
    ".options": (
      "$orderby, $top, $apply]", "$orderby, $top, $apply, $count]", "widening   msdynci_unifiedactivity option"
    ),
    ".missingSelect": ("inject", "deny", "narrowing  missingSelect inject removed"),
    ".annotations": ("[A.B]", "[A.B, A.C]", "widening   annotation A.C added"),
    ".prefer": ("[odata.maxpagesize, ", "[", "narrowing  prefer odata.maxpagesize removed"),
    ".metadata": ("[service, $metadata]", "[service]", "narrowing  metadata $metadata removed"),
    ".headers": ("[Consistency]", "[Consistency, MSCRM.X]", "widening   header mscrm.x added"),
    ".tables": (
      "    columns: { msdynci_values: { select: true } }",
      "    columns: { msdynci_values: { select: true } }\n  msdynci_customermeasure:\n    ttl: 30s\n"
        + "    options: [$select]\n    columns: { msdynci_measures: { select: true } }",
      "widening   msdynci_customermeasure added"
    ),
    ".scopes": ("  default: {}", "  default: {}\n  more: {}", "widening   scope more added"),
    ".rules": ("policy.literal: {", "policy.operator: {", "rules policy.operator report added"),
    "limits.top": ("top: 100,", "top: 90,", "narrowing  limit top 100 → 90"),
    "limits.pageSize": ("pageSize: 100", "pageSize: 90", "narrowing  limit pageSize"),
    "limits.urlBytes": ("4096", "4097", "widening   limit urlBytes"),
    "limits.nodes": ("nodes: 60", "nodes: 61", "widening   limit nodes"),
    "limits.depth": (" depth: 4", " depth: 3", "narrowing  limit depth"),
    "limits.orWidth": ("orWidth: 10", "orWidth: 9", "narrowing  limit orWidth"),
    "limits.listItems": ("listItems: 20", "listItems: 21", "widening   limit listItems"),
    "limits.selectColumns": ("selectColumns: 20", "selectColumns: 21", "widening   limit selectColumns"),
    "limits.filterLiteralLength": ("filterLiteralLength: 400", "filterLiteralLength: 401", "widening   limit filterLi"),
    "limits.expands": ("expands: 3", "expands: 2", "narrowing  limit expands"),
    "limits.expandDepth": ("expandDepth: 2", "expandDepth: 3", "widening   limit expandDepth"),
    "limits.expandTop": ("expandTop: 50", "expandTop: 60", "widening   limit expandTop"),
    "limits.pathDepth": ("pathDepth: 3", "pathDepth: 4", "widening   limit pathDepth 3 → 4"),
    "shape.minLength": (
      "minLength: 2", "minLength: 3", "narrowing  msdynci_customerprofile.msdynci_customerid filter eq"
    ),
    "shape.maxLength": (
      "maxLength: 30", "maxLength: 31", "widening   msdynci_customerprofile.msdynci_customerid filter eq"
    ),
    "shape.pattern": (
      "[0-9a-f]+", "[0-9a-g]+", "unclear    msdynci_customerprofile.msdynci_customerid filter eq pattern"
    ),
    "shape.unescapeQuotes": (
      "unescapeQuotes: false", "unescapeQuotes: true",
      "widening   msdynci_customerprofile.msdynci_customerid filter eq unescapeQuotes added"
    ),
    "requirement.oneOf": (
      "[{ oneOf: [msdynci_customerid] }]", "[{ oneOf: [msdynci_customerid, msdynci_twin] }]", "requires one of"
    ),
    "column.select": (
      "msdynci_activitytype: { select: true,", "msdynci_activitytype: { select: false,",
      "narrowing  msdynci_unifiedactivity.msdynci_activitytype select removed"
    ),
    "column.filter": (
      "filter: [gt]", "filter: [gt, lt]", "widening   msdynci_unifiedactivity.msdynci_activitytime filter lt"
    ),
    "column.order": ("order: true", "order: false", "narrowing  msdynci_unifiedactivity.msdynci_activitytime order"),
    "column.aggregate": (
      "[min, max]", "[min]", "narrowing  msdynci_unifiedactivity.msdynci_activitytime aggregate max"
    ),
    "column.annotate": (
      "annotate: true", "annotate: false", "narrowing  msdynci_customerprofile.msdynci_nick annotate"
    ),
    "column.value": (
      "maxLength: 20", "maxLength: 21", "widening   msdynci_customerprofile.msdynci_nick filter contains"
    ),
    "column.type": ("type: text", "type: memo", "unclear    msdynci_customerprofile.msdynci_nick type text → memo"),
    "column.displayName": (
      "displayName: Nick", "displayName: NICK", "unclear    msdynci_customerprofile.msdynci_nick displayName"
    ),
    "navigation.expand": (
      "{ expand: true, filter: true, top: 20,", "{ filter: true,", "unifiedactivity expand removed"
    ),
    "navigation.filter": (
      "filter: true, top: 20, depth: 1", "top: 20", "msdynci_customer_unifiedactivity filter removed"
    ),
    "navigation.top": ("top: 20", "top: 21", "widening   msdynci_customerprofile.msdynci_customer_unifiedactivity top"),
    "navigation.depth": (
      "depth: 1 }", "depth: 2 }", "widening   msdynci_customerprofile.msdynci_customer_unifiedactivity depth"
    ),
    "table.optional": ("optional: true", "optional: false", "other      msdynci_enrichment optional removed"),
    "table.ttl": ("ttl: 1m", "ttl: 2m", "other      msdynci_customerprofile ttl"),
    "table.options": (
      "[$select, $expand, $filter]", "[$select, $expand, $filter, $count]", "customerprofile option $count added"
    ),
    "table.alternateKeys": (
      "    apply: [", "    alternateKeys: [[msdynci_activitytype]]\n    apply: [",
      "widening   msdynci_unifiedactivity alternateKeys msdynci_activitytype added"
    ),
    "table.columns": (
      "{ msdynci_values: { select: true } }", "{ msdynci_enrichmenttype: { select: true } }",
      "widening   msdynci_enrichment.msdynci_enrichmenttype select added"
    ),
    "table.navigations": (
      "    ttl: 30s\n    apply:",
      "    ttl: 30s\n    navigations: { msdynci_lookupfield_customer: { filter: true } }\n    apply:",
      "widening   msdynci_unifiedactivity.msdynci_lookupfield_customer filter added"
    ),
    "table.requires": (
      "    requires: [{ oneOf: [msdynci_customerid] }]\n", "", "widening   msdynci_customerprofile requires one of"
    ),
    "table.rowFilter": (
      "eq @caller.city\"", "eq @caller.city and msdynci_nick ne 'x'\"",
      "narrowing  msdynci_customerprofile rowFilter msdynci_nick ne 'x' added"
    ),
    "table.apply": (
      "[filter, groupby, aggregate]", "[groupby, aggregate]", "narrowing  msdynci_unifiedactivity apply filter"
    ),
    "table.message": ("One by one.", "Two.", "other      msdynci_customerprofile message"),
    "table.logLiterals": (
      "    apply: [", "    logLiterals: hashed\n    apply: [", "unifiedactivity logLiterals hashed added"
    ),
    "table.link": ("wiki.example/a", "wiki.example/b", "other      msdynci_customerprofile link"),
    "scope.inherit": ("    inherit: default\n", "    inherit: outer\n", "scope outer added"),
    "scope.tables": (
      "msdynci_unifiedactivity: all }", "msdynci_unifiedactivity: [msdynci_activitytype] }", "(scope inner)"
    ),
    "scope.rowFilters": ("msdynci_title ne null", "msdynci_title eq null", "(scope inner)"),
    "scope.requires": (
      "    requires: { msdynci_customerprofile: { oneOf: [msdynci_customerid] } }\n",
      "    requires: { msdynci_unifiedactivity: { oneOf: [msdynci_activitykind] } }\n",
      "narrowing  msdynci_unifiedactivity requires one of msdynci_activitykind added (scope inner)"
    ),
    "scope.limits": ("limits: { top: 50 }", "limits: { top: 40 }", "narrowing  limit top 50 → 40 (scope inner)"),
    "scope.reportOnly": ("reportOnly: false", "reportOnly: true", "widening   reportOnly added (scope inner)"),
    "reportableRule.mode": ("mode: report,", "mode: deny,", "narrowing  rules policy.literal report removed"),
    "reportableRule.message": ("Three.", "Four.", "other      rules policy.literal message"),
    "reportableRule.link": ("http://wiki.example\"", "http://wiki.example/b\"", "other      rules policy.literal link"),
    "adviceRule.mode": ("mode: \"off\"", "mode: deny", "narrowing  rules DV101 deny added"),
    "adviceRule.message": ("Slow.", "Fast.", "other      rules DV101 message"),
    "adviceRule.link": ("wiki.example/slow", "wiki.example/fast", "other      rules DV101 link"),
    "fixedRule.message": ("None.", "No.", "other      rules DV003 message"),
    "fixedRule.link": ("wiki.example/none", "wiki.example/no", "other      rules DV003 link"),
  ]

  /// Keys that can hold one value alone.
  static let constant: Set<String> = [".version", "fixedRule.mode"]

  /// What changes make use of, and what is in the way of others.
  private static func prepared(_ key: String) -> String {
    switch key {
    case "table.alternateKeys":
      base.replacing("$top, $apply]", with: "$top, $apply, key]").replacing(
        "      msdynci_activitytype: { select: true, aggregate: [groupby] }",
        with: "      msdynci_unifiedactivityid: { filter: [eq] }\n"
          + "      msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }")
    case "requirement.oneOf":
      base.replacing(
        "    navigations:", with: "      msdynci_twin: { type: text, filter: [eq] }\n    navigations:",
        maxReplacements: 1)
    case "scope.requires":
      base.replacing(
        "      msdynci_activitytype:",
        with: "      msdynci_activitykind: { select: true, filter: [eq] }\n      msdynci_activitytype:",
        maxReplacements: 1
      ).replacing("msdynci_activitykind", with: "msdynci_title")
    default: base
    }
  }

  @Test func everyKeyOfTheLanguageHasAChange() throws {
    let text = try String(contentsOf: root.appending(path: "policies/policy.schema.json"), encoding: .utf8)
    let agreement = try SchemaAgreement(schema: text, sample: base) { _ in [] }
    #expect(agreement.keys.filter { !$0.contains(/\.(policy\.|DV)/) } == Self.constant.union(Self.changes.keys))
  }

  @Test(arguments: changes.keys.sorted()) func everyChangeIsSeen(_ key: String) throws {
    let change = try #require(Self.changes[key])
    let old = Self.prepared(key)
    try #require(old.contains(change.from))
    var new = old.replacing(change.from, with: change.to, maxReplacements: 1)
    if key == "scope.inherit" { new = new.replacing("  inner:", with: "  outer: {}\n  inner:") }
    if key == "scope.requires" { new = new.replacing("msdynci_activitykind", with: "msdynci_title") }
    let says = change.says.replacing("msdynci_activitykind", with: "msdynci_title")
    let text = try DifferenceTests.report(old, new).text
    #expect(text.contains(says), "\(text)")
    #expect(try DifferenceTests.report(old, old).directions.isEmpty)
  }
}
