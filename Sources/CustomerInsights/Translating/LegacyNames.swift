import ODataURL
import YAMLFile

/// Dataverse's names in place of the legacy ones.
struct LegacyNames {
  var expression: Expression
  /// Whether it names members of the JSON column; they keep their names.
  var usesMembers: Bool
  /// Columns that its value depends on.
  var columns: Set<String>

  /// - Throws: for names that the entity does not have, and for expressions that are more than names, literals, operators
  ///   and functions.
  static func renamed(_ expression: Expression, _ entity: LegacyEntity) throws(LegacyError) -> LegacyNames {
    var renamed: [Int32: String] = [:]
    var usesMembers = false
    var columns: Set<String> = []
    var failure: LegacyError?
    // Literals that are compared with ids of customers.
    var ids: [Int32: CustomerID.Form] = [:]
    expression.walk { id, node in
      switch node {
      case .member(base: nil, let name):
        if let property = entity.property(name) {
          renamed[id.index] = property
          columns.insert(property)
        } else if let unfold = entity.unfold {
          usesMembers = true
          columns.insert(unfold)
        } else {
          failure = entity.unknownProperty(name, expression.span(of: id))
          return .stop
        }
        return .continue
      case .call(name: "ismemberofsegment", _):
        failure = LegacyError(
          status: 400, errorCode: "membershipNested",
          message:
            "IsMemberOfSegment can stand alone or be joined to the rest of the filter by `and`, not below `or` or "
            + "`not`: Dataverse keeps segments in another table.",
          remedy: "Ask for each part with a request of its own.", span: expression.span(of: id))
        return .stop
      case .list(let items) where items.isEmpty:
        failure = LegacyError(
          status: 400, errorCode: "listEmpty", message: "`in` has a list without values, which no row can be in.",
          remedy: "Name at least one value, or do not send the request.", span: expression.span(of: id))
        return .stop
      case .binary(.in, _, let right) where !expression.isList(right):
        failure = LegacyError(
          status: 400, errorCode: "listExpected", message: "`in` takes a list of values in brackets.",
          remedy: "Write it like City in ('Bern','Basel').", span: expression.span(of: id))
        return .stop
      case .binary(_, let left, let right):
        entity.note(idsIn: left, comparedWith: right, of: expression, &ids)
        entity.note(idsIn: right, comparedWith: left, of: expression, &ids)
        return .continue
      case .literal, .call, .not, .negate, .list: return .continue
      case .member, .cast, .count, .key, .annotation, .lambda, .variable, .implicit, .function, .alias, .array, .object,
        .aggregate:
        failure = LegacyTranslator.unsupported(
          "This form of expression", expression.span(of: id), "Compare properties of the entity with literals.")
        return .stop
      }
    }
    if let failure { throw failure }
    let result = expression.replacing { id, node in
      if let form = ids[id.index], case .literal(let literal) = node {
        return Expression(.literal(CustomerID.literal(literal, as: form)), span: expression.span(of: id))
      }
      return renamed[id.index].map { Expression(.member(base: nil, name: $0), span: expression.span(of: id)) }
    }
    return LegacyNames(expression: result, usesMembers: usesMembers, columns: columns)
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
