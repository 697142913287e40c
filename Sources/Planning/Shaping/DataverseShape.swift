package import Policy

/// What may leave of an answer in the Dataverse dialect.
package struct DataverseShape: Sendable {
  package var result: ResultShape
  /// The whole `@odata.context` URL.
  package var context: String
  /// What rows may have, and the rows expanded in them.
  package var members: MemberTree
  /// Terms of annotations that may stay, on members that may have any; a wildcard stands for nothing here.
  package var annotations: [String]
  /// Whether rows keep their tags (`@odata.etag`); those of expanded rows never leave.
  package var hasTags: Bool
  /// Whether the number of rows was asked for; otherwise it does not leave.
  package var hasCount: Bool
  /// Makes our next link of the upstream's `$skiptoken`, decoded once.
  package var nextLink: @Sendable (_ skiptoken: String) throws -> String

  package init(
    result: ResultShape, context: String, members: MemberTree, annotations: [String], hasTags: Bool = false,
    hasCount: Bool,
    nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    self.result = result
    self.context = context
    self.members = members
    self.annotations = annotations
    self.hasTags = hasTags
    self.hasCount = hasCount
    self.nextLink = nextLink
  }
}
