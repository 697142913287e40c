package import Policy

/// What may leave of an answer in the Dataverse dialect.
package struct DataverseShape: Sendable {
  package var result: ResultShape
  /// The whole `@odata.context` URL.
  package var context: String
  /// Names of members that rows may have.
  package var members: Set<String>
  /// Terms of annotations on those members that may stay; a wildcard stands for nothing here.
  package var annotations: [String]
  /// Makes our next link of the upstream's `$skiptoken`, decoded once.
  package var nextLink: @Sendable (_ skiptoken: String) throws -> String

  package init(
    result: ResultShape, context: String, members: Set<String>, annotations: [String],
    nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    self.result = result
    self.context = context
    self.members = members
    self.annotations = annotations
    self.nextLink = nextLink
  }
}
