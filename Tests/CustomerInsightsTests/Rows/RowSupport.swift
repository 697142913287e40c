import JSONStream
import ODataURL

@testable import CustomerInsights

/// Random numbers that are the same in each run (SplitMix64).
struct RowRandom: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func below(_ count: Int) -> Int { Int.random(in: 0..<count, using: &self) }

  mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

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
