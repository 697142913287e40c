import Dataverse

/// A schema of so many tables, and a policy that names every column of it.
struct Organization {
  var tables: Int
  var columnsOfEach: Int

  var schema: Schema {
    Schema(
      tables: (0..<tables).map { number in
        Table(
          logicalName: "msdynci_unifiedactivity\(number)", entitySetName: "msdynci_unifiedactivities\(number)",
          primaryKey: "msdynci_unifiedactivity\(number)id", primaryName: "msdynci_attribute00",
          columns: [
            Column("msdynci_unifiedactivity\(number)id", .uniqueIdentifier, displayName: "Id"),
            Column("msdynci_when", .dateTime, displayName: "When"),
          ] + attributes.map { Column($0, .text, displayName: $0, maxLength: 100) },
          navigations: [
            NavigationProperty(
              "msdynci_next", target: "msdynci_unifiedactivity\((number + 1) % tables)", isCollection: false)
          ])
      })
  }

  /// The columns of text: those of each table but for its key and a time.
  private var attributes: [String] {
    (0..<columnsOfEach - 2).map { "msdynci_attribute\($0 < 10 ? "0" : "")\($0)" }
  }

  var policyText: String {
    var lines = [
      "version: 1", "name: benchmark", "options: [$select, $filter, $orderby, $top, $count, $expand]", "tables:",
    ]
    for number in 0..<tables {
      let hasRowFilter = number == 0
      lines += [
        "  msdynci_unifiedactivity\(number):", "    ttl: 5m", "    columns:",
        "      msdynci_unifiedactivity\(number)id: { select: true, filter: [eq] }",
        "      msdynci_when: { select: true, filter: [eq, gt, lt], order: true }",
      ]
      for name in attributes {
        lines.append("      \(name): { select: true, filter: [eq, ne, contains, In], order: true }")
      }
      // Single rows of a table with a row filter cannot be expanded.
      if (number + 1) % tables != 0 { lines += ["    navigations:", "      msdynci_next: { expand: true }"] }
      if hasRowFilter { lines.append("    rowFilter: \"msdynci_attribute00 eq @caller.region\"") }
    }
    lines += ["scopes:", "  default: {}", ""]
    return lines.joined(separator: "\n")
  }
}
