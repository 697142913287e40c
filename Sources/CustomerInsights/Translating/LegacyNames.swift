import ODataURL
import YAMLFile

/// Dataverse's names in place of the legacy ones.
struct LegacyNames {
  /// With members of the JSON column as ``ODataURL/Expression/init(member:ofJSON:span:)``.
  var expression: Expression
  /// Whether it names members of the JSON column: whatever is no property of the entity, Dataverse's own names for columns
  /// among it.
  var usesMembers: Bool

  /// - Throws: for names that the entity does not have, and for expressions that are more than names, literals, operators
  ///   and functions.
  static func renamed(_ expression: Expression, _ entity: LegacyEntity) throws(LegacyError) -> LegacyNames {
    var usesMembers = false
    var isRefused = false
    // Literals that are compared with ids of customers. Parents are met before their children.
    var ids: [Int32: CustomerID.Form] = [:]
    let result = expression.replacing { id, node in
      switch node {
      case .literal(let literal):
        guard !ids.isEmpty, let form = ids[id.index] else { return nil }
        return Expression(.literal(CustomerID.literal(literal, as: form)), span: expression.span(of: id))
      case .member(base: nil, let name):
        if let property = entity.property(name) {
          return Expression(.member(base: nil, name: property), span: expression.span(of: id))
        }
        usesMembers = true
        if let unfold = entity.unfold {
          return Expression(member: name, ofJSON: unfold, span: expression.span(of: id))
        }
        isRefused = true
      case .binary(let op, let left, let right):
        isRefused = isRefused || (op == .in && !expression.isList(right))
        entity.note(idsIn: left, comparedWith: right, of: expression, &ids)
        entity.note(idsIn: right, comparedWith: left, of: expression, &ids)
      default: isRefused = isRefused || refusal(of: node, id, in: expression, entity) != nil
      }
      return nil
    }
    if isRefused, let refusal = firstRefusal(in: expression, entity) { throw refusal }
    return LegacyNames(expression: result, usesMembers: usesMembers)
  }

  /// What refuses an expression, as it stands first in the source.
  private static func firstRefusal(in expression: Expression, _ entity: LegacyEntity) -> LegacyError? {
    var found: LegacyError?
    expression.walk { id, node in
      found = refusal(of: node, id, in: expression, entity)
      return found == nil ? .continue : .stop
    }
    return found
  }

  /// What refuses a node, whatever stands below it.
  private static func refusal(
    of node: Expression.Node, _ id: NodeID, in expression: Expression, _ entity: LegacyEntity
  ) -> LegacyError? {
    switch node {
    case .member(base: nil, let name):
      entity.unfold == nil && entity.property(name) == nil
        ? entity.unknownProperty(name, expression.span(of: id)) : nil
    case .call(name: "ismemberofsegment", _):
      LegacyError(
        status: 400, errorCode: "membershipNested",
        message:
          "IsMemberOfSegment can stand alone or be joined to the rest of the filter by `and`, not below `or` or "
          + "`not`: Dataverse keeps segments in another table.",
        remedy: "Ask for each part with a request of its own.", span: expression.span(of: id))
    case .list(let items) where items.isEmpty:
      LegacyError(
        status: 400, errorCode: "listEmpty", message: "`in` has a list without values, which no row can be in.",
        remedy: "Name at least one value, or do not send the request.", span: expression.span(of: id))
    case .binary(.in, _, let right) where !expression.isList(right):
      LegacyError(
        status: 400, errorCode: "listExpected", message: "`in` takes a list of values in brackets.",
        remedy: "Write it like City in ('Bern','Basel').", span: expression.span(of: id))
    case .literal, .binary, .call, .not, .negate, .list: nil
    case .member, .cast, .count, .key, .annotation, .lambda, .variable, .implicit, .function, .alias, .array, .object,
      .aggregate:
      LegacyTranslator.unsupported(
        "This form of expression", expression.span(of: id), "Compare properties of the entity with literals.")
    }
  }

  /// What must be allowed of a condition or a value that is calculated here, in Dataverse's names: as Dataverse would be
  /// asked for it. Where a member of the JSON column stands beside a column, it is one more value of the same row, so that
  /// the column itself stands in its place: Dataverse compares two columns of a row where both may be compared so, and
  /// knows nothing else of the kind.
  /// - Parameter expression: in legacy names.
  /// - Returns: `nil` where it names no column.
  /// - Throws: as ``renamed(_:_:)``.
  static func ofColumns(_ expression: Expression, _ entity: LegacyEntity) throws(LegacyError) -> Expression? {
    var found: (name: String, span: Span)?
    expression.walk { id, node in
      guard case .member(base: nil, let name) = node, entity.property(name) != nil else { return .continue }
      found = (name, expression.span(of: id))
      return .stop
    }
    guard let column = found else { return nil }
    let columns = expression.replacing { _, node in
      guard case .member(base: nil, let name) = node, entity.property(name) == nil else { return nil }
      return Expression(.member(base: nil, name: column.name), span: column.span)
    }
    return try renamed(columns, entity).expression
  }

  /// Adds the columns that the value of an expression in legacy names depends on, as far as the entity has them.
  static func addColumns(of expression: Expression, _ entity: LegacyEntity, to columns: inout Set<String>) {
    expression.walk { _, node in
      if case .member(base: nil, let name) = node, let column = entity.property(name) ?? entity.unfold {
        columns.insert(column)
      }
      return .continue
    }
  }
}

extension Expression {
  fileprivate func isList(_ id: NodeID) -> Bool {
    if case .list = self[id] { true } else { false }
  }
}

extension LegacyEntity {
  /// Notes the literals in `values` when `name` is a column with ids of customers.
  fileprivate func note(
    idsIn name: NodeID, comparedWith values: NodeID, of expression: Expression, _ ids: inout [Int32: CustomerID.Form]
  ) {
    guard case .member(base: nil, let name) = expression[name], let form = property(name).flatMap({ self.ids[$0] })
    else { return }
    if case .list(let items) = expression[values] {
      for item in items { ids[item.index] = form }
    } else {
      ids[values.index] = form
    }
  }

  /// A name that is none of the entity's.
  func unknownProperty(_ name: String, _ span: Span) -> LegacyError {
    let known = columns.values.sorted()
    let nearest = NearestName.nearest(to: name, among: known)
    return LegacyError(
      status: 400, errorCode: "propertyNotFound", message: "\(self.name) has no property of this name.",
      remedy: nearest.map { "Did you mean \($0)?" } ?? "It has: \(known.joined(separator: ", ")).", span: span)
  }
}
