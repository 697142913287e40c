import TestSupport
import Testing
import YAMLFile

@testable import CustomerInsights

/// A mapping with every key that there is.
private let everything = """
  version: 1
  prefix: msdynci_
  wildcards: leave
  privateMetadata: true
  limits: { reads: 10, rows: 100, bytes: 65536, time: 5s, concurrency: 2, idsPerRead: 20, skip: 10 }
  ids: { msdynci_customerid: digits, msdynci_other?: dashes }
  tables:
    msdynci_enrichment:
      optional: true
      names: { msdynci_identifier: Nr }
      aliases: { Number: msdynci_identifier }
  entities:
    Customer:
      table: msdynci_customerprofile
      optional: false
      where: { msdynci_city: Berlin }
      unfold: msdynci_occupation
      columns: [msdynci_customerid, msdynci_email?]
      key: msdynci_customerid
      search: [msdynci_email]
      names: { msdynci_email: Mail }
      aliases: { Address: msdynci_email }
      expand:
        Things: { entity: Brands, from: msdynci_customerid, column: msdynci_customerid, collection: false }
  enrichments:
    table: msdynci_enrichment
    optional: true
    nameColumn: msdynci_enrichmentprovider
    entities: [Brands, Interests]
    unfold: msdynci_values
    columns: [msdynci_customerid]
    key: msdynci_customerid
    search: [msdynci_identifier]
    names: { msdynci_customerid: Id }
    aliases: { Mine: msdynci_customerid }
    expand:
      Owner: { entity: Customer, from: msdynci_customerid, column: msdynci_customerid }
  predictions: { table: msdynci_prediction, nameColumn: msdynci_modelprovider, entities: [Churn] }
  segments:
    table: msdynci_segmentmembership
    optional: true
    customer: msdynci_customerid
    list: msdynci_segments
    row: msdynci_identifier
    member: Segments
    entity: Customer
    names: [Young, Old]
  keyring:
    table: msdynci_alternatekey
    optional: true
    dataSource: msdynci_datasourcename
    entity: msdynci_entityname
    key: msdynci_alternatevalue
    customer: msdynci_customerid
    ring: msdynci_keyring

  """

/// The schema for editors and the loader have to say the same of every file.
@Suite struct MappingSchemaTests {
  private let agreement: SchemaAgreement

  init() throws {
    let text = try YAMLDocument.readText(path: projectFile("policies/mappings/mapping.schema.json"))
    agreement = try SchemaAgreement(schema: text, sample: everything) { text in
      do throws(DiagnosticList) {
        _ = try LegacyMapping.load(text: text, file: "m.yaml", schema: schema)
        return []
      } catch {
        return error.diagnostics
      }
    }
  }

  @Test func admitsWhatShips() throws {
    let file = projectFile("policies/mappings/customer-insights.yaml")
    let text = try YAMLDocument.readText(path: file)
    #expect(text.hasPrefix("# yaml-language-server: $schema=mapping.schema.json"))
    #expect(agreement.validator.admits(JSONValue(try YAMLDocument(text: text, file: file).root)))
  }

  @Test func admitsEveryKey() {
    #expect(agreement.mistakesOfSample == [])
    #expect(agreement.validator.admits(agreement.sample))
    #expect(agreement.validator.unknownKeywords.isEmpty)
    #expect(agreement.keys.subtracting(agreement.validator.used) == [])
  }

  /// The loader names the keys that it knows where it meets another; they are the schema's, no more and no less.
  @Test(arguments: [
    ("", ""), ("limits", "limits"), ("tables.msdynci_enrichment", "table"), ("entities.Customer", "entity"),
    ("entities.Customer.expand.Things", "navigation"), ("enrichments", "family"), ("predictions", "family"),
    ("segments", "segments"), ("keyring", "keyring"),
  ])
  func knowsTheSameKeys(_ path: String, _ definition: String) throws {
    let keys = try #require(agreement.knownKeys(at: path.split(separator: ".").map { .name(String($0)) }, definition))
    #expect(keys.loader == keys.schema)
  }

  @Test func knowsTheSameWords() {
    let words = agreement.validator.schema["properties"]?["wildcards"]?["enum"]?.items.compactMap(\.word)
    #expect(words == Wildcards.allCases.map(\.rawValue))
  }

  private static let wrongValues: [JSONValue] = [
    .null, .bool(true), .int(0), .int(1), .string("x y"), .string(""), .array([]), .object([]), .array([.int(7)]),
    .object([.init(name: "x", value: .null)]),
  ]

  /// Values of other types and out of range in the place of every value.
  @Test(arguments: 0..<wrongValues.count)
  func agreesAboutForms(_ number: Int) {
    for path in agreement.sample.paths {
      let value = agreement.sample.replacing(path, with: Self.wrongValues[number])
      #expect(agreement.difference(about: value) == nil, "\(path)")
    }
  }

  /// Numbers at both ends of every range: where the schema turns, the loader turns.
  @Test func agreesAboutRanges() {
    let ends = [1, 32, 500, 1_000, 65_536, 100_000, 1_073_741_824]
    let found = agreement.ranges(ends.flatMap { [$0 - 1, $0, $0 + 1] }.sorted())
    #expect(found.differences == [])
    // Of `version` and `skip` the lower end is no step between these numbers.
    #expect(found.turns == 13)
  }
}
