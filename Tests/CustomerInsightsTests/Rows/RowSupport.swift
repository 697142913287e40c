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

func matches(_ filter: String, _ row: DataverseRow) throws -> Bool? {
  try RowTest(expression(filter), unfold: "json").matches(row)
}
