import CustomerInsights
import Dataverse
import Foundation
import Policy
import YAMLFile

@testable import Planning
@testable import PolicyTools

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
