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
  private let validator: SchemaValidator

  init() throws {
    let text = try YAMLDocument.readText(path: projectFile("policies/mappings/mapping.schema.json"))
    validator = SchemaValidator(JSONValue(try YAMLDocument(text: text, file: "mapping.schema.json").root))
  }

  private func diagnostics(_ value: JSONValue) -> [Diagnostic] {
    do throws(DiagnosticList) {
      _ = try LegacyMapping.load(text: value.text, file: "m.yaml", schema: schema)
      return []
    } catch {
      return error.diagnostics
    }
  }

  private func sample() throws -> JSONValue {
    JSONValue(try YAMLDocument(text: everything, file: "m.yaml").root)
  }

  @Test func admitsWhatShips() throws {
    let file = projectFile("policies/mappings/customer-insights.yaml")
    let text = try YAMLDocument.readText(path: file)
    #expect(text.hasPrefix("# yaml-language-server: $schema=mapping.schema.json"))
    #expect(validator.admits(JSONValue(try YAMLDocument(text: text, file: file).root)))
  }

  @Test func admitsEveryKey() throws {
    let sample = try self.sample()
    #expect(diagnostics(sample).map(\.message) == [])
    #expect(validator.admits(sample))
    #expect(validator.unknownKeywords.isEmpty)
    var named: Set<String> = []
    for (place, schema) in places {
      for property in schema["properties"]?.members ?? [] { named.insert("\(place).\(property.name)") }
    }
    #expect(named.subtracting(validator.used) == [])
  }

  private var places: [(String, JSONValue)] {
    let definitions = (validator.schema["$defs"]?.members ?? []).map { ($0.name, $0.value) }
    return [("", validator.schema)] + definitions.filter { $0.1["properties"] != nil }
  }

  /// The loader names the keys that it knows where it meets another; they are the schema's, no more and no less.
  @Test(arguments: [
    ("", ""), ("limits", "limits"), ("tables.msdynci_enrichment", "table"), ("entities.Customer", "entity"),
    ("entities.Customer.expand.Things", "navigation"), ("enrichments", "family"), ("predictions", "family"),
    ("segments", "segments"), ("keyring", "keyring"),
  ])
  func knowsTheSameKeys(_ path: String, _ definition: String) throws {
    let sample = try self.sample()
    let steps = path.split(separator: ".").map { JSONValue.Step.name(String($0)) }
    let members = try #require(sample[steps]).members
    let strange = JSONValue.Member(name: "zzzzzzzzzzzz", value: .int(1))
    let broken = sample.replacing(steps, with: .object(members + [strange]))
    #expect(!validator.admits(broken))
    let help = try #require(diagnostics(broken).first { $0.message.contains("zzzzzzzzzzzz") }?.help)
    let known = help.split(separator: "`").filter { $0.allSatisfy(\.isLetter) }.map(String.init)
    let schema = try #require(definition.isEmpty ? validator.schema : validator.definition(definition))
    #expect(Set(known) == Set((schema["properties"]?.members ?? []).map(\.name)))
  }

  @Test func knowsTheSameWords() {
    let words = validator.schema["properties"]?["wildcards"]?["enum"]?.items.compactMap(\.word)
    #expect(words == Wildcards.allCases.map(\.rawValue))
  }

  private static let wrongValues: [JSONValue] = [
    .null, .bool(true), .int(0), .int(1), .string("x y"), .string(""), .array([]), .object([]), .array([.int(7)]),
    .object([.init(name: "x", value: .null)]),
  ]

  /// Values of other types and out of range in the place of every value: what the schema refuses the loader refuses, and
  /// what the schema admits has the right form for the loader, if not always a meaning.
  @Test(arguments: 0..<wrongValues.count)
  func agreesAboutForms(_ number: Int) throws {
    let sample = try self.sample()
    for path in sample.paths { compare(sample.replacing(path, with: Self.wrongValues[number]), path) }
  }

  /// Numbers at both ends of every range: where the schema turns, the loader turns.
  @Test func agreesAboutRanges() throws {
    let sample = try self.sample()
    let ends = [1, 32, 500, 1_000, 65_536, 100_000, 1_073_741_824]
    var turns = 0
    for path in sample.paths {
      guard case .int = sample[path] else { continue }
      for end in ends {
        let values = [end - 1, end, end + 1].map { sample.replacing(path, with: .int($0)) }
        for (value, next) in zip(values, values.dropFirst()) where validator.admits(value) != validator.admits(next) {
          turns += 1
          compare(value, path)
          compare(next, path)
        }
      }
    }
    // Of `version` and `skip` the lower end is no step between these numbers.
    #expect(turns == 13)
  }

  private func compare(_ value: JSONValue, _ path: [JSONValue.Step]) {
    let mistakes = diagnostics(value)
    if validator.admits(value) {
      let forms = mistakes.map(\.message).filter { message in
        [
          "is wanted here, ", "A duration is wanted", "is not a key", "is missing here", "none of the words",
          "no name for",
        ]
        .contains { message.contains($0) }
      }
      #expect(forms == [], "\(path): the schema admits this, the loader does not")
    } else {
      #expect(!mistakes.isEmpty, "\(path): the loader admits this, the schema does not")
    }
  }
}
