import Policy
import Testing
import YAMLFile

/// A sound policy that uses most of the language; tests break one line of it.
let languagePolicyText = #"""
  version: 1
  name: r
  limits: { expandTop: 50, filterLiteralLength: 40 }
  options: [$select, $filter, $orderby, $apply]
  missingSelect: inject
  prefer: [odata.maxpagesize]
  headers: [Consistency]
  tables:
    msdynci_customerprofile:
      ttl: 5m
      options: [$select, $filter, $expand]
      requires: { oneOf: [msdynci_customerid] }
      rowFilter: "msdynci_city eq @caller.city"
      columns:
        msdynci_customerid: { select: true, filter: [eq, In] }
        msdynci_lastname: { select: true, filter: [ne] }
        msdynci_city: { select: true }
      navigations:
        msdynci_customer_unifiedactivity: { expand: true, top: 20 }
    msdynci_unifiedactivity:
      ttl: 1m
      apply: [filter, groupby, aggregate]
      message: Ask for one customer.
      link: https://wiki.example/a
      columns:
        msdynci_activityid: { select: true, filter: [eq] }
        msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }
        msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }
      navigations:
        msdynci_lookupfield_customer: { filter: true }
    msdynci_enrichment:
      ttl: 1m
      options: [$select]
      columns:
        msdynci_values: { select: true }
  scopes:
    default: {}
    helpdesk:
      inherit: default
      tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_unifiedactivity: all }
      rowFilters: { msdynci_unifiedactivity: "msdynci_title eq 'x'" }
      requires: { msdynci_unifiedactivity: { oneOf: [msdynci_activityid] } }
      limits: { top: 50 }
      reportOnly: true
  rules:
    policy.literal: { mode: report, message: Three letters., link: "https://wiki.example/b" }
    DV101: { mode: "off" }

  """#

/// One line of ``languagePolicyText`` in another form, and what is said of it.
struct LanguageMistake: Sendable, CustomTestStringConvertible {
  var line: String
  var broken: String
  var rendered: String

  init(_ line: String, _ broken: String, _ rendered: String) {
    self.line = line
    self.broken = broken
    self.rendered = rendered
  }

  var testDescription: String { broken }
}

/// Everything that is wrong with a policy, as it is shown.
func renderedMistakes(_ text: String) -> String {
  do throws(DiagnosticList) {
    _ = try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
    return ""
  } catch {
    return error.rendered()
  }
}

@Suite struct LanguageMistakeTests {
  @Test func theWholeIsSound() { #expect(renderedMistakes(languagePolicyText) == "") }

  @Test(
    arguments: [
      topLevelMistakes, rowFilterMistakes, requirementMistakes, navigationMistakes, applyMistakes, columnMistakes,
      scopeMistakes, ruleMistakes, keyMistakes, nameMistakes,
    ].flatMap(\.self))
  func rendersMistakes(_ mistake: LanguageMistake) throws {
    try #require(languagePolicyText.contains(mistake.line))
    let text = languagePolicyText.replacing(mistake.line, with: mistake.broken, maxReplacements: 1)
    #expect(renderedMistakes(text) == mistake.rendered)
  }
}

// MARK: Lines

let rowFilterLine = #"    rowFilter: "msdynci_city eq @caller.city""#
let expandLine = "      msdynci_customer_unifiedactivity: { expand: true, top: 20 }"
let lookupLine = "      msdynci_lookupfield_customer: { filter: true }"
let requiresLine = "    requires: { oneOf: [msdynci_customerid] }"
let lastNameLine = "      msdynci_lastname: { select: true, filter: [ne] }"
let timeLine = "      msdynci_activitytime: { select: true, filter: [gt], order: true, aggregate: [max] }"
let typeLine = "      msdynci_activitytype: { select: true, filter: [eq], aggregate: [groupby] }"
let applyLine = "    apply: [filter, groupby, aggregate]"
let literalLine = #"  policy.literal: { mode: report, message: Three letters., link: "https://wiki.example/b" }"#
let adviceLine = #"  DV101: { mode: "off" }"#
let scopeRowFiltersLine = #"    rowFilters: { msdynci_unifiedactivity: "msdynci_title eq 'x'" }"#
let scopeRequiresLine = "    requires: { msdynci_unifiedactivity: { oneOf: [msdynci_activityid] } }"
let scopeTablesLine = "    tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_unifiedactivity: all }"
let scopeLimitsLine = "    limits: { top: 50 }"
let tableOptionsLine = "    options: [$select, $filter, $expand]"
let optionsLine = "options: [$select, $filter, $orderby, $apply]"
