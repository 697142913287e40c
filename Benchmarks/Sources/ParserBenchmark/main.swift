import ODataURL

// Time of one parse and one print, by the fastest of many batches: on a shared machine the minimum is what the code
// costs, everything above it is what the machine did meanwhile. Ratios to the first row compare across machines.

struct Case {
  var name: String
  var settings: ParserSettings
  var target: String
}

let id = "ce759201f786d590bf2134bff576c369"
let cases = [
  Case(name: "lookup", settings: .dataverse, target: "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(id)'"),
  Case(
    name: "encoded", settings: .dataverse,
    target: "msdynci_customerprofiles?%24select=msdynci_fullname&%24filter=msdynci_customerid%20eq%20%27\(id)%27"),
  Case(
    name: "activities", settings: .dataverse,
    target: "msdynci_unifiedactivities?$filter=msdynci_customerid eq '\(id)' and msdynci_activitytime gt "
      + "2017-01-01T00:00:00Z and msdynci_activitytime lt 2020-01-01T00:00:00Z&$orderby=msdynci_activitytime asc"),
  Case(
    name: "legacy", settings: .legacy,
    target:
      "UnifiedActivity$filter=CustomerId eq '\(id)' AND ActivityTypeDisplay eq 'Web visit' & $orderby=ActivityTime"),
  Case(
    name: "or50", settings: .dataverse,
    target: "msdynci_customerprofiles?$filter="
      + (0..<50).map { "msdynci_customerid eq '\(id)\($0)'" }.joined(separator: " or ")),
]

func fastest(batches: Int, of count: Int, _ body: () throws -> Int) rethrows -> (nanoseconds: Double, sum: Int) {
  let clock = ContinuousClock()
  var best = Double.infinity
  var sum = 0
  for _ in 0..<batches {
    let start = clock.now
    for _ in 0..<count { sum &+= try body() }
    let spent = clock.now - start
    let nanoseconds = Double(spent.components.seconds) * 1e9 + Double(spent.components.attoseconds) / 1e9
    best = min(best, nanoseconds / Double(count))
  }
  return (best, sum)
}

var checksum = 0
var base: Double?
print("case         bytes  parse ns  print ns  normalise+print ns  parse ratio")
for item in cases {
  let parser = Parser(settings: item.settings)
  let bytes = Array(item.target.utf8)
  do {
    let tree = try parser.relativeURI(item.target)
    let parse = try fastest(batches: 30, of: 300) {
      try bytes.withUnsafeBufferPointer { try parser.relativeURI($0).path.count }
    }
    let print = fastest(batches: 30, of: 300) { tree.printed().utf8.count }
    let normalise = fastest(batches: 30, of: 100) { tree.normalized().printed().utf8.count }
    checksum &+= parse.sum &+ print.sum &+ normalise.sum
    let ratio = parse.nanoseconds / (base ?? parse.nanoseconds)
    base = base ?? parse.nanoseconds
    let columns = [
      String(item.name.prefix(12)).padded(12), "\(bytes.count)".leftPadded(5),
      "\(Int(parse.nanoseconds))".leftPadded(9),
      "\(Int(print.nanoseconds))".leftPadded(9), "\(Int(normalise.nanoseconds))".leftPadded(19),
      "\((ratio * 100).rounded() / 100)".leftPadded(12),
    ]
    Swift.print(columns.joined(separator: " "))
  } catch {
    Swift.print("\(item.name): \(error)")
  }
}
print("checksum \(checksum)")

extension String {
  func padded(_ width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
  func leftPadded(_ width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }
}
