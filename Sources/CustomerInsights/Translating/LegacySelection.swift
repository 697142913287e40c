import ODataURL

/// `$select` in terms of Dataverse, and what rows then show.
struct LegacySelection {
  /// `nil` for all columns.
  private(set) var items: Spanned<[SelectItem]>?
  private var columns: [String: String]
  /// Members of the JSON column to show, as they were asked for; `nil` for all.
  private var members: [String]?

  init(_ select: Spanned<[SelectItem]>?, entity: LegacyEntity) throws(LegacyError) {
    columns = entity.columns
    guard let select, !select.value.contains(where: { $0.path == ["*"] }) else { return }
    var items: [SelectItem] = []
    columns = [:]
    var members: [String] = []
    var names: Set<FoldedText> = []
    for item in select.value {
      guard item.path.count == 1, let name = item.path.first, item.parameters == nil, item.options == QueryOptions()
      else {
        throw LegacyTranslator.unsupported("A path in $select", item.span, "Name properties of the entity itself.")
      }
      if let property = entity.property(name) {
        guard let shown = entity.columns[property] else { continue }
        guard columns.updateValue(shown, forKey: property) == nil else {
          throw LegacyError(
            status: 400, errorCode: "propertyRepeated", message: "$select names a property twice.",
            remedy: "Name it once.", span: item.span)
        }
        items.append(SelectItem([property], span: item.span))
      } else if entity.unfold != nil {
        if names.insert(FoldedText(name)).inserted { members.append(name) }
      } else {
        throw entity.unknownProperty(name, item.span)
      }
    }
    if let unfold = entity.unfold, !members.isEmpty { items.append(SelectItem([unfold], span: select.span)) }
    self.items = Spanned(items, span: select.span)
    self.members = entity.unfold == nil ? nil : members
  }

  /// Columns that it came to; 0 where it names none.
  var count: Int { items?.value.count ?? 0 }

  func shows(_ column: String) -> Bool { items?.value.contains { $0.path == [column] } ?? true }

  func shape(of entity: LegacyEntity) -> LegacyShape {
    LegacyShape(
      entity: entity.name, columns: columns, unfold: entity.unfold, unfoldMembers: members, times: entity.times,
      ids: Set(entity.ids.keys))
  }

  /// The items with columns that are needed and not shown.
  func items(with hidden: Set<String>) -> Spanned<[SelectItem]>? {
    guard var items else { return nil }
    for column in hidden.sorted() where !shows(column) {
      items.value.append(SelectItem([column], span: items.span))
    }
    return items
  }
}

/// `$orderby` in terms of Dataverse.
struct LegacyOrder {
  private(set) var items: Spanned<[OrderItem]>?
  /// Whether it names a member of the JSON column, which Dataverse cannot sort by.
  private(set) var isOfMembers = false
  /// Those of ``items`` that name columns, as ``LegacyNames/ofColumns(_:_:)`` gives them.
  private(set) var ofColumns: [OrderItem] = []
  /// What must be read to sort here.
  private(set) var columns: Set<String> = []

  init(_ orderby: Spanned<[OrderItem]>?, entity: LegacyEntity) throws(LegacyError) {
    guard let orderby else { return }
    var items: [OrderItem] = []
    for item in orderby.value {
      let names = try LegacyNames.renamed(item.expression, entity)
      isOfMembers = isOfMembers || names.usesMembers
      LegacyNames.addColumns(of: item.expression, entity, to: &columns)
      items.append(OrderItem(names.expression, descending: item.descending, span: item.span))
      let columns = names.usesMembers ? try LegacyNames.ofColumns(item.expression, entity) : names.expression
      if let columns { ofColumns.append(OrderItem(columns, descending: item.descending, span: item.span)) }
    }
    self.items = Spanned(items, span: orderby.span)
  }
}
