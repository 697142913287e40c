import CustomerInsights
import Dataverse
import Foundation
import Policy
import YAMLFile

@testable import Planning
@testable import PolicyTools

/// SplitMix64: the same numbers on every run.
struct Numbers: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
  mutating func chance(_ percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }
  mutating func pick<T>(_ items: [T]) -> T { items[Int.random(in: 0..<items.count, using: &self)] }
}

/// The root of the project.
let root = URL(filePath: #filePath).resolvingSymlinksInPath()
  .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

/// A policy from text, with the mapping that ships.
func rules(_ text: String, file: String = "policy.yaml") throws -> RuleBook {
  let shipped = try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
  return RuleBook(
    policy: try Policy.load(text: text, file: file, schema: RuleBook.offlineSchema), mapping: shipped.mapping)
}

func shippedRules() throws -> RuleBook {
  try RuleBook.load(policyFile: nil, mappingFile: nil, schema: RuleBook.offlineSchema)
}

/// A small policy with something of everything.
let smallPolicy = """
  version: 1
  name: small
  limits: { top: 50, pageSize: 50 }
  options: [$select, $filter, $top]
  annotations: [OData.Community.Display.V1.FormattedValue]
  tables:
    msdynci_customermeasure:
      ttl: 1m
      columns:
        msdynci_customerid: { select: true, filter: { eq: { maxLength: 32 } } }
        msdynci_measures: { select: true }
    msdynci_enrichment:
      ttl: 30s
      columns:
        msdynci_customerid: { select: true, filter: [eq, In, isNull] }
        msdynci_values: { select: true }
  scopes:
    default: {}
    measures:
      tables:
        msdynci_customermeasure: [msdynci_customerid]

  """

/// What the lines of a text are.
func records(_ text: String, legacyEntities: Set<String> = ["customer"]) -> [RecordedLine] {
  var reader = RecordReader(legacyEntities: legacyEntities)
  var lines: [RecordedLine] = []
  var copy = text
  copy.withUTF8 { reader.read($0) { lines.append($0) } }
  reader.finish { lines.append($0) }
  return lines
}
