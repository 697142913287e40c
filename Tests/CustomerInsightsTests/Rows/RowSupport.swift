import JSONStream
import ODataURL

@testable import CustomerInsights

/// A row of JSON values as they stand.
func row(_ members: KeyValuePairs<String, String>) -> DataverseRow {
  var row = DataverseRow()
  for (name, value) in members { row.append(name, value.utf8) }
  return row
}

/// A row whose column `json` holds this text.
func unfolded(_ json: String) -> DataverseRow {
  var row = DataverseRow()
  row.append("json", JSONText.encode(json))
  return row
}

func expression(_ text: String) throws -> Expression { try Parser(settings: .legacy).expression(text) }

extension Expression {
  /// With some of its names as those of members of the column `json`.
  func naming(members isMember: (String) -> Bool) -> Expression {
    replacing { id, node in
      guard case .member(base: nil, let name) = node, isMember(name) else { return nil }
      return Expression(member: name, ofJSON: "json", span: span(of: id))
    }
  }
}

/// Names that the row does not have are those of members.
func matches(_ filter: String, _ row: DataverseRow) throws -> Bool? {
  try RowTest(expression(filter).naming { row[$0] == nil }).matches(row)
}
