import Foundation
import Policy
import Testing

@Suite struct DocumentationTests {
  private func document() throws -> String {
    let root = URL(filePath: #filePath).resolvingSymlinksInPath()
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    return try String(contentsOf: root.appending(path: "docs/policy.md"), encoding: .utf8)
  }

  @Test func namesEveryFindingAndOption() throws {
    let text = try document()
    for rule in FindingRule.allCases { #expect(text.contains("`\(rule.rawValue)`"), "\(rule.rawValue)") }
    for option in QueryOption.allCases { #expect(text.contains("`\(option.rawValue)`"), "\(option.rawValue)") }
  }

  @Test func itsExampleLoads() throws {
    let parts = try document().components(separatedBy: "```")
    let example = try #require(parts.first { $0.hasPrefix("yaml\nversion") }).dropFirst(5)
    let policy = try Policy.load(text: String(example), file: "example.yaml", schema: sampleSchema)
    #expect(outcome("msdynci_customerprofiles?$top=1", policy).hasPrefix("allow "))
  }
}
