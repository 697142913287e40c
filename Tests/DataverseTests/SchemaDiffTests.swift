import Dataverse
import Testing

@Suite struct SchemaDiffTests {
  private static func table(
    _ name: String, set: String? = nil, kind: TableKind = .elastic, columns: [Column] = [],
    navigations: [NavigationProperty] = [], keys: [AlternateKey] = []
  ) -> Table {
    Table(
      logicalName: name, entitySetName: set ?? name + "s", primaryKey: name + "id", primaryName: "", kind: kind,
      columns: columns, navigations: navigations, alternateKeys: keys)
  }

  private static let text = Column("c", .text, displayName: "C", maxLength: 100)

  /// Before, after → what is told.
  static let differences: [(Table, Table, [String])] = [
    (table("a"), table("a"), []),
    (table("a"), table("b"), ["removed table a", "added table b: entity set bs"]),
    (
      table("a"), table("a", set: "x", kind: .standard),
      ["changed table a: entity set x, was as; kind standard, was elastic"]
    ),
    (table("a", columns: [text]), table("a"), ["removed column a.c"]),
    (table("a"), table("a", columns: [text]), ["added column a.c: type text"]),
    (
      table("a", columns: [text]), table("a", columns: [Column("c", .memo, displayName: "C\u{1B}[2J")]),
      ["changed column a.c: type memo, was text; length none, was 100; display name \"C\\u{1B}[2J\", was \"C\""]
    ),
    (
      table("a", columns: [Column("c", .lookup(target: ""), displayName: "c")]),
      table("a", columns: [Column("c", .lookup(target: "b"), displayName: "c", isComputed: true)]),
      ["changed column a._c_value: type lookup of b, was lookup; computed yes, was no"]
    ),
    (
      table("a", columns: [text, Column("d", .text, displayName: "d")]),
      table("a", columns: [Column("d", .text, displayName: "d"), text]), []
    ),
    (
      table("a", navigations: [NavigationProperty("n", target: "b", isCollection: true)]),
      table("a", navigations: [NavigationProperty("n", target: "c", isCollection: false, lookup: "l")]),
      ["changed navigation a.n: target c, was b; leads to one, was many; lookup l, was none"]
    ),
    (
      table("a"), table("a", navigations: [NavigationProperty("n", target: "b", isCollection: true)]),
      ["added navigation a.n: target b"]
    ),
    (
      table("a", keys: [AlternateKey("k", columns: ["x"])]),
      table("a", keys: [AlternateKey("k", columns: ["x", "y"])]),
      ["changed alternate key a.k: columns x,y, was x"]
    ),
  ]

  @Test(arguments: differences)
  func tellsEveryDifference(old: Table, new: Table, expected: [String]) {
    let changes = SchemaChange.changes(from: Schema(tables: [old]), to: Schema(tables: [new]))
    #expect(changes.map(\.description) == expected)
  }

  /// What the diff does not tell, the version does not see either, but for the order of columns.
  @Test func noChangeMeansTheSameTables() {
    for seed in 0..<100 {
      var first = RandomSchema(seed: UInt64(seed))
      let schema = first.schema().sorted()
      #expect(SchemaChange.changes(from: schema, to: schema).isEmpty)
      #expect(schema.sorted().version == schema.version)
      var second = RandomSchema(seed: UInt64(seed + 1000))
      let other = second.schema().sorted()
      let back = SchemaChange.changes(from: other, to: schema)
      let forth = SchemaChange.changes(from: schema, to: other)
      #expect(back.count == forth.count)
      #expect(back.count { $0.kind == .added } == forth.count { $0.kind == .removed })
      #expect(!forth.isEmpty)
    }
  }
}

@Suite struct TableDefinitionTests {
  private static func body(_ text: String) -> [UInt8] { Array(text.utf8) }

  @Test func readsNameAndKind() throws {
    for (text, name, kind) in [
      (#"{"PrimaryNameAttribute":"name","TableType":"Elastic"}"#, "name", TableKind.elastic),
      (#"{"PrimaryNameAttribute":"name","TableType":"Standard","MetadataId":"x"}"#, "name", .standard),
      (#"{"PrimaryNameAttribute":null,"TableType":"Virtual"}"#, nil, .virtual),
      (#"{"PrimaryNameAttribute":"a b","TableType":"Quantum"}"#, nil, nil), ("{}", nil, nil),
    ] as [(String, String?, TableKind?)] {
      let definition = try TableDefinition(Self.body(text))
      #expect(definition.primaryName == name, "\(text)")
      #expect(definition.kind == kind, "\(text)")
    }
  }

  @Test func refusesWhatItIsNot() {
    for text in ["", "[]", "{", #"{"PrimaryNameAttribute":1}"#] {
      #expect(throws: EntityDefinitions.Failure.malformed(path: "")) { try TableDefinition(Self.body(text)) }
    }
    let large = #"{"TableType":""# + String(repeating: "x", count: TableDefinition.maximumBytes) + #""}"#
    #expect(throws: EntityDefinitions.Failure.tooLarge(limit: TableDefinition.maximumBytes)) {
      try TableDefinition(Self.body(large))
    }
  }

  @Test func describesATableOfCSDL() throws {
    let table = Table(
      logicalName: "a", entitySetName: "as", primaryKey: "aid", primaryName: "", kind: .standard,
      columns: [
        Column("aid", .uniqueIdentifier, displayName: "aid"), Column("sum", .decimal, displayName: "sum"),
        Column("b", .lookup(target: "bee"), displayName: "b"), Column("n", .text, displayName: "n", maxLength: 5),
      ])
    let columns = try EntityDefinitions(
      Self.body(
        #"{"value":[{"LogicalName":"sum","AttributeType":"Money","DisplayName":{"UserLocalizedLabel":{"Label":"Sum"}}},"#
          + #"{"LogicalName":"b","AttributeType":"Lookup","DisplayName":{"UserLocalizedLabel":{"Label":"Bee"}}},"#
          + #"{"LogicalName":"n","AttributeType":"Memo","MaxLength":9,"SourceType":3},"#
          + #"{"LogicalName":"new","AttributeType":"String","SourceType":0}]}"#)
    ).columns
    #expect(columns.map(\.isComputed) == [false, false, true, false])
    let definition = try TableDefinition(Self.body(#"{"PrimaryNameAttribute":"n","TableType":"Elastic"}"#))
    let schema = Schema(tables: [table])
    let described = schema.described(table: "a", definition, columns: columns)
    let result = try #require(described.table(named: "a"))
    #expect(result.primaryName == "n")
    #expect(result.kind == .elastic)
    #expect(
      result.columns == [
        Column("aid", .uniqueIdentifier, displayName: "aid"), Column("sum", .money, displayName: "Sum"),
        Column("b", .lookup(target: "bee"), displayName: "Bee"),
        Column("n", .memo, displayName: "n", maxLength: 5, isComputed: true),
      ])
    #expect(schema.described(table: "other", definition, columns: columns).version == schema.version)
  }
}
