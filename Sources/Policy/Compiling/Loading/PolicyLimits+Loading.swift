import YAMLFile

extension PolicyLimits {
  /// A limit by its name in policies.
  struct Field: Sendable {
    var name: String
    var value: any WritableKeyPath<PolicyLimits, Int> & Sendable
    var range: ClosedRange<Int>
  }

  /// Every limit, in the order of the documentation.
  static let fields = [
    Field(name: "top", value: \.top, range: 1...5_000),
    Field(name: "pageSize", value: \.pageSize, range: 1...5_000),
    // Dataverse takes no more.
    Field(name: "urlBytes", value: \.urlBytes, range: 100...32_768),
    // A comparison has three.
    Field(name: "nodes", value: \.nodes, range: 3...10_000),
    Field(name: "depth", value: \.depth, range: 1...64),
    Field(name: "orWidth", value: \.orWidth, range: 1...1_000),
    Field(name: "listItems", value: \.listItems, range: 1...1_000),
    Field(name: "selectColumns", value: \.selectColumns, range: 1...1_000),
    Field(name: "filterLiteralLength", value: \.filterLiteralLength, range: 1...32_768),
    // Dataverse takes no more.
    Field(name: "expands", value: \.expands, range: 1...15),
    Field(name: "expandDepth", value: \.expandDepth, range: 1...15),
    Field(name: "expandTop", value: \.expandTop, range: 1...5_000),
    Field(name: "pathDepth", value: \.pathDepth, range: 1...15),
  ]

  /// The limits that a mapping gives.
  static func read(_ mapping: MappingReader) -> [PolicySource.LimitSource] {
    fields.compactMap { field in
      guard let value = mapping.int(field.name, in: field.range), let node = mapping.node(field.name) else {
        return nil
      }
      return PolicySource.LimitSource(field: field, value: value, node: node, path: mapping.path(of: field.name))
    }
  }
}
