/// Writes tables as a CSDL 4.0 document in XML: what `$metadata` answers, or what a schema file holds.
///
/// The same tables give the same bytes, in the order of the tables, so that files can be compared line by line. Every
/// type that the document names is declared in it, and every key is a property that cannot be null, whatever is left out
/// of the tables: a document of a part of a schema is as valid as one of the whole.
package struct CSDLWriter {
  /// What the document is for.
  package enum Purpose: Sendable {
    /// For clients: what OData has words for. Navigation to tables that are not in the document is left out.
    case service
    /// For ``CSDLReader``: everything that a ``Schema`` knows, in annotations of a vocabulary of its own. Reading it
    /// gives the same tables again.
    case schemaFile
  }

  private let tables: [Table]
  private let purpose: Purpose
  private let entitySet: (Table) -> [CSDLAnnotation]
  private let property: (Table, Column) -> [CSDLAnnotation]
  private let container: [CSDLAnnotation]
  private let byName: [String: Table]

  /// - Parameters:
  ///   - tables: of two with one logical name or entity set name the first is written.
  ///   - annotations: for the entity set of a table, for example of the vocabulary `Org.OData.Capabilities.V1`.
  ///   - columnAnnotations: for a property, after those that this writer has itself.
  ///   - containerAnnotations: for the entity container.
  package init(
    tables: [Table], purpose: Purpose = .service, annotations: @escaping (Table) -> [CSDLAnnotation] = { _ in [] },
    columnAnnotations: @escaping (Table, Column) -> [CSDLAnnotation] = { _, _ in [] },
    containerAnnotations: [CSDLAnnotation] = []
  ) {
    var byName: [String: Table] = [:]
    var sets: Set<String> = []
    self.tables = tables.filter { table in
      guard byName[table.logicalName] == nil, sets.insert(table.entitySetName).inserted else { return false }
      byName[table.logicalName] = table
      return true
    }
    self.byName = byName
    self.purpose = purpose
    entitySet = annotations
    property = columnAnnotations
    container = containerAnnotations
  }

  /// The document, UTF-8.
  package func document() -> [UInt8] {
    let sets = tables.map { (table: $0, annotations: entitySet($0)) }
    let types = tables.map { entityType($0) }
    let used =
      types.flatMap { $0.namespaces } + sets.flatMap { $0.annotations.map(\.namespace) } + container.map(\.namespace)
    var out = XMLText()
    out.element("edmx:Edmx", [("Version", "4.0"), ("xmlns:edmx", CSDLNames.edmx)]) { out in
      for vocabulary in CSDLNames.vocabularies where used.contains(vocabulary.namespace) {
        out.element("edmx:Reference", [("Uri", vocabulary.address)]) { out in
          out.element("edmx:Include", [("Namespace", vocabulary.namespace), ("Alias", vocabulary.alias)])
        }
      }
      out.element("edmx:DataServices", []) { out in
        let attributes: XMLText.Attributes = [
          ("Namespace", CSDLNames.namespace), ("Alias", CSDLNames.alias), ("xmlns", CSDLNames.edm),
        ]
        out.element("Schema", attributes) { out in
          for name in outside() { out.element("EntityType", [("Name", name), ("Abstract", "true")]) }
          for type in types { type.write(&out) }
          out.element("EntityContainer", [("Name", CSDLNames.container)], isEmpty: sets.isEmpty && container.isEmpty) {
            out in
            for set in sets { write(set.table, set.annotations, &out) }
            for annotation in container { CSDLWriter.write(annotation, &out) }
          }
        }
        if purpose == .schemaFile { CSDLWriter.writeVocabulary(&out) }
      }
    }
    return out.bytes
  }

  /// Tables that a schema file's navigation leads to and that are not in it; sorted. A type without keys and rows
  /// stands for each.
  private func outside() -> [String] {
    guard purpose == .schemaFile else { return [] }
    return Set(tables.flatMap { $0.navigations.map(\.target) }).filter { byName[$0] == nil }.sorted()
  }

  // MARK: Entity types

  /// What one table becomes, worked out before anything is written: the namespaces in use stand at the top.
  private struct EntityType {
    var table: Table
    var properties: [Property]
    var navigations: [Navigation]
    var annotations: [CSDLAnnotation]

    struct Property {
      var name: String
      var attributes: XMLText.Attributes
      var annotations: [CSDLAnnotation]
    }

    struct Navigation {
      var name: String
      var type: String
      /// The property of the lookup and the key that it holds.
      var constraint: (property: String, referenced: String)?
      var annotations: [CSDLAnnotation]
    }

    var namespaces: [String] {
      (annotations + properties.flatMap(\.annotations) + navigations.flatMap(\.annotations)).map(\.namespace)
    }

    func write(_ out: inout XMLText) {
      out.element("EntityType", [("Name", table.logicalName)]) { out in
        out.element("Key", []) { $0.element("PropertyRef", [("Name", table.primaryKey)]) }
        for property in properties {
          let attributes: XMLText.Attributes = [("Name", property.name)] + property.attributes
          out.element("Property", attributes, isEmpty: property.annotations.isEmpty) { out in
            for annotation in property.annotations { CSDLWriter.write(annotation, &out) }
          }
        }
        for navigation in navigations {
          out.element(
            "NavigationProperty", [("Name", navigation.name), ("Type", navigation.type)],
            isEmpty: navigation.constraint == nil && navigation.annotations.isEmpty
          ) { out in
            if let constraint = navigation.constraint {
              out.element(
                "ReferentialConstraint",
                [("Property", constraint.property), ("ReferencedProperty", constraint.referenced)])
            }
            for annotation in navigation.annotations { CSDLWriter.write(annotation, &out) }
          }
        }
        for annotation in annotations { CSDLWriter.write(annotation, &out) }
      }
    }
  }

  private func entityType(_ table: Table) -> EntityType {
    var names: Set<String> = []
    let columns = table.columns.filter { names.insert($0.propertyName).inserted }
    var type = EntityType(table: table, properties: [], navigations: [], annotations: [])
    // The first lookup that leads somewhere tells the reader what the column points at.
    var targets: [String: String] = [:]
    var navigations: [EntityType.Navigation] = []
    for navigation in self.navigations(of: table) where names.insert(navigation.name).inserted {
      let constraint = constraint(of: navigation, in: table)
      if let constraint, targets[constraint.property] == nil { targets[constraint.property] = navigation.target }
      navigations.append(entry(navigation, constraint))
    }
    type.navigations = navigations
    if table.column(table.primaryKey) == nil {
      type.properties.append(
        EntityType.Property(
          name: table.primaryKey, attributes: [("Type", "Edm.Guid"), ("Nullable", "false")],
          annotations: purpose == .schemaFile ? [CSDLWriter.own(.keyOnly, .bool(true))] : []))
    }
    for column in columns {
      type.properties.append(entry(column, of: table, target: targets[column.propertyName]))
    }
    type.annotations = annotations(of: table)
    return type
  }

  private func navigations(of table: Table) -> [NavigationProperty] {
    table.navigations.filter { purpose == .schemaFile || byName[$0.target] != nil }
  }

  /// Only between two properties of the document.
  private func constraint(of navigation: NavigationProperty, in table: Table) -> (property: String, referenced: String)?
  {
    guard !navigation.isCollection, let lookup = navigation.lookup, let target = byName[navigation.target],
      let column = table.column("_\(lookup)_value"), column.logicalName == lookup
    else { return nil }
    return (column.propertyName, target.primaryKey)
  }

  private func entry(
    _ navigation: NavigationProperty, _ constraint: (property: String, referenced: String)?
  ) -> EntityType.Navigation {
    let type = "\(CSDLNames.alias).\(navigation.target)"
    var annotations: [CSDLAnnotation] = []
    if purpose == .schemaFile {
      if constraint == nil, let lookup = navigation.lookup {
        annotations.append(CSDLWriter.own(.lookup, .string(lookup)))
      }
      if navigation.isManyToMany { annotations.append(CSDLWriter.own(.manyToMany, .bool(true))) }
    }
    return EntityType.Navigation(
      name: navigation.name, type: navigation.isCollection ? "Collection(\(type))" : type, constraint: constraint,
      annotations: annotations)
  }

  private func entry(_ column: Column, of table: Table, target: String?) -> EntityType.Property {
    let primitive = column.type.primitiveType
    let length = primitive == "Edm.String" ? column.maxLength.flatMap { $0 > 0 ? $0 : nil } : nil
    var attributes: XMLText.Attributes = [("Type", primitive)]
    if column.propertyName == table.primaryKey { attributes.append(("Nullable", "false")) }
    if let length { attributes.append(("MaxLength", String(length))) }
    // Without it a decimal would have no digits behind its point.
    if primitive == "Edm.Decimal" { attributes.append(("Scale", "variable")) }
    var annotations: [CSDLAnnotation] = []
    if purpose == .schemaFile {
      var guess = CSDLTypes.column(primitive: primitive, property: column.propertyName, maxLength: length)
      if case .lookup? = guess { guess = .lookup(target: target ?? "") }
      if guess != column.type {
        if case .lookup(let target) = column.type {
          annotations.append(CSDLWriter.own(.lookupTarget, .string(target)))
        } else {
          annotations.append(CSDLWriter.own(.columnType, .string(column.type.name)))
        }
      }
      if column.displayName != column.logicalName {
        annotations.append(CSDLWriter.own(.displayName, .string(column.displayName)))
      }
      if let all = column.maxLength, length == nil { annotations.append(CSDLWriter.own(.maxLength, .int(all))) }
      if column.isSystem != Schema.systemColumnNames.contains(column.logicalName) {
        annotations.append(CSDLWriter.own(.isSystem, .bool(column.isSystem)))
      }
      if column.isComputed { annotations.append(CSDLWriter.own(.isComputed, .bool(true))) }
    }
    return EntityType.Property(
      name: column.propertyName, attributes: attributes, annotations: annotations + property(table, column))
  }

  private func annotations(of table: Table) -> [CSDLAnnotation] {
    var result: [CSDLAnnotation] = []
    if purpose == .schemaFile {
      if table.kind != CSDLTypes.kind(properties: { table.column($0) != nil }) {
        result.append(CSDLWriter.own(.tableKind, .string(table.kind.rawValue)))
      }
      if !table.primaryName.isEmpty { result.append(CSDLWriter.own(.primaryName, .string(table.primaryName))) }
    }
    // A key of which a part is left out is none.
    let keys = table.alternateKeys.filter { key in
      !key.columns.isEmpty && (purpose == .schemaFile || key.columns.allSatisfy { table.column($0) != nil })
    }
    if !keys.isEmpty { result.append(CSDLWriter.alternateKeys(keys, names: purpose == .schemaFile)) }
    return result
  }

  // MARK: Entity sets

  private func write(_ table: Table, _ annotations: [CSDLAnnotation], _ out: inout XMLText) {
    let bindings = navigations(of: table).compactMap { navigation in
      byName[navigation.target].map { (path: navigation.name, target: $0.entitySetName) }
    }
    out.element(
      "EntitySet",
      [("Name", table.entitySetName), ("EntityType", "\(CSDLNames.namespace).\(table.logicalName)")],
      isEmpty: bindings.isEmpty && annotations.isEmpty
    ) { out in
      for binding in bindings {
        out.element("NavigationPropertyBinding", [("Path", binding.path), ("Target", binding.target)])
      }
      for annotation in annotations { CSDLWriter.write(annotation, &out) }
    }
  }
}
