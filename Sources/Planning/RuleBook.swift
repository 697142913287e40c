package import CustomerInsights
package import Dataverse
package import Policy
package import YAMLFile

/// The policy and the legacy name map, loaded together: from files, or as they ship with the program.
package struct RuleBook: Sendable {
  package let policy: Policy
  package let names: LegacyNames

  /// - Parameters:
  ///   - policyFile: path of a policy; the shipped `policies/customer-insights.yaml` when `nil`.
  ///   - namesFile: path of a name map; the shipped `policies/legacy-names.yaml` when `nil`.
  ///   - schema: what the upstream has, or the built-in tables.
  /// - Throws: every problem of the first file that has any.
  package static func load(
    policyFile: String?, namesFile: String?, schema: Schema
  ) throws(DiagnosticList) -> RuleBook {
    let policyText = try text(of: policyFile, shipped: PackageResources.customer_insights_yaml)
    let policy = try Policy.load(
      text: policyText, file: policyFile ?? "policies/customer-insights.yaml", schema: schema)
    let namesText = try text(of: namesFile, shipped: PackageResources.legacy_names_yaml)
    let names = try LegacyNames.load(
      text: namesText, file: namesFile ?? "policies/legacy-names.yaml", schema: policy.schema)
    return RuleBook(policy: policy, names: names)
  }

  /// What queries are judged by without an organization to ask: the tables of Customer Insights, and the profile columns
  /// that the policy declares.
  package static let offlineSchema = Schema.customerInsights(profileColumns: [])

  private static func text(of file: String?, shipped: [UInt8]) throws(DiagnosticList) -> String {
    guard let file else { return String(decoding: shipped, as: UTF8.self) }
    return try YAMLDocument.readText(path: file)
  }
}
