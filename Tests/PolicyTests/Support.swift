import Dataverse
import Foundation
import ODataURL
import Policy
import YAMLFile

/// The schema of the sandbox's tenant.
let sampleSchema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

/// A file of the project by its path from the root.
func projectText(_ path: String) throws -> String {
  let root = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  return try String(contentsOf: root.appending(path: path), encoding: .utf8)
}

/// The text of the policy that ships.
func shippedPolicyText() throws -> String { try projectText("policies/customer-insights.yaml") }

private let shipped = Result {
  try Policy.load(text: shippedPolicyText(), file: "customer-insights.yaml", schema: sampleSchema)
}

func shippedPolicy() throws -> Policy { try shipped.get() }

/// A policy that uses more of the language than the one that ships.
let widePolicyText = """
  version: 1
  name: wide
  limits: { top: 50, pageSize: 100, urlBytes: 600, nodes: 60, depth: 3, orWidth: 4, listItems: 4, selectColumns: 3,
            filterLiteralLength: 20 }
  options: [$select, $filter, $orderby, $top, $count, $skiptoken, /$count, key]
  annotations: [OData.Community.Display.V1.FormattedValue]
  tables:
    msdynci_customerprofile:
      ttl: 5m
      alternateKeys: [[msdynci_customerid]]
      columns:
        msdynci_customerid: { select: true, filter: [eq, ne, In, not], order: true, value: { maxLength: 12 } }
        msdynci_lastname:
          select: true
          filter: { eq: {}, isNull: {}, contains: { minLength: 3 }, startswith: { pattern: "[A-Z][a-z]*" } }
        msdynci_birthdate: { select: true, filter: [eq, gt, Today, 'On'] }
        msdynci_lifetimevalue: { select: true, filter: [gt, le], order: true }
        msdynci_email: { filter: [eq] }
        msdynci_gender: { order: true }
        msdynci_customerprofileid: { filter: [eq] }
        _owninguser_value: { filter: [eq] }
    msdynci_unifiedactivity:
      ttl: 30s
      options: [$filter]
      columns:
        msdynci_activityid: { select: true, filter: [eq] }
  scopes:
    default: {}
    names:
      inherit: default
      tables:
        msdynci_customerprofile: [msdynci_customerid, msdynci_lastname]
    ids:
      inherit: names
      tables:
        msdynci_customerprofile: [msdynci_customerid]
    activities:
      tables:
        msdynci_unifiedactivity: all

  """

private let wide = Result { try Policy.load(text: widePolicyText, file: "wide.yaml", schema: sampleSchema) }

func widePolicy() throws -> Policy { try wide.get() }

/// What becomes of a query, in one line: `allow {printed}` or `deny rule[text at the span] …`.
func outcome(_ query: String, _ policy: Policy, scope: String = "default", vouched: Bool = false) -> String {
  let uri: RelativeURI
  do throws(SyntaxError) {
    uri = try Parser(settings: .dataverse).relativeURI(query)
  } catch {
    return "syntax \(error.code.rawValue)"
  }
  switch policy.judge(uri, request: JudgeRequest(scope: scope, pagingTokenVouched: vouched)) {
  case .allow(let obligations): return "allow \(decoded(obligations.query.printed()))"
  case .deny(let findings):
    return "deny " + findings.map { "\($0.rule)[\(text(of: $0.span, in: query))]" }.joined(separator: " ")
  }
}

/// Percent-decoded, for reading.
func decoded(_ text: String) -> String { text.removingPercentEncoding ?? text }

func text(of span: Span, in query: String) -> String {
  let bytes = Array(query.utf8)
  return String(decoding: bytes[span.range.clamped(to: 0..<bytes.count)], as: UTF8.self)
}

func allowed(_ query: String, _ policy: Policy, _ request: JudgeRequest) throws -> Obligations? {
  let uri = try Parser(settings: .dataverse).relativeURI(query)
  if case .allow(let obligations) = policy.judge(uri, request: request) { return obligations }
  return nil
}

func denied(_ query: String, _ policy: Policy, scope: String = "default") throws -> [Finding] {
  let uri = try Parser(settings: .dataverse).relativeURI(query)
  if case .deny(let findings) = policy.judge(uri, request: JudgeRequest(scope: scope)) { return findings }
  return []
}
