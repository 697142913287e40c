/// A term applied to an element of a CSDL document (CSDL 4.0, section 14.2).
package struct CSDLAnnotation: Sendable, Hashable {
  /// Qualified by its namespace: `Org.OData.Capabilities.V1.FilterRestrictions`.
  package var term: String
  package var value: CSDLExpression

  package init(_ term: String, _ value: CSDLExpression) {
    self.term = term
    self.value = value
  }

  /// Everything before the last dot of the term.
  var namespace: String {
    term.lastIndex(of: ".").map { String(term[..<$0]) } ?? ""
  }
}

/// The value of an annotation (CSDL 4.0, section 14.3 and 14.4), as far as the Core and Capabilities vocabularies need.
package indirect enum CSDLExpression: Sendable, Hashable {
  case bool(Bool)
  case int(Int)
  case string(String)
  /// Qualified by its type: `Org.OData.Capabilities.V1.SearchExpressions/none`.
  case enumMember(String)
  case propertyPath(String)
  case navigationPropertyPath(String)
  case collection([CSDLExpression])
  /// - Parameter type: qualified name; `nil` where the term alone says it.
  case record(type: String?, [CSDLPropertyValue])
}

/// A property of a record (CSDL 4.0, section 14.5.14.2).
package struct CSDLPropertyValue: Sendable, Hashable {
  package var name: String
  package var value: CSDLExpression

  package init(_ name: String, _ value: CSDLExpression) {
    self.name = name
    self.value = value
  }
}
