/// Makes tables of what a CSDL document says: inheritance followed, types worked out, doubtful parts left out and noted.
struct CSDLAssembly {
  private var model: CSDLModel
  private let limits: CSDLReader.Limits

  init(_ model: CSDLModel, limits: CSDLReader.Limits) {
    self.model = model
    self.limits = limits
  }

  /// - Parameters:
  ///   - asked: names of tables or entity sets.
  ///   - shown: logical names of the tables to make; `nil` for all.
  func document(asked: Set<String>, shown: Set<String>?) throws(CSDLReader.Failure) -> CSDLDocument {
    var assembly = self
    var tables: [Table] = []
    for name in model.order {
      guard let type = model.types[name], !type.isAbstract, shown?.contains(name) ?? true else { continue }
      if let table = try assembly.table(type) { tables.append(table) }
    }
    let names = Set(tables.map(\.logicalName))
    let missing = asked.filter { !names.contains($0) && !names.contains(model.sets[$0] ?? "") }.sorted()
    var notes = assembly.model.notes
    if assembly.model.furtherNotes > 0 { notes.append("And \(assembly.model.furtherNotes) more of the kind.") }
    return CSDLDocument(
      schema: Schema(tables: tables), notes: notes, functionNames: model.functions, entitySets: model.sets,
      missing: missing)
  }

  /// The last part of a qualified name.
  static func local(_ name: String) -> String {
    name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } ?? name
  }

  /// Type of a navigation property; `nil` for one that is no entity type's.
  static func target(_ type: String) -> (name: String, isCollection: Bool)? {
    let prefix = "Collection("
    let isCollection = type.hasPrefix(prefix) && type.hasSuffix(")")
    let name = isCollection ? String(type.dropFirst(prefix.count).dropLast()) : type
    guard name.contains("."), !name.hasPrefix("Edm.") else { return nil }
    let table = local(name)
    return EntityDefinitions.isName(table) ? (table, isCollection) : nil
  }

  // MARK: Tables

  /// The type with what it inherits, base first.
  private mutating func flattened(_ type: CSDLModel.EntityType) -> CSDLModel.EntityType {
    var chain = [type]
    var names: Set<String> = [type.name]
    while let base = chain.last?.base {
      guard names.insert(base).inserted else {
        model.note("\(type.name) is its own base type.")
        break
      }
      guard let next = model.types[base] else {
        model.note("\(base), the base type of \(chain.last?.name ?? type.name), is not in the document.")
        break
      }
      chain.append(next)
    }
    var all = type
    all.key = chain.first { !$0.key.isEmpty }?.key ?? []
    all.properties = chain.reversed().flatMap(\.properties)
    all.navigations = chain.reversed().flatMap(\.navigations)
    all.alternateKeys = chain.reversed().flatMap(\.alternateKeys)
    return all
  }

  private mutating func table(_ own: CSDLModel.EntityType) throws(CSDLReader.Failure) -> Table? {
    let type = flattened(own)
    let name = type.name
    guard type.properties.count <= limits.columns else {
      throw .tooMany("properties in \(name)", limit: limits.columns)
    }
    guard type.navigations.count <= limits.navigations else {
      throw .tooMany("navigation properties in \(name)", limit: limits.navigations)
    }
    guard let set = model.setOfType[name] else {
      model.note("\(name) has no entity set and is left out.")
      return nil
    }
    guard let key = type.key.first, EntityDefinitions.isName(key) else {
      model.note("\(name) has no key and is left out.")
      return nil
    }
    if type.key.count > 1 { model.note("\(name) has a key of several properties; \(key) is taken.") }
    var seen: Set<String> = []
    var targets: [String: String] = [:]
    for navigation in type.navigations {
      guard let target = CSDLAssembly.target(navigation.type), !target.isCollection else { continue }
      for property in navigation.constraints where targets[property] == nil { targets[property] = target.name }
    }
    var columns: [Column] = []
    for property in type.properties {
      guard seen.insert(property.name).inserted else {
        model.note("\(name) has \(property.name) twice.")
        continue
      }
      guard property.terms[.keyOnly] != "true" else { continue }
      if let column = column(property, of: name, target: targets[property.name]) { columns.append(column) }
    }
    var navigations: [NavigationProperty] = []
    for navigation in type.navigations {
      guard seen.insert(navigation.name).inserted else {
        model.note("\(name) has \(navigation.name) twice.")
        continue
      }
      if let navigation = self.navigation(navigation, of: name) { navigations.append(navigation) }
    }
    let inferred = CSDLTypes.kind { column in columns.contains { $0.propertyName == column } }
    return Table(
      logicalName: name, entitySetName: set, primaryKey: key, primaryName: type.terms[.primaryName] ?? "",
      kind: type.terms[.tableKind].flatMap { TableKind(rawValue: $0) } ?? inferred, columns: columns,
      navigations: navigations, alternateKeys: alternateKeys(type))
  }

  private mutating func column(_ property: CSDLModel.Property, of table: String, target: String?) -> Column? {
    guard
      var type = CSDLTypes.column(primitive: property.type, property: property.name, maxLength: property.maxLength)
    else {
      model.note("\(table).\(property.name) has a type that this program does not read.")
      return nil
    }
    if case .lookup = type { type = .lookup(target: property.terms[.lookupTarget] ?? target ?? "") }
    if let word = property.terms[.columnType] {
      if let said = ColumnType.simple.first(where: { $0.name == word }),
        said.primitiveType == type.primitiveType
      {
        type = said
      } else {
        model.note("\(table).\(property.name) is said to be of a column type that does not fit.")
      }
    }
    var name = property.name
    if case .lookup = type { name = CSDLTypes.lookupName(property.name) ?? property.name }
    return Column(
      name, type, displayName: property.terms[.displayName] ?? name,
      maxLength: property.terms[.maxLength].flatMap { Int($0) } ?? property.maxLength,
      isSystem: property.terms[.isSystem].map { $0 == "true" } ?? Schema.systemColumnNames.contains(name),
      isComputed: property.terms[.isComputed] == "true")
  }

  private mutating func navigation(_ navigation: CSDLModel.Navigation, of table: String) -> NavigationProperty? {
    guard let target = CSDLAssembly.target(navigation.type) else {
      model.note("\(table).\(navigation.name) leads to no entity type.")
      return nil
    }
    let held = target.isCollection ? nil : navigation.constraints.lazy.compactMap { CSDLTypes.lookupName($0) }.first
    return NavigationProperty(
      navigation.name, target: target.name, isCollection: target.isCollection,
      lookup: navigation.terms[.lookup] ?? held,
      isManyToMany: navigation.terms[.manyToMany] == "true" || isManyToMany(navigation, target))
  }

  /// A collection whose way back is one, too. Where that is not in the document, by its name: both ways of an intersect
  /// table have the same, while a lookup and the collection of its rows have not.
  private func isManyToMany(_ navigation: CSDLModel.Navigation, _ target: (name: String, isCollection: Bool)) -> Bool {
    guard target.isCollection, let partner = navigation.partner else { return false }
    if let back = model.types[target.name]?.navigations.first(where: { $0.name == partner }) {
      return CSDLAssembly.target(back.type)?.isCollection ?? false
    }
    return model.probed["\(target.name)/\(partner)"] ?? (partner == navigation.name)
  }

  /// Of every collection in a model, the way back where it belongs to a type that is not kept.
  static func waysBack(_ model: CSDLModel) -> [String: Set<String>] {
    var result: [String: Set<String>] = [:]
    for type in model.types.values {
      for navigation in type.navigations {
        guard let partner = navigation.partner, let target = target(navigation.type), target.isCollection,
          model.types[target.name] == nil
        else { continue }
        result[target.name, default: []].insert(partner)
      }
    }
    return result
  }

  private mutating func alternateKeys(_ type: CSDLModel.EntityType) -> [AlternateKey] {
    type.alternateKeys.compactMap { key in
      guard !key.columns.isEmpty, key.columns.allSatisfy({ EntityDefinitions.isName($0) }) else {
        model.note("\(type.name) has an alternate key that is not understood.")
        return nil
      }
      return AlternateKey(key.name.isEmpty ? key.columns.joined(separator: "_") : key.name, columns: key.columns)
    }
  }
}
