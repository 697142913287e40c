extension CSDLWriter {
  static func own(_ term: SluiceTerm, _ value: CSDLExpression) -> CSDLAnnotation {
    CSDLAnnotation(term.qualified, value)
  }

  /// `Org.OData.Core.V1.AlternateKeys`.
  /// - Parameter names: with the names of the keys, which the term itself does not have.
  static func alternateKeys(_ keys: [AlternateKey], names: Bool) -> CSDLAnnotation {
    let records = keys.map { key in
      let parts = key.columns.map { column in
        CSDLExpression.record(
          type: "\(CSDLNames.core).PropertyRef",
          [CSDLPropertyValue("Name", .propertyPath(column)), CSDLPropertyValue("Alias", .string(column))])
      }
      var values = [CSDLPropertyValue("Key", .collection(parts))]
      if names { values.append(CSDLPropertyValue(SluiceTerm.keyName.qualified, .string(key.name))) }
      return CSDLExpression.record(type: "\(CSDLNames.core).AlternateKey", values)
    }
    return CSDLAnnotation("\(CSDLNames.core).AlternateKeys", .collection(records))
  }

  static func write(_ annotation: CSDLAnnotation, _ out: inout XMLText) {
    write("Annotation", [("Term", annotation.term)], annotation.value, &out)
  }

  /// An element with a value: a constant as its attribute, anything else as its child (CSDL 4.0, section 14.3).
  private static func write(
    _ element: String, _ attributes: XMLText.Attributes, _ value: CSDLExpression, _ out: inout XMLText
  ) {
    if let constant = constant(value) {
      out.element(element, attributes + [(constant.name, constant.text)])
    } else {
      out.element(element, attributes) { write(value, &$0) }
    }
  }

  private static func constant(_ value: CSDLExpression) -> (name: String, text: String)? {
    switch value {
    case .bool(let value): ("Bool", String(value))
    case .int(let value): ("Int", String(value))
    case .string(let text): ("String", text)
    case .enumMember(let text): ("EnumMember", text)
    case .propertyPath(let text): ("PropertyPath", text)
    case .navigationPropertyPath(let text): ("NavigationPropertyPath", text)
    case .collection, .record: nil
    }
  }

  private static func write(_ value: CSDLExpression, _ out: inout XMLText) {
    switch value {
    case .collection(let elements):
      out.element("Collection", [], isEmpty: elements.isEmpty) { out in
        for element in elements { write(element, &out) }
      }
    case .record(let type, let properties):
      out.element("Record", [("Type", type)], isEmpty: properties.isEmpty) { out in
        for property in properties {
          // A name with a namespace is that of a term: a record's own annotations are no properties of its type.
          let isTerm = property.name.contains(".")
          write(
            isTerm ? "Annotation" : "PropertyValue", [(isTerm ? "Term" : "Property", property.name)], property.value,
            &out)
        }
      }
    default:
      if let constant = constant(value) { out.element(constant.name, text: constant.text) }
    }
  }

  /// Declares the terms of ``SluiceTerm``, so that a schema file needs no other document.
  static func writeVocabulary(_ out: inout XMLText) {
    out.element("Schema", [("Namespace", CSDLNames.own), ("xmlns", CSDLNames.edm)]) { out in
      for term in SluiceTerm.allCases {
        out.element("Term", [("Name", term.rawValue), ("Type", term.type), ("AppliesTo", term.appliesTo)])
      }
    }
  }
}
