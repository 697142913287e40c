import TestSupport
import Foundation
import Policy
import Testing
import YAMLFile

@Suite struct DocumentationTests {
  private func document() throws -> String { try projectText("docs/policy.md") }

  @Test func namesEveryFindingAndOption() throws {
    let text = try document()
    for rule in FindingRule.allCases { #expect(text.contains("`\(rule.rawValue)`"), "\(rule.rawValue)") }
    for option in QueryOption.allCases { #expect(text.contains("`\(option.rawValue)`"), "\(option.rawValue)") }
  }

  @Test func itsExampleLoads() throws {
    let example = try #require(try examples().first)
    let policy = try Policy.load(text: example, file: "example.yaml", schema: sampleSchema)
    #expect(outcome("msdynci_customerprofiles?$top=1", policy).hasPrefix("allow "))
  }

  /// Parts of a policy, each put in the place of the same parts of a whole one.
  @Test func everyExampleLoads() throws {
    let whole = """
      version: 1
      name: example
      options: [$select, $filter]
      tables:
        msdynci_customerprofile:
          ttl: 1m
          columns:
            msdynci_customerid: { select: true, filter: [eq] }
            msdynci_fullname: { select: true }
        msdynci_unifiedactivity:
          ttl: 1m
          columns:
            msdynci_customerid: { select: true, filter: [eq] }
      scopes:
        default: {}
      """
    func parts(_ text: String) -> [String: String] {
      var parts: [String: String] = [:]
      var key = ""
      for line in text.split(separator: "\n") {
        if let first = line.first, first != " " { key = String(line.prefix { $0 != ":" }) }
        parts[key, default: ""] += line + "\n"
      }
      return parts
    }
    let examples = try examples()
    #expect(examples.count == 4)
    for example in examples {
      let merged = parts(whole).merging(parts(example)) { $1 }
      let text = merged.sorted { $0.key < $1.key }.map(\.value).joined()
      let policy = try Policy.load(text: text, file: "example.yaml", schema: sampleSchema)
      #expect(!policy.tables.isEmpty)
    }
  }

  private func examples() throws -> [String] {
    try document().components(separatedBy: "```").filter { $0.hasPrefix("yaml\n") }.map { String($0.dropFirst(5)) }
  }

  @Test func namesEveryKey() throws {
    let text = try document()
    let schema = JSONValue(
      try YAMLDocument(text: projectText("policies/policy.schema.json"), file: "policy.schema.json").root)
    let keys = ([schema] + (schema["$defs"]?.members ?? []).map(\.value))
      .flatMap { ($0["properties"]?.members ?? []).map(\.name) }
    #expect(keys.count > 40)
    for key in keys {
      let isNamed = ["`\(key)`", "`\(key):", "{ \(key):", "{\(key):", " \(key):"].contains { text.contains($0) }
      #expect(isNamed, "\(key)")
    }
  }
}
