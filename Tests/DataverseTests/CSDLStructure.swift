import Foundation
import FoundationXML

/// Checks a document against the structure of CSDL 4.0: which element may stand where, with which attributes, and that
/// what is named is declared. Written from the specification's text, for the elements that documents here may have.
enum CSDLStructure {
  final class Element {
    let name: String
    let space: String
    let attributes: [String: String]
    var children: [Element] = []
    var text = ""

    init(_ name: String, _ space: String, _ attributes: [String: String]) {
      self.name = name
      self.space = space
      self.attributes = attributes
    }

    func all(_ name: String) -> [Element] { children.filter { $0.name == name } }
    subscript(name: String) -> String { attributes[name] ?? "" }
  }

  private struct Form {
    var required: Set<String> = []
    var optional: Set<String> = []
    var children: Set<String> = []
    var least: [String: Int] = [:]
  }

  static let constants: Set<String> = [
    "Bool", "Int", "String", "EnumMember", "PropertyPath", "NavigationPropertyPath",
  ]
  private static let expressions = constants.union(["Collection", "Record"])
  private static let facets: Set<String> = ["Nullable", "DefaultValue", "MaxLength", "Precision", "Scale", "Unicode"]

  private static let forms: [String: Form] = [
    "Edmx": Form(required: ["Version"], children: ["Reference", "DataServices"], least: ["DataServices": 1]),
    "Reference": Form(required: ["Uri"], children: ["Include"], least: ["Include": 1]),
    "Include": Form(required: ["Namespace"], optional: ["Alias"]),
    "DataServices": Form(children: ["Schema"], least: ["Schema": 1]),
    "Schema": Form(
      required: ["Namespace"], optional: ["Alias"], children: ["EntityType", "EntityContainer", "Term", "Annotation"]),
    "EntityType": Form(
      required: ["Name"], optional: ["BaseType", "Abstract", "OpenType"],
      children: ["Key", "Property", "NavigationProperty", "Annotation"]),
    "Key": Form(children: ["PropertyRef"], least: ["PropertyRef": 1]),
    "PropertyRef": Form(required: ["Name"], optional: ["Alias"]),
    "Property": Form(required: ["Name", "Type"], optional: facets, children: ["Annotation"]),
    "NavigationProperty": Form(
      required: ["Name", "Type"], optional: ["Nullable", "Partner", "ContainsTarget"],
      children: ["ReferentialConstraint", "OnDelete", "Annotation"]),
    "ReferentialConstraint": Form(required: ["Property", "ReferencedProperty"], children: ["Annotation"]),
    "EntityContainer": Form(required: ["Name"], children: ["EntitySet", "Annotation"]),
    "EntitySet": Form(required: ["Name", "EntityType"], children: ["NavigationPropertyBinding", "Annotation"]),
    "NavigationPropertyBinding": Form(required: ["Path", "Target"]),
    "Term": Form(required: ["Name", "Type"], optional: facets.union(["AppliesTo", "BaseTerm"])),
    "Annotation": Form(
      required: ["Term"], optional: constants.union(["Qualifier"]), children: expressions.union(["Annotation"])),
    "Collection": Form(children: expressions),
    "Record": Form(optional: ["Type"], children: ["PropertyValue", "Annotation"]),
    "PropertyValue": Form(required: ["Property"], optional: constants, children: expressions),
  ]

  /// - Returns: what is wrong; empty for a valid document.
  static func problems(of bytes: [UInt8]) -> [String] {
    let builder = Builder()
    let parser = XMLParser(data: Data(bytes))
    parser.shouldProcessNamespaces = true
    parser.delegate = builder
    guard parser.parse(), builder.error == nil, let root = builder.root else { return ["not XML"] }
    guard root.name == "Edmx", root["Version"] == "4.0" else { return ["the root is \(root.name)"] }
    var problems: [String] = []
    check(root, &problems)
    names(root, &problems)
    return problems
  }

  private static func check(_ element: Element, _ problems: inout [String]) {
    let space = ["Edmx", "Reference", "Include", "DataServices"].contains(element.name) ? "edmx" : "edm"
    if element.space != "http://docs.oasis-open.org/odata/ns/\(space)" { problems.append("\(element.name): namespace") }
    if constants.contains(element.name) {
      if !element.children.isEmpty { problems.append("\(element.name) has children") }
      return
    }
    guard let form = forms[element.name] else { return problems.append("\(element.name) is unknown") }
    let given = Set(element.attributes.keys.filter { $0 != "xmlns" && !$0.hasPrefix("xmlns:") })
    for name in form.required.subtracting(given) { problems.append("\(element.name) without \(name)") }
    for name in given.subtracting(form.required).subtracting(form.optional) {
      problems.append("\(element.name) with \(name)")
    }
    for (name, count) in form.least where element.all(name).count < count {
      problems.append("\(element.name) without \(name)")
    }
    for child in element.children where !form.children.contains(child.name) {
      problems.append("\(child.name) in \(element.name)")
    }
    if !element.text.allSatisfy(\.isWhitespace) { problems.append("text in \(element.name)") }
    if ["Annotation", "PropertyValue"].contains(element.name) {
      let values = given.intersection(constants).count + element.children.filter { $0.name != "Annotation" }.count
      if values != 1 { problems.append("\(element.name) with \(values) values") }
    }
    for child in element.children { check(child, &problems) }
  }

  private static func names(_ root: Element, _ problems: inout [String]) {
    let schemas = root.all("DataServices").flatMap { $0.all("Schema") }
    var known = Set(schemas.map { $0["Namespace"] })
    for include in root.all("Reference").flatMap({ $0.all("Include") }) { known.insert(include["Namespace"]) }
    if schemas.flatMap({ $0.all("EntityContainer") }).count != 1 { problems.append("not one container") }
    for schema in schemas {
      let types = Dictionary(schema.all("EntityType").map { ($0["Name"], $0) }) { first, _ in first }
      if types.count != schema.all("EntityType").count { problems.append("a type twice") }
      func type(_ name: String) -> Element? {
        for prefix in [schema["Namespace"], schema["Alias"]] where name.hasPrefix(prefix + ".") {
          return types[String(name.dropFirst(prefix.count + 1))]
        }
        return nil
      }
      for (name, element) in types { self.type(name, element, type, &problems) }
      let sets = schema.all("EntityContainer").flatMap { $0.all("EntitySet") }
      let setNames = Set(sets.map { $0["Name"] })
      if setNames.count != sets.count { problems.append("a set twice") }
      for set in sets {
        guard let own = type(set["EntityType"]) else {
          problems.append("\(set["Name"]) has no type")
          continue
        }
        if own.all("Key").isEmpty { problems.append("\(set["Name"]) has no key") }
        for binding in set.all("NavigationPropertyBinding") {
          if !setNames.contains(binding["Target"]) { problems.append("\(binding["Target"]) is no set") }
          if !own.all("NavigationProperty").contains(where: { $0["Name"] == binding["Path"] }) {
            problems.append("\(binding["Path"]) is no navigation property")
          }
        }
      }
    }
    terms(root, known, &problems)
  }

  private static func type(
    _ name: String, _ element: Element, _ find: (String) -> Element?, _ problems: inout [String]
  ) {
    let members = (element.all("Property") + element.all("NavigationProperty")).map { $0["Name"] }
    if Set(members).count != members.count { problems.append("\(name) has a name twice") }
    for name in members + [name] where name.wholeMatch(of: /[A-Za-z_][A-Za-z0-9_]{0,127}/) == nil {
      problems.append("\(name) is no identifier")
    }
    if element.all("Key").isEmpty, element["Abstract"] != "true" { problems.append("\(name) has no key") }
    for part in element.all("Key").flatMap({ $0.all("PropertyRef") }) {
      let property = element.all("Property").first { $0["Name"] == part["Name"] }
      if property?["Nullable"] != "false" { problems.append("the key of \(name)") }
    }
    for navigation in element.all("NavigationProperty") {
      let text = navigation["Type"]
      let inner = text.hasPrefix("Collection(") ? String(text.dropFirst(11).dropLast()) : text
      guard let target = find(inner) else {
        problems.append("\(text) is not declared")
        continue
      }
      for constraint in navigation.all("ReferentialConstraint") {
        if !element.all("Property").contains(where: { $0["Name"] == constraint["Property"] })
          || !target.all("Property").contains(where: { $0["Name"] == constraint["ReferencedProperty"] })
        {
          problems.append("a constraint of \(navigation["Name"])")
        }
      }
    }
  }

  private static func terms(_ element: Element, _ known: Set<String>, _ problems: inout [String]) {
    if element.name == "Annotation" {
      let term = element["Term"]
      let namespace = term.lastIndex(of: ".").map { String(term[..<$0]) } ?? ""
      if !known.contains(namespace) { problems.append("\(term) is not included") }
    }
    for child in element.children { terms(child, known, &problems) }
  }

  private final class Builder: NSObject, XMLParserDelegate {
    var root: Element?
    var error: (any Error)?
    private var open: [Element] = []

    func parser(
      _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
      attributes: [String: String]
    ) {
      let element = Element(name, namespaceURI ?? "", attributes)
      if let last = open.last { last.children.append(element) } else { root = element }
      open.append(element)
    }

    func parser(_ parser: XMLParser, didEndElement: String, namespaceURI: String?, qualifiedName: String?) {
      open.removeLast()
    }

    func parser(_ parser: XMLParser, foundCharacters text: String) { open.last?.text += text }
    func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) { self.error = error }
  }
}
