import Foundation
import Testing

private let customers = ProofGateway.customers
private let activities = ProofGateway.activities
private let crm = "Microsoft.Dynamics.CRM."
private let guid = "00000000-0000-0000-0000-000000000001"

private func refused(_ target: String, _ code: String, status: Int = 403, headers: [String] = []) -> Exchange {
  Exchange(target: target, headers: headers, outcome: .refused(status, code))
}

/// A near miss: the same thing said so that it passes.
private func passes(_ options: String, of set: String = customers, as sent: String? = nil) -> Exchange {
  let select = set == activities ? "msdynci_title" : "msdynci_fullname"
  let row = set == activities ? #""msdynci_title":"t""# : #""msdynci_fullname":"Ann""#
  return Exchange(
    target: "\(set)?$select=\(select)&\(options)",
    outcome: .sent(
      "\(set)?$select=\(select)&\(sent ?? options)", prefer: options.contains("$top") ? nil : "odata.maxpagesize=500",
      answer: #"{"value":[{\#(row)}]}"#))
}

/// What Dataverse refuses, by rule: requests that the gateway refuses in its place, and their neighbours that pass. Where
/// the reader of queries or the policy speaks first, its code stands; DV015 is the policy's own.
private let rules: [String: (refused: [Exchange], passing: [Exchange])] = [
  "DV001": (
    ["$skip=1", "$search=a", "$format=json", "$compute=1 as x"].map { refused("\(customers)?\($0)", "DV001") },
    [passes("$top=1")]
  ),
  "DV002": (
    [
      refused("\(customers)?select=msdynci_fullname", "DV002"), refused("\(customers)?Filter=x", "DV002"),
      refused("\(customers)?limit=1", "DV002"),
      refused("\(customers)?$SELECT=msdynci_fullname", "syntax.unknown-option", status: 400),
      refused("\(customers)?$top=1&$top=2", "syntax.repeated-option", status: 400),
    ], [passes("$orderby=msdynci_fullname&$top=2")]
  ),
  "DV003": (
    [
      refused("\(customers)?$filter=msdynci_customerid in ('a','b')", "DV003"),
      refused("\(customers)?$filter=msdynci_lifetimevalue add 1 gt 2", "DV003"),
      refused("\(customers)?$filter=tolower(msdynci_fullname) eq 'a'", "DV003"),
      refused("\(customers)?$filter=msdynci_customer_unifiedactivity/$count gt 1", "DV003"),
    ], [passes("$filter=msdynci_customerid eq 'a' or msdynci_customerid eq 'b'")]
  ),
  "DV004": (
    [
      refused("\(customers)?$filter=not \(crm)In(PropertyName='msdynci_customerid',PropertyValues=['a'])", "DV004")
    ],
    [
      passes(
        "$filter=\(crm)NotIn(PropertyName='msdynci_customerid',PropertyValues=['a'])",
        as: "$filter=\(crm)NotIn(PropertyName='msdynci_customerid',PropertyValues=%5B%22a%22%5D)"),
      passes("$filter=not (msdynci_customerid eq 'a')"),
    ]
  ),
  "DV005": (
    [
      refused("\(customers)?$filter=\(crm)Inn(PropertyName='msdynci_customerid',PropertyValues=['a'])", "DV005"),
      refused("\(customers)?$filter=\(crm)In(PropertyName='msdynci_customerid')", "DV005"),
      refused("\(customers)?$filter=\(crm)In(PropertyName='msdynci_customerid',Values=['a'])", "DV005"),
      refused("\(customers)?$filter=\(crm)In(PropertyName='msdynci_customerid',PropertyValues='a')", "DV005"),
    ],
    [
      passes(
        "$filter=\(crm)In(PropertyName='msdynci_customerid',PropertyValues=['a','b'])",
        as: "$filter=\(crm)In(PropertyName='msdynci_customerid',PropertyValues=%5B%22a%22,%22b%22%5D)")
    ]
  ),
  "DV006": (
    [
      refused(
        "\(activities)?$filter=msdynci_lookupfield_customer/msdynci_customer_unifiedactivity/any(a:a/msdynci_activityid eq 'x')",
        "DV006")
    ], [passes("$filter=msdynci_customer_unifiedactivity/any(a:a/msdynci_activityid eq 'x')")]
  ),
  "DV007": (
    [
      refused("\(customers)?$expand=*", "DV007"),
      refused("\(customers)?$expand=msdynci_customer_unifiedactivity/$ref", "DV007"),
      refused(
        "\(customers)?$expand=msdynci_customer_unifiedactivity($filter=msdynci_activityid eq @a)&@a='x'", "DV007"),
      refused(
        "\(customers)?$expand=msdynci_customer_unifiedactivity($top=1;$expand=msdynci_lookupfield_customer)",
        "policy.navigation"),
      refused(
        "\(activities)?$expand=msdynci_lookupfield_customer($expand=msdynci_customer_unifiedactivity($orderby=msdynci_activitytime))",
        "policy.navigation"),
      refused("\(customers)?$expand=msdynci_customer_unifiedactivity($count=true)", "DV007"),
    ],
    [
      Exchange(
        target:
          "\(activities)?$select=msdynci_title&$expand=msdynci_lookupfield_customer($select=msdynci_fullname)&$top=7",
        outcome: .sent(
          "\(activities)?$select=msdynci_title&$expand=msdynci_lookupfield_customer($select=msdynci_fullname)&$top=7",
          answer: #"{"value":[{"msdynci_title":"t"}]}"#))
    ]
  ),
  "DV008": (
    [
      refused("\(customers)?$filter=msdynci_customerprofileid eq '\(guid)'", "DV008"),
      refused(
        "\(customers)?$filter=msdynci_customerprofileid eq guid'\(guid)'", "syntax.obsolete-literal", status: 400),
      refused("\(customers)?$filter=msdynci_fullname eq 5", "DV008"),
      refused("\(customers)?$filter=INF ge msdynci_lifetimevalue", "DV008"),
      refused("\(customers)?$filter=msdynci_fullname eq 'O'Neil'", "syntax.unexpected-text", status: 400),
      refused("\(customers)?$filter=msdynci_fullname eq 'a&b'", "syntax.unterminated-string", status: 400),
      refused("\(customers)?$filter=msdynci_fullname eq 'a#b'", "syntax.fragment", status: 400),
      refused("\(customers)?$filter=msdynci_fullname eq 'a%'", "syntax.stray-percent", status: 400),
    ],
    [
      passes("$filter=msdynci_customerprofileid eq \(guid)"),
      passes("$filter=msdynci_fullname eq 'O''Neil %26 %2B %23 %25'"),
    ]
  ),
  "DV009": (
    [
      refused("\(customers)?$filter=startswith(msdynci_fullname,'%25a')", "DV009"),
      refused("\(customers)?$filter=endswith(msdynci_fullname,'a%25')", "DV009"),
    ], [passes("$filter=startswith(msdynci_fullname,'a%25')"), passes("$filter=endswith(msdynci_fullname,'%25a')")]
  ),
  // The policy's own limit only reports. Each of the brackets is sent as three bytes.
  "DV010": (
    [refused("\(customers)?$filter=msdynci_fullname eq '\(String(repeating: "{", count: 11_000))'", "DV010")],
    [
      passes(
        "$filter=msdynci_fullname eq '\(String(repeating: "{", count: 10_000))'",
        as: "$filter=msdynci_fullname eq '\(String(repeating: "%7B", count: 10_000))'")
    ]
  ),
  "DV012": (
    [
      refused("\(activities)?$apply=aggregate($count as n)&$orderby=n", "DV012"),
      refused("\(activities)?$apply=aggregate(msdynci_activitytype with countdistinct as n)", "DV012"),
      refused("\(activities)?$apply=groupby((msdynci_activitytype))/topcount(1,msdynci_activitytype)", "DV012"),
    ],
    [
      Exchange(
        target: "\(activities)?$apply=aggregate($count as n)",
        outcome: .sent(
          "\(activities)?$apply=aggregate($count as n)",
          answer: #"{"value":[{"n":3}]}"#))
    ]
  ),
  "DV013": (
    "/<>*%&:\\?+".utf8.map { byte in
      refused("\(customers)(msdynci_email='a%\(String(byte, radix: 16, uppercase: true))b')", "DV013")
    },
    [
      Exchange(
        target: "\(customers)(msdynci_email='a-b@c.example')?$select=msdynci_fullname",
        outcome: .sent(
          "\(customers)(msdynci_email='a-b@c.example')?$select=msdynci_fullname",
          answer: #"{"msdynci_fullname":"Ann"}"#))
    ]
  ),
  "DV014": (
    ["fetchXml=x", "savedQuery=\(guid)", "userQuery=\(guid)", "UnMaskedData=true", "tag=x"].map {
      refused("\(customers)?\($0)", "DV014")
    } + [
      refused("WhoAmI()", "DV014"), refused("$batch", "DV014"), refused("\(customers)/\(crm)X()", "DV014"),
      refused("\(customers)?$top=1", "policy.header", headers: ["MSCRMCallerID: \(guid)"]),
    ], [passes("$top=14")]
  ),
  "DV015": (
    [
      refused("accounts?$select=name", "policy.table"),
      refused("\(customers)?$select=createdon", "policy.column.select"),
      refused("\(customers)?$filter=createdon ne null", "policy.column.filter"),
      refused("\(customers)?$orderby=createdon", "policy.column.order"),
      refused("\(activities)?$apply=groupby((createdon))", "policy.column.aggregate"),
      refused("\(customers)?$expand=ownerid", "policy.navigation"),
    ], [passes("$top=15&$orderby=msdynci_fullname", as: "$orderby=msdynci_fullname&$top=15")]
  ),
  "DV016": (
    [
      refused("\(customers)?$filter=msdynci_customerid eq @a", "DV016"),
      refused("\(customers)?$filter=msdynci_customerid eq @a&@b='x'", "DV016"),
    ], [passes("$filter=msdynci_customerid eq @a&@a='dv16'", as: "$filter=msdynci_customerid eq 'dv16'")]
  ),
]

/// Every rule on what Dataverse refuses, over the running gateway.
@Suite(.serialized) struct RuleTests {
  private static let shared = Result { try ProofGateway() }

  private func holds(_ id: String) throws {
    let gateway = try Self.shared.get()
    let rule = try #require(rules[id])
    #expect(!rule.refused.isEmpty && !rule.passing.isEmpty)
    for exchange in rule.refused + rule.passing { try gateway.prove(exchange, id) }
  }

  @Test func everyRuleIsTried() throws {
    let ids = Set((1...16).map { $0 < 10 ? "DV00\($0)" : "DV0\($0)" })
    // Told of a preference, which is no part of a query.
    #expect(Set(rules.keys) == ids.subtracting(["DV011"]))
    #expect(try testFunctions(#/@Test\("(DV\d+)"\) func dv\d+\(/#, file: #filePath) == ids)
  }

  @Test("DV001") func dv001() throws { try holds("DV001") }
  @Test("DV002") func dv002() throws { try holds("DV002") }
  @Test("DV003") func dv003() throws { try holds("DV003") }
  @Test("DV004") func dv004() throws { try holds("DV004") }
  @Test("DV005") func dv005() throws { try holds("DV005") }
  @Test("DV006") func dv006() throws { try holds("DV006") }
  @Test("DV007") func dv007() throws { try holds("DV007") }
  @Test("DV008") func dv008() throws { try holds("DV008") }
  @Test("DV009") func dv009() throws { try holds("DV009") }
  @Test("DV010") func dv010() throws { try holds("DV010") }

  /// A preference is no demand: the gateway lowers it, and linters say so.
  @Test("DV011") func dv011() throws {
    let target = "\(customers)?$select=msdynci_fullname"
    let ann = #"{"value":[{"msdynci_fullname":"Ann"}]}"#
    try Self.shared.get().prove(
      Exchange(
        target: target, headers: ["Prefer: odata.maxpagesize=5001"],
        outcome: .sent(target, prefer: "odata.maxpagesize=500", answer: ann)), "DV011")
    func lint(_ rows: Int) throws -> String {
      try Program.run(["lint", "--prefer", "odata.maxpagesize=\(rows)", "-"], input: target).out
    }
    #expect(try lint(5_001).contains("-:1:1: warning: A page has at most 5000 rows. [DV011]"))
    #expect(try lint(5_000) == "1 query, 0 findings\n")
  }

  @Test("DV012") func dv012() throws { try holds("DV012") }
  @Test("DV013") func dv013() throws { try holds("DV013") }
  @Test("DV014") func dv014() throws { try holds("DV014") }
  @Test("DV015") func dv015() throws { try holds("DV015") }
  @Test("DV016") func dv016() throws { try holds("DV016") }
}
