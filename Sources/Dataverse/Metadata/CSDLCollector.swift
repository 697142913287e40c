import Foundation
import FoundationXML

/// Hears the elements of a CSDL document and keeps what is wanted.
final class CSDLCollector: NSObject, XMLParserDelegate {
  private(set) var model = CSDLModel()
  private(set) var failure: CSDLReader.Failure?
  /// The root element is the one of a CSDL document.
  private(set) var hasRoot = false
  /// The root element ended.
  private(set) var isComplete = false

  private let wanted: Set<String>?
  private let probes: [String: Set<String>]
  private let limits: CSDLReader.Limits
  private let input: CSDLInput
  private var depth = 0
  private var members = 0
  /// The entity type that is being read, unless it is not wanted.
  private var type: CSDLModel.EntityType?
  private var typeDepth = 0
  private var subject = Subject.type
  /// The type whose navigation properties are only looked at.
  private var probing: String?
  /// The depth of an annotation with alternate keys, while one is being read.
  private var keysDepth: Int?
  /// Everything below this depth is of no interest.
  private var skipDepth: Int?

  /// What an annotation is about.
  private enum Subject { case type, property, navigation, other }

  /// - Parameters:
  ///   - wanted: logical names; `nil` for all.
  ///   - probes: navigation properties of types that are not wanted, to be told whether they are collections.
  init(wanted: Set<String>?, probes: [String: Set<String>], limits: CSDLReader.Limits, input: CSDLInput) {
    self.wanted = wanted
    self.probes = probes
    self.limits = limits
    self.input = input
  }

  private func fail(_ failure: CSDLReader.Failure) {
    if self.failure == nil { self.failure = failure }
    input.stop()
  }

  // MARK: What the parser tells

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes: [String: String]
  ) {
    guard failure == nil, input.failure == nil else { return }
    depth += 1
    guard depth <= limits.depth else { return fail(.tooMany("elements inside one another", limit: limits.depth)) }
    if depth == 1 {
      hasRoot =
        name == "Edmx" && namespaceURI == CSDLNames.edmx && ["4.0", "4.01"].contains(attributes["Version"] ?? "")
      if !hasRoot { fail(.notCSDL) }
      return
    }
    guard skipDepth == nil else { return }
    guard namespaceURI == CSDLNames.edm else {
      if name != "DataServices" || namespaceURI != CSDLNames.edmx { skipDepth = depth }
      return
    }
    start(name, attributes)
  }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    guard failure == nil, input.failure == nil else { return }
    if depth == keysDepth { keysDepth = nil }
    if skipDepth == depth { skipDepth = nil }
    depth -= 1
    if depth == 0 { isComplete = true }
    guard skipDepth == nil, namespaceURI == CSDLNames.edm else { return }
    switch name {
    case "EntityType":
      probing = nil
      if depth < typeDepth { keep() }
    case "Property", "NavigationProperty": subject = .type
    default: break
    }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    guard failure == nil, input.failure == nil else { return }
    // XML_ERR_DOCUMENT_END: also said of text behind the root element.
    let isEnd = (error as NSError).code == 5
    switch (isEnd, hasRoot, isComplete) {
    case (true, true, false): fail(.truncated)
    case (true, false, _): fail(.notCSDL)
    default: fail(.malformed(line: parser.lineNumber))
    }
  }

  // MARK: Elements

  private func start(_ name: String, _ attributes: [String: String]) {
    switch name {
    case "EntityType": startType(attributes)
    case "PropertyRef":
      if let name = attributes["Name"] { type?.key.append(name) }
    case "Property": startProperty(attributes)
    case "NavigationProperty": startNavigation(attributes)
    case "ReferentialConstraint":
      guard subject == .navigation, let property = attributes["Property"] else { return }
      change { $0.navigations[$0.navigations.count - 1].constraints.append(property) }
    case "EntitySet": entitySet(attributes)
    case "Function":
      skipDepth = depth
      guard let name = attributes["Name"] else { return }
      guard EntityDefinitions.isName(name) else { return model.note("A function has a name that is no identifier.") }
      model.functions.insert(name)
      if model.functions.count > limits.names { fail(.tooMany("functions", limit: limits.names)) }
    case "Schema", "EntityContainer", "Key": break
    case "Annotation": annotation(attributes)
    case "Collection", "Record", "PropertyValue":
      if let keysDepth { alternateKey(name, attributes, level: depth - keysDepth) } else { skipDepth = depth }
    default: skipDepth = depth
    }
  }

  private func change(_ body: (inout CSDLModel.EntityType) -> Void) {
    guard var type = type.take() else { return }
    body(&type)
    self.type = type
  }

  private func startType(_ attributes: [String: String]) {
    // One inside another is not CSDL, and must not take the place of the outer one.
    guard type == nil, probing == nil, let name = attributes["Name"] else {
      skipDepth = depth
      return
    }
    let isAbstract = attributes["Abstract"] == "true"
    // Base types without rows are few, and may be needed by what follows.
    guard wanted?.contains(name) ?? true || isAbstract else {
      if probes[name] == nil { skipDepth = depth } else { probing = name }
      return
    }
    guard EntityDefinitions.isName(name) else {
      skipDepth = depth
      return model.note("An entity type has a name that is no logical name.")
    }
    guard model.types[name] == nil else {
      skipDepth = depth
      return model.note("\(name) is there twice; the first is taken.")
    }
    guard model.types.count < limits.tables else { return fail(.tooMany("tables", limit: limits.tables)) }
    subject = .type
    typeDepth = depth
    type = CSDLModel.EntityType(
      name: name, base: attributes["BaseType"].map(CSDLAssembly.local), isAbstract: isAbstract)
  }

  private func keep() {
    guard let type = type.take() else { return }
    model.types[type.name] = type
    model.order.append(type.name)
  }

  private func startProperty(_ attributes: [String: String]) {
    subject = .other
    guard let owner = type?.name, let name = attributes["Name"], let type = attributes["Type"], hasRoom() else {
      skipDepth = depth
      return
    }
    guard EntityDefinitions.isName(name) else {
      skipDepth = depth
      return model.note("\(owner) has a property with a name that is no logical name.")
    }
    subject = .property
    let length = attributes["MaxLength"].flatMap { Int($0) }
    change { $0.properties.append(CSDLModel.Property(name: name, type: type, maxLength: length)) }
    if let count = self.type?.properties.count, count > limits.columns {
      fail(.tooMany("properties in \(owner)", limit: limits.columns))
    }
  }

  private func startNavigation(_ attributes: [String: String]) {
    subject = .other
    if let probing, let name = attributes["Name"], probes[probing]?.contains(name) ?? false {
      model.probed["\(probing)/\(name)"] = CSDLAssembly.target(attributes["Type"] ?? "")?.isCollection ?? false
    }
    guard let owner = type?.name, let name = attributes["Name"], let type = attributes["Type"], hasRoom() else {
      skipDepth = depth
      return
    }
    guard EntityDefinitions.isName(name) else {
      skipDepth = depth
      return model.note("\(owner) has a navigation property with a name that is no identifier.")
    }
    subject = .navigation
    let partner = attributes["Partner"]
    change { $0.navigations.append(CSDLModel.Navigation(name: name, type: type, partner: partner)) }
    if let count = self.type?.navigations.count, count > limits.navigations {
      fail(.tooMany("navigation properties in \(owner)", limit: limits.navigations))
    }
  }

  private func hasRoom() -> Bool {
    members += 1
    guard members <= limits.members else {
      fail(.tooMany("properties", limit: limits.members))
      return false
    }
    return true
  }

  private func entitySet(_ attributes: [String: String]) {
    skipDepth = depth
    guard let name = attributes["Name"], let type = attributes["EntityType"].map(CSDLAssembly.local) else { return }
    guard EntityDefinitions.isName(name), EntityDefinitions.isName(type) else {
      return model.note("An entity set has a name that is no identifier.")
    }
    guard model.sets[name] == nil else { return model.note("The entity set \(name) is there twice.") }
    model.sets[name] = type
    guard model.sets.count <= limits.names else { return fail(.tooMany("entity sets", limit: limits.names)) }
    if model.setOfType[type] == nil {
      model.setOfType[type] = name
    } else if wanted?.contains(type) ?? true {
      model.note("\(type) has a second entity set, \(name); the first is taken.")
    }
  }

  // MARK: Annotations

  /// Longest value of an own term that is kept, in UTF-8 bytes; names that people see are far shorter.
  private static let longestValue = 4096

  private func annotation(_ attributes: [String: String]) {
    guard type != nil, let name = attributes["Term"] else {
      skipDepth = depth
      return
    }
    if keysDepth != nil {
      // Of a record in it.
      if name == SluiceTerm.keyName.qualified, let text = attributes["String"] {
        change { if !$0.alternateKeys.isEmpty { $0.alternateKeys[$0.alternateKeys.count - 1].name = text } }
      }
      skipDepth = depth
      return
    }
    if subject == .type, CSDLCollector.keyTerms.contains(name) {
      keysDepth = depth
      return
    }
    skipDepth = depth
    guard name.hasPrefix(CSDLNames.own), let term = SluiceTerm.allCases.first(where: { $0.qualified == name }),
      let value = attributes["String"] ?? attributes["Bool"] ?? attributes["Int"],
      value.utf8.count <= CSDLCollector.longestValue
    else { return }
    let subject = subject
    change { type in
      switch subject {
      case .type: type.terms[term] = value
      case .property: type.properties[type.properties.count - 1].terms[term] = value
      case .navigation: type.navigations[type.navigations.count - 1].terms[term] = value
      case .other: break
      }
    }
  }

  private static let keyTerms: Set<String> = [
    "\(CSDLNames.core).AlternateKeys", "\(CSDLNames.communityKeys).AlternateKeys", "Core.AlternateKeys",
  ]

  /// `Annotation > Collection > Record (a key) > PropertyValue "Key" > Collection > Record (a part) > PropertyValue`.
  private func alternateKey(_ element: String, _ attributes: [String: String], level: Int) {
    switch (element, level) {
    case ("Record", 2): change { $0.alternateKeys.append(AlternateKey("", columns: [])) }
    case ("PropertyValue", 6):
      guard attributes["Property"] == "Name", let name = attributes["PropertyPath"] ?? attributes["String"] else {
        return
      }
      change { if !$0.alternateKeys.isEmpty { $0.alternateKeys[$0.alternateKeys.count - 1].columns.append(name) } }
      if !hasRoom() { return }
    default: break
    }
  }
}
