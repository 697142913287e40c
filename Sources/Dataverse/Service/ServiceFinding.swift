package import ODataURL

/// Something in a query that the Dataverse service refuses, that means something else there than it says, or that is
/// slow or misleading there.
package struct ServiceFinding: Sendable, Hashable {
  /// Id of the rule, `DV001`.
  package var rule: String
  package var span: Span
  /// One sentence, no literal of the query.
  package var message: String
  /// What would pass.
  package var remedy: String
  package var severity: Severity

  package enum Severity: Sendable, Hashable {
    /// The service refuses it, or does something else.
    case error
    /// Slow, or not what it seems.
    case warning
    /// There is a better way.
    case advice
  }

  package init(
    rule: String, span: Span, message: String, remedy: String, severity: Severity = .error
  ) {
    self.rule = rule
    self.span = span
    self.message = message
    self.remedy = remedy
    self.severity = severity
  }
}
