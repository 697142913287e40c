import Testing

/// Rules of CSDL 4.0 XML, as far as documents of entity types use them: which elements and attributes stand where, and
/// that every name that is used is declared.
enum CSDLCheck {
  /// Element → attributes it must have, attributes it may have besides, children it may have.
  private static let elements: [String: (must: Set<String>, may: Set<String>, children: Set<String>)] = [
    "edmx:Edmx": (["Version"], ["xmlns:edmx"], ["edmx:Reference", "edmx:DataServices"]),
    "edmx:Reference": (["Uri"], [], ["edmx:Include"]),
    "edmx:Include": (["Namespace"], ["Alias"], []),
    "edmx:DataServices": ([], [], ["Schema"]),
    "Schema": (["Namespace"], ["Alias", "xmlns"], ["EntityType", "EntityContainer"]),
    "EntityType": (["Name"], [], ["Key", "Property", "NavigationProperty", "Annotation"]),
    "Key": ([], [], ["PropertyRef"]),
    "PropertyRef": (["Name"], [], []),
    "Property": (["Name", "Type"], ["Nullable", "MaxLength", "Scale"], ["Annotation"]),
    "NavigationProperty": (["Name", "Type"], ["Nullable"], ["ReferentialConstraint", "Annotation"]),
    "ReferentialConstraint": (["Property", "ReferencedProperty"], [], []),
    "EntityContainer": (["Name"], [], ["EntitySet", "Annotation"]),
    "EntitySet": (["Name", "EntityType"], [], ["NavigationPropertyBinding", "Annotation"]),
    "NavigationPropertyBinding": (["Path", "Target"], [], []),
    "Annotation": (["Term"], constants, ["Record", "Collection"]),
    "Record": (["Type"], [], ["PropertyValue"]),
    "PropertyValue": (["Property"], constants, ["Record", "Collection"]),
    "Collection": ([], [], ["Record", "PropertyPath", "NavigationPropertyPath", "String"]),
    "PropertyPath": ([], [], []), "NavigationPropertyPath": ([], [], []), "String": ([], [], []),
  ]
  private static let constants: Set<String> = [
    "Bool", "Int", "String", "EnumMember", "PropertyPath", "NavigationPropertyPath",
  ]

  static func expectSound(_ document: XMLElement) {
    #expect(document.name == "edmx:Edmx" && document["Version"] == "4.0")
    #expect(document.attributes["xmlns:edmx"] == "http://docs.oasis-open.org/odata/ns/edmx")
    expectForm(document)
    let types = Dictionary(document.all("EntityType").map { ($0["Name"], $0) }, uniquingKeysWith: { first, _ in first })
    #expect(types.count == document.all("EntityType").count, "a type is declared twice")
    for type in types.values { expectSound(type, types) }
    let sets = document.all("EntitySet")
    #expect(Set(sets.map { $0["Name"] }).count == sets.count)
    let included = Set(document.all("edmx:Include").map { $0["Namespace"] })
    for annotation in document.all("Annotation") {
      let namespace = annotation["Term"].split(separator: ".").dropLast().joined(separator: ".")
      #expect(included.contains(namespace), "\(namespace) is not referenced")
    }
    for set in sets {
      let name = String(set["EntityType"].dropFirst("Microsoft.Dynamics.CRM.".count))
      guard let type = types[name] else {
        Issue.record("\(set["Name"]): no type \(name)")
        continue
      }
      let properties = Set(type.children.filter { $0.name == "Property" }.map { $0["Name"] })
      let navigations = Set(type.children.filter { $0.name == "NavigationProperty" }.map { $0["Name"] })
      for binding in set.all("NavigationPropertyBinding") {
        #expect(navigations.contains(binding["Path"]) && sets.contains { $0["Name"] == binding["Target"] })
      }
      #expect(properties.isSuperset(of: paths("PropertyPath", in: set)), "\(set["Name"])")
      #expect(navigations.isSuperset(of: paths("NavigationPropertyPath", in: set)), "\(set["Name"])")
    }
  }

  private static func expectForm(_ element: XMLElement) {
    guard let form = elements[element.name] else {
      Issue.record("no element \(element.name)")
      return
    }
    let given = Set(element.attributes.keys)
    #expect(form.must.isSubset(of: given), "\(element.name) \(given)")
    #expect(given.subtracting(form.must).isSubset(of: form.may), "\(element.name) \(given)")
    if element.name == "Annotation" || element.name == "PropertyValue" {
      #expect(given.intersection(constants).count + element.children.count == 1, "\(element.name) has one value")
    }
    for child in element.children {
      #expect(form.children.contains(child.name), "\(child.name) in \(element.name)")
      expectForm(child)
    }
  }

  private static func expectSound(_ type: XMLElement, _ types: [String: XMLElement]) {
    let properties = type.children.filter { $0.name == "Property" }
    let navigations = type.children.filter { $0.name == "NavigationProperty" }
    let names = (properties + navigations).map { $0["Name"] }
    #expect(Set(names).count == names.count, "\(type["Name"]) has a name twice")
    let keys = type.all("PropertyRef").map { $0["Name"] }
    #expect(keys.count == 1)
    for key in keys { #expect(properties.first { $0["Name"] == key }?["Nullable"] == "false") }
    for property in properties { #expect(property["Type"].hasPrefix("Edm.")) }
    for navigation in navigations {
      var target = navigation["Type"][...]
      if target.hasPrefix("Collection(") { target = target.dropFirst("Collection(".count).dropLast() }
      let other = types[String(target.dropFirst("mscrm.".count))]
      #expect(target.hasPrefix("mscrm.") && other != nil, "\(target)")
      for constraint in navigation.all("ReferentialConstraint") {
        #expect(properties.contains { $0["Name"] == constraint["Property"] })
        #expect(other?.child("Property", "Name", constraint["ReferencedProperty"]) != nil)
      }
    }
  }

  private static func paths(_ name: String, in element: XMLElement) -> Set<String> {
    Set(element.all(name).map(\.text) + element.all("PropertyValue").compactMap { $0.attributes[name] })
  }
}
