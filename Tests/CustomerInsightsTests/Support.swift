import Dataverse
import Foundation
import ODataURL
import YAMLFile

@testable import CustomerInsights

let schema = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns)

/// The names that ship with the program.
func shippedNames() throws -> LegacyNames {
  let file = URL(filePath: #filePath).resolvingSymlinksInPath()
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "policies/legacy-names.yaml").path
  return try LegacyNames.load(text: try YAMLDocument.readText(path: file), file: file, schema: schema)
}

/// A legacy query without the path before it, parsed as the gateway does.
func parsed(_ query: String) throws -> RelativeURI {
  let parser = Parser(settings: .legacy)
  let bytes = Array(query.utf8)
  return try bytes.withUnsafeBufferPointer { try parser.relativeURI($0, offset: 0) }
}

func translated(_ query: String) throws -> LegacyPlan {
  try LegacyTranslator(names: shippedNames()).translate(parsed(query))
}

/// The printed Dataverse query with its percent-encoding taken off for reading.
func printed(_ query: RelativeURI) -> String { query.printed().removingPercentEncoding ?? "" }
