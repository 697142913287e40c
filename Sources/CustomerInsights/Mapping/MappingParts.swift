package import Dataverse

/// Where it stands which customer is in which segments.
package struct SegmentMapping: Sendable, Hashable {
  /// The table of memberships: a row for each customer and application that publishes segments.
  package var table: Table
  /// Column with the customer's id.
  package var customer: String
  /// How those ids are written there, where the mapping says it.
  package var customerForm: CustomerID.Form?
  /// Column with a JSON object, and its member with the list of segment names.
  package var list: String
  /// The name of that member, as it is spelled there.
  package var member: String
  /// Column whose values tell the rows of the table apart; `nil` when there is none to read.
  package var row: String?
  /// Name of the entity whose rows a segment's own entity shows; it has a key, whose values stand in ``customer``.
  package var entity: String
  /// Names of entities that are segments, as the file spells them; none is an entity of the mapping.
  package var names: [String]

  /// The segment with this name in any case, as answers spell it.
  package func name(_ name: String) -> String? {
    let name = name.lowercased()
    return names.first { $0.lowercased() == name }
  }
}

/// Where the operation `profile/keyring` looks.
package struct KeyringMapping: Sendable, Hashable {
  /// The table of alternate keys: a row for each key that a source has for a customer.
  package var table: Table
  /// Columns that are compared with the parameters `dataSourceName`, `entityName` and `key`.
  package var dataSource: String
  /// The column that is compared with `entityName`.
  package var entity: String
  /// The column that is compared with `key`.
  package var key: String
  /// Columns that are answered: the customer's id, and the keys of its sources as JSON.
  package var customer: String
  /// The column with the keys of all sources, as JSON.
  package var ring: String
  /// In which form the customer's id is shown.
  var customerForm = ShownForm.plain
}

/// What one legacy request may cost.
package struct LegacyPlanLimits: Sendable, Hashable {
  /// Dataverse requests of one plan.
  package var reads = 100
  /// Rows that a plan may hold or drop.
  package var rows = 5_000
  /// Bytes of the Dataverse answers of one plan.
  package var bytes = 32 << 20
  /// Time from the start of a run to its end; whatever Dataverse does, the plan is over then.
  package var milliseconds = 60_000
  /// Dataverse requests of one plan at one time.
  package var concurrency = 4
  /// Ids in one chain of `or`.
  package var idsPerRead = 50
  /// Bytes that all conditions of one read by lists of values of the request may take together, as they are sent.
  package var listBytes = 8_192
  /// Largest `$skip`.
  package var skip = 5_000

  /// The limits of a mapping that says nothing of them.
  package init() {}
}

/// What becomes of `_`, `%` and `[` in values that Dataverse looks for inside texts.
package enum Wildcards: String, Sendable, Hashable, CaseIterable {
  /// They stand for themselves: each is put in brackets.
  case bracket
  /// They are sent as they are, and Dataverse takes them for wildcards.
  case leave
}
