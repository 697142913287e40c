import Dataverse
import Foundation
import ODataURL
import YAMLFile

@testable import CustomerInsights

let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

/// Where a file of the project is.
func projectFile(_ path: String) -> String {
  URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: path).path
}

/// The mapping that ships with the program.
func shippedMapping(schema: Schema = schema) throws -> LegacyMapping {
  let file = projectFile("policies/mappings/customer-insights.yaml")
  return try LegacyMapping.load(text: try YAMLDocument.readText(path: file), file: file, schema: schema)
}

/// The same with a piece of its text replaced.
func shippedMapping(_ old: String, _ new: String) throws -> LegacyMapping { try shippedMapping([(old, new)]) }

/// The same with several pieces of its text replaced.
func shippedMapping(_ changes: [(old: String, new: String)]) throws -> LegacyMapping {
  let file = projectFile("policies/mappings/customer-insights.yaml")
  var text = try YAMLDocument.readText(path: file)
  for (old, new) in changes {
    guard text.contains(old) else { throw CocoaError(.featureUnsupported) }
    text = text.replacing(old, with: new)
  }
  return try LegacyMapping.load(text: text, file: file, schema: schema)
}

/// A legacy query without the path before it, parsed as the gateway does.
func parsed(_ query: String) throws -> RelativeURI {
  let parser = Parser(settings: .legacy)
  let bytes = Array(query.utf8)
  return try bytes.withUnsafeBufferPointer { try parser.relativeURI($0, offset: 0) }
}

func translated(_ query: String) throws -> LegacyPlan {
  try LegacyTranslator(mapping: shippedMapping()).translate(parsed(query))
}

/// The printed Dataverse query with its percent-encoding taken off for reading.
func printed(_ query: RelativeURI) -> String { query.printed().removingPercentEncoding ?? "" }
