import Dataverse
import Foundation
import Testing

/// Tables with everything that a schema can hold, from a seed.
struct RandomSchema {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next(_ bound: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(bound))
  }

  private mutating func bool() -> Bool { next(2) == 0 }

  private static let labels = ["Name", "Über & <mehr>", "a \"b\" 'c'", "two\nlines\t", "  ", "日本 🙂", "]]>"]

  mutating func schema() -> Schema {
    let names = (0...next(5)).map { "t\($0)" }
    let outside = ["systemuser", "owner"]
    return Schema(tables: names.map { table($0, names + outside) })
  }

  private mutating func table(_ name: String, _ targets: [String]) -> Table {
    var columns: [Column] = []
    if next(5) > 0 { columns.append(Column("\(name)id", .uniqueIdentifier, displayName: "Key")) }
    for index in 0..<next(12) { columns.append(column(index, targets)) }
    for name in ["partitionid", "ttlinseconds"] where bool() { columns.append(Column(name, .text, displayName: name)) }
    var navigations: [NavigationProperty] = []
    for index in 0..<next(5) {
      let isCollection = bool()
      let target = targets[next(targets.count)]
      let lookups = columns.filter { if case .lookup = $0.type { true } else { false } }.map(\.logicalName)
      let lookup = isCollection || bool() ? nil : (lookups + ["elsewhere"])[next(lookups.count + 1)]
      navigations.append(
        NavigationProperty(
          "nav\(index)", target: target, isCollection: isCollection, lookup: lookup,
          isManyToMany: isCollection && bool()))
    }
    var keys: [AlternateKey] = []
    for index in 0..<next(3) { keys.append(AlternateKey("key\(index)", columns: ["a", "b", "c"].dropLast(next(3)))) }
    return Table(
      logicalName: name, entitySetName: name + "s", primaryKey: "\(name)id", primaryName: bool() ? "" : "c0",
      kind: [.standard, .elastic, .virtual][next(3)], columns: columns, navigations: navigations, alternateKeys: keys)
  }

  private mutating func column(_ index: Int, _ targets: [String]) -> Column {
    let types = ColumnType.simple + [.lookup(target: ""), .lookup(target: targets[next(targets.count)])]
    let names = ["c\(index)", "_c\(index)_value", "createdon"]
    let type = types[next(types.count)]
    let name = index == 0 ? "createdon" : names[next(2)]
    let labels = RandomSchema.labels + [name]
    return Column(
      name, type, displayName: labels[next(labels.count)], maxLength: [nil, 0, 1, 4000, 4001, 1_048_576][next(6)],
      isSystem: bool(), isComputed: bool())
  }
}

@Suite struct CSDLWriterTests {
  private static let tables = Schema.customerInsights(profileColumns: Schema.sampleProfileColumns).tables

  @Test func readingASchemaFileGivesTheSameTables() throws {
    for seed in 0..<300 {
      var random = RandomSchema(seed: UInt64(seed))
      let schema = random.schema()
      let bytes = CSDLWriter(tables: schema.tables, purpose: .schemaFile).document()
      let document = try CSDLReader.read(bytes)
      #expect(document.schema.tables == schema.tables, "seed \(seed)")
      #expect(document.schema.version == schema.version, "seed \(seed)")
      #expect(document.notes == [], "seed \(seed)")
      #expect(CSDLStructure.problems(of: bytes) == [], "seed \(seed)")
      #expect(CSDLWriter(tables: document.schema.tables, purpose: .schemaFile).document() == bytes, "seed \(seed)")
    }
  }

  @Test func aDocumentForClientsIsValidWhateverIsLeftOut() throws {
    for seed in 0..<200 {
      var random = RandomSchema(seed: UInt64(seed))
      let tables = random.schema().tables.filter { _ in random.next(3) > 0 }
      let bytes = CSDLWriter(tables: tables).document()
      #expect(CSDLStructure.problems(of: bytes) == [], "seed \(seed)")
      #expect(!String(decoding: bytes, as: UTF8.self).contains("Sluice"), "seed \(seed)")
      let names = Set(tables.map(\.logicalName))
      for table in try CSDLReader.read(bytes).schema.tables {
        #expect(table.navigations.allSatisfy { names.contains($0.target) }, "seed \(seed)")
      }
    }
  }

  @Test func theBuiltInTablesComeBack() throws {
    let bytes = CSDLWriter(tables: Self.tables, purpose: .schemaFile).document()
    #expect(try CSDLReader.read(bytes).schema.tables == Self.tables)
    #expect(CSDLStructure.problems(of: bytes) == [])
  }

  @Test func aSmallDocumentToTheLetter() {
    let table = Table(
      logicalName: "a", entitySetName: "as", primaryKey: "aid", primaryName: "name",
      columns: [
        Column("aid", .uniqueIdentifier, displayName: "A"),
        Column("name", .text, displayName: "Name", maxLength: 100), Column("sum", .money, displayName: "sum"),
        Column("b", .lookup(target: "b"), displayName: "b"),
      ],
      navigations: [
        NavigationProperty("b", target: "b", isCollection: false, lookup: "b"),
        NavigationProperty("hidden", target: "c", isCollection: true),
      ], alternateKeys: [AlternateKey("k", columns: ["name"])])
    let other = Table(
      logicalName: "b", entitySetName: "bs", primaryKey: "bid", primaryName: "", columns: [],
      navigations: [NavigationProperty("as", target: "a", isCollection: true)])
    let writer = CSDLWriter(
      tables: [table, other],
      annotations: { table in
        guard table.logicalName == "a" else { return [] }
        return [
          CSDLAnnotation("\(CSDLNames.capabilities).TopSupported", .bool(true)),
          CSDLAnnotation(
            "\(CSDLNames.capabilities).FilterRestrictions",
            .record(
              type: nil,
              [
                CSDLPropertyValue("Filterable", .bool(true)),
                CSDLPropertyValue("NonFilterableProperties", .collection([.propertyPath("sum")])),
              ])),
          CSDLAnnotation("\(CSDLNames.capabilities).FilterFunctions", .collection([.string("a<b")])),
        ]
      })
    let expected = """
      <?xml version="1.0" encoding="utf-8"?>
      <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
        <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Core.V1.xml">
          <edmx:Include Namespace="Org.OData.Core.V1" Alias="Core"/>
        </edmx:Reference>
        <edmx:Reference Uri="https://oasis-tcs.github.io/odata-vocabularies/vocabularies/Org.OData.Capabilities.V1.xml">
          <edmx:Include Namespace="Org.OData.Capabilities.V1" Alias="Capabilities"/>
        </edmx:Reference>
        <edmx:DataServices>
          <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
            <EntityType Name="a">
              <Key>
                <PropertyRef Name="aid"/>
              </Key>
              <Property Name="aid" Type="Edm.Guid" Nullable="false"/>
              <Property Name="name" Type="Edm.String" MaxLength="100"/>
              <Property Name="sum" Type="Edm.Decimal" Scale="variable"/>
              <Property Name="_b_value" Type="Edm.Guid"/>
              <NavigationProperty Name="b" Type="mscrm.b">
                <ReferentialConstraint Property="_b_value" ReferencedProperty="bid"/>
              </NavigationProperty>
              <Annotation Term="Org.OData.Core.V1.AlternateKeys">
                <Collection>
                  <Record Type="Org.OData.Core.V1.AlternateKey">
                    <PropertyValue Property="Key">
                      <Collection>
                        <Record Type="Org.OData.Core.V1.PropertyRef">
                          <PropertyValue Property="Name" PropertyPath="name"/>
                          <PropertyValue Property="Alias" String="name"/>
                        </Record>
                      </Collection>
                    </PropertyValue>
                  </Record>
                </Collection>
              </Annotation>
            </EntityType>
            <EntityType Name="b">
              <Key>
                <PropertyRef Name="bid"/>
              </Key>
              <Property Name="bid" Type="Edm.Guid" Nullable="false"/>
              <NavigationProperty Name="as" Type="Collection(mscrm.a)"/>
            </EntityType>
            <EntityContainer Name="System">
              <EntitySet Name="as" EntityType="Microsoft.Dynamics.CRM.a">
                <NavigationPropertyBinding Path="b" Target="bs"/>
                <Annotation Term="Org.OData.Capabilities.V1.TopSupported" Bool="true"/>
                <Annotation Term="Org.OData.Capabilities.V1.FilterRestrictions">
                  <Record>
                    <PropertyValue Property="Filterable" Bool="true"/>
                    <PropertyValue Property="NonFilterableProperties">
                      <Collection>
                        <PropertyPath>sum</PropertyPath>
                      </Collection>
                    </PropertyValue>
                  </Record>
                </Annotation>
                <Annotation Term="Org.OData.Capabilities.V1.FilterFunctions">
                  <Collection>
                    <String>a&lt;b</String>
                  </Collection>
                </Annotation>
              </EntitySet>
              <EntitySet Name="bs" EntityType="Microsoft.Dynamics.CRM.b">
                <NavigationPropertyBinding Path="as" Target="as"/>
              </EntitySet>
            </EntityContainer>
          </Schema>
        </edmx:DataServices>
      </edmx:Edmx>

      """
    let bytes = writer.document()
    #expect(String(decoding: bytes, as: UTF8.self) == expected)
    #expect(CSDLStructure.problems(of: bytes) == [])
  }

  /// The structure test is worth what it finds.
  @Test(arguments: [
    ("<EntitySet Name=\"msdynci_predictions\"", "<EntitySet"), ("Nullable=\"false\"", "Nullable=\"true\""),
    ("<Key>", "<Kay>"), ("</Key>", "</Key><Bool>true</Bool>"), ("Type=\"Edm.Guid\"", "Typ=\"Edm.Guid\""),
    ("Property=\"_msdynci_lookupfield_customer_value\"", "Property=\"x\""),
    ("Type=\"mscrm.msdynci_customerprofile\"", "Type=\"mscrm.nothing\""),
    ("Target=\"msdynci_customerprofiles\"", "Target=\"nowhere\""), ("Version=\"4.0\"", "Version=\"3.0\""),
    ("<Property Name=\"msdynci_city\"", "<Property Name=\"msdynci_email\""),
  ])
  func theStructureTestFindsMistakes(right: String, wrong: String) {
    let text = String(decoding: CSDLWriter(tables: Self.tables).document(), as: UTF8.self)
    guard let place = text.range(of: right) else {
      Issue.record("\(right) is not in the document")
      return
    }
    #expect(CSDLStructure.problems(of: Array(text.utf8)) == [])
    #expect(CSDLStructure.problems(of: Array(text.replacingCharacters(in: place, with: wrong).utf8)) != [])
  }

  @Test func whatXMLCannotHoldIsReplaced() throws {
    let table = Table(
      logicalName: "a", entitySetName: "as", primaryKey: "aid", primaryName: "",
      columns: [Column("n", .text, displayName: "a\u{0}b\u{1B}c\u{FFFF}d\u{7F}")])
    let document = try CSDLReader.read(CSDLWriter(tables: [table], purpose: .schemaFile).document())
    #expect(document.schema.tables.first?.columns.first?.displayName == "a\u{FFFD}b\u{FFFD}c\u{FFFD}d\u{7F}")
  }
}
