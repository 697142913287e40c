/// What of a request matters to the judge besides its query.
package struct JudgeRequest: Sendable, Hashable {
  /// The caller's scope.
  package var scope: String
  /// Rows of a page when the caller prefers none; the policy's limit when `nil`.
  package var defaultPageSize: Int?
  /// `odata.maxpagesize` of the caller's `Prefer`; a larger one than allowed is lowered.
  package var preferPageSize: Int?
  /// Annotation terms of the caller's `Prefer`; those that are not allowed are dropped.
  package var annotations: [String]
  /// The `$skiptoken` was made by the service and came back sealed by us.
  package var pagingTokenVouched: Bool

  package init(
    scope: String, defaultPageSize: Int? = nil, preferPageSize: Int? = nil, annotations: [String] = [],
    pagingTokenVouched: Bool = false
  ) {
    self.scope = scope
    self.defaultPageSize = defaultPageSize
    self.preferPageSize = preferPageSize
    self.annotations = annotations
    self.pagingTokenVouched = pagingTokenVouched
  }
}
