package import ODataURL

/// What of a request matters to the judge besides its query.
package struct JudgeRequest: Sendable, Hashable {
  /// The caller's scope.
  package var scope: String
  /// Rows of a page when the caller prefers none; the policy's limit when `nil`.
  package var defaultPageSize: Int?
  /// `odata.maxpagesize` of the caller's `Prefer`; a larger one than allowed is lowered.
  package var preferPageSize: Int?
  /// The caller's `$top` where it is not sent: whoever reads the rows page by page counts them off. It is judged as if it
  /// stood in the query.
  package var countedTop: Spanned<Int64>?
  /// Columns that the caller's own `$select` names, where a gateway has put others beside them that the caller did not ask
  /// for and could not leave out: no more than these count against the limit of `$select`. `nil` where all are the
  /// caller's.
  package var namedColumns: Int?
  /// Annotation terms of the caller's `Prefer`; those that are not allowed are dropped.
  package var annotations: [String]
  /// Values that the caller brings for row filters, by name: `region` for `@caller.region`.
  package var claims: [String: String]
  /// Whether advice to linters (`DV101` and on) is wanted; it costs, and changes nothing about the verdict unless the
  /// policy says that one of those rules denies.
  package var wantsAdvice: Bool
  /// The `$skiptoken` was made by the service and came back sealed by us.
  package var pagingTokenVouched: Bool

  package init(
    scope: String, defaultPageSize: Int? = nil, preferPageSize: Int? = nil, countedTop: Spanned<Int64>? = nil,
    namedColumns: Int? = nil, annotations: [String] = [], claims: [String: String] = [:], wantsAdvice: Bool = false,
    pagingTokenVouched: Bool = false
  ) {
    self.scope = scope
    self.defaultPageSize = defaultPageSize
    self.preferPageSize = preferPageSize
    self.countedTop = countedTop
    self.namedColumns = namedColumns
    self.annotations = annotations
    self.claims = claims
    self.wantsAdvice = wantsAdvice
    self.pagingTokenVouched = pagingTokenVouched
  }

  /// The page size that advice is about: what the caller wants, or what a dialect with pages of its own sends.
  func advisedPageSize(hasTop: Bool) -> Int? { preferPageSize ?? (hasTop ? nil : defaultPageSize) }
}
