package import ODataURL

/// Something in a query that the Dataverse service refuses, or that means something else there than it says.
package struct ServiceFinding: Sendable, Hashable {
  /// Id of the rule, `DV001`.
  package var rule: String
  package var span: Span
  /// One sentence, no literal of the query.
  package var message: String
  /// What would pass.
  package var remedy: String

  package init(rule: String, span: Span, message: String, remedy: String) {
    self.rule = rule
    self.span = span
    self.message = message
    self.remedy = remedy
  }
}
