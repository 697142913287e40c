import JSONStream
import TestSupport

@testable import CustomerInsights

/// Customers and what hangs on them, as plain values: tests reckon with these, plans with the rows made of them.
struct World {
  struct Customer {
    var id: String
    var name: String
    var city: String
  }

  struct Membership {
    var customer: String
    var segments: [String]
  }

  var customers: [Customer] = []
  /// In the order of their table.
  var memberships: [Membership] = []
  /// Customer and text, in the order of their table.
  var activities: [(customer: String, title: String)] = []
  /// Customer and total spend, in the order of their table.
  var measures: [(customer: String, total: Int)] = []

  static let segments = ["Young_S", "YoungXS", "young_s", "Old"]

  /// - Parameters:
  ///   - customers: how many.
  ///   - copies: most rows that a customer has in the membership table.
  init(_ random: inout SeededGenerator, customers count: Int, copies: Int = 1) {
    for index in 0..<count {
      let id = "c\(1000 + index)"
      customers.append(
        Customer(id: id, name: "N\(random.below(50))", city: random.pick(["Bern", "100%", "a_b", "aXb", "[x]"])))
      for _ in 0..<(copies == 1 ? 1 : 1 + random.below(copies)) {
        memberships.append(
          Membership(customer: id, segments: World.segments.filter { _ in random.below(2) == 0 }))
      }
      for number in 0..<random.below(4) {
        activities.append((random.below(9) == 0 ? id.uppercased() : id, "t\(number)"))
      }
      if random.below(5) > 0 { measures.append((id, random.below(100))) }
    }
    memberships.shuffle(using: &random)
    activities.shuffle(using: &random)
  }

  /// Ids of those who are in a segment, in no order.
  func members(_ segment: String) -> Set<String> {
    Set(memberships.filter { $0.segments.contains(segment) }.map(\.customer))
  }

  var tables: [String: [DataverseRow]] {
    func row(_ members: [String: String]) -> DataverseRow {
      DataverseRow(members: members.mapValues { JSONText.encode($0) })
    }
    return [
      "msdynci_customerprofiles": customers.map {
        row(["msdynci_customerid": $0.id, "msdynci_fullname": $0.name, "msdynci_city": $0.city])
      },
      "msdynci_segmentmemberships": memberships.enumerated().map { index, item in
        // Not in the order of the rows.
        row([
          "msdynci_customerid": item.customer, "msdynci_identifier": "i\(index * 7919 % 10_007)",
          "msdynci_segments": #"{"Segments":[\#(item.segments.map { "\"\($0)\"" }.joined(separator: ","))]}"#,
        ])
      },
      "msdynci_unifiedactivities": activities.map {
        row(["msdynci_customerid": $0.customer, "msdynci_title": $0.title])
      },
      "msdynci_customermeasures": measures.map {
        row([
          "msdynci_customerid": $0.customer, "msdynci_measures": #"{"Total":\#($0.total),"Name":"\#($0.customer)"}"#,
        ])
      },
    ]
  }
}
