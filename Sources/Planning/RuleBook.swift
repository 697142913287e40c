package import CustomerInsights
package import Dataverse
package import Policy
package import YAMLFile

/// The policy and the mapping of legacy entities, loaded together: from files, or as they ship with the program.
package struct RuleBook: Sendable {
  package let policy: Policy
  package let mapping: LegacyMapping

  /// - Parameters:
  ///   - policyFile: path of a policy; the shipped `policies/customer-insights.yaml` when `nil`.
  ///   - mappingFile: path of a mapping; the shipped `policies/mappings/customer-insights.yaml` when `nil`, of which
  ///     entities are left out whose table the schema lacks.
  ///   - schema: what the upstream has, or the built-in tables.
  /// - Throws: every problem of the first file that has any.
  package static func load(
    policyFile: String?, mappingFile: String?, schema: Schema
  ) throws(DiagnosticList) -> RuleBook {
    let policyText = try text(of: policyFile, shipped: PackageResources.customer_insights_yaml)
    let policy = try Policy.load(
      text: policyText, file: policyFile ?? "policies/customer-insights.yaml", schema: schema)
    let mappingText = try text(of: mappingFile, shipped: PackageResources.mapping_yaml)
    let mapping = try LegacyMapping.load(
      text: mappingText, file: mappingFile ?? "policies/mappings/customer-insights.yaml", schema: policy.schema,
      leavesOutAbsent: mappingFile == nil)
    return RuleBook(policy: policy, mapping: mapping)
  }

  /// What queries are judged by without an organization to ask: the tables of Customer Insights, and the profile columns
  /// that the policy declares.
  package static let offlineSchema = Schema.customerInsights(profileColumns: [])

  private static func text(of file: String?, shipped: [UInt8]) throws(DiagnosticList) -> String {
    guard let file else { return String(decoding: shipped, as: UTF8.self) }
    return try YAMLDocument.readText(path: file)
  }
}
