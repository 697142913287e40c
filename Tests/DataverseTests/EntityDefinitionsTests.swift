import Dataverse
import Testing

private func attribute(_ name: String, _ type: String, label: String? = nil, more: String = "") -> String {
  let display =
    label.map {
      #"{"LocalizedLabels":[{"Label":"other","LanguageCode":1031}],"UserLocalizedLabel":{"Label":"\#($0)"}}"#
    }
    ?? #"{"LocalizedLabels":[],"UserLocalizedLabel":null}"#
  return #"{"LogicalName":"\#(name)","AttributeType":"\#(type)","DisplayName":\#(display)\#(more)}"#
}

private func answer(_ attributes: [String]) -> [UInt8] {
  Array(#"{"@odata.context":"x","value":[\#(attributes.joined(separator: ","))]}"#.utf8)
}

@Suite struct EntityDefinitionsTests {
  @Test func readsColumns() throws {
    let types: [(String, ColumnType?)] = [
      ("String", .text), ("Memo", .memo), ("Uniqueidentifier", .uniqueIdentifier), ("DateTime", .dateTime),
      ("Integer", .wholeNumber), ("BigInt", .bigInt), ("Decimal", .decimal), ("Money", .money), ("Double", .double),
      ("Boolean", .boolean), ("Picklist", .choice), ("State", .choice), ("Status", .choice),
      ("Lookup", .lookup(target: "")), ("Owner", .lookup(target: "")), ("Virtual", nil), ("PartyList", nil),
      ("Holographic", nil),
    ]
    let body = answer(types.enumerated().map { attribute("c\($0.offset)", $0.element.0, label: "L\($0.offset)") })
    let definitions = try EntityDefinitions(body)
    let expected = types.enumerated().compactMap { item in
      item.element.1.map { Column("c\(item.offset)", $0, displayName: "L\(item.offset)") }
    }
    #expect(definitions.columns == expected)
    #expect(definitions.notes.count == 3 && definitions.notes[0].hasPrefix("c15 "))
    #expect(try EntityDefinitions.columns(of: body) == expected)
  }

  @Test func readsWhatMoreThereIs() throws {
    let columns = try EntityDefinitions.columns(
      of: answer([
        attribute("a", "DateTime", more: #","Format":"DateOnly""#),
        attribute("b", "String", more: #","MaxLength":100"#),
        attribute("c", "Lookup", more: #","Targets":["systemuser"]"#),
        attribute("createdbyname", "String", more: #","AttributeOf":"createdby""#),
        attribute("d", "String", more: #","IsValidODataAttribute":false"#),
        attribute("versionnumber", "BigInt", label: "Version"),
        #"{"LogicalName":"e","AttributeType":"String","DisplayName":{"LocalizedLabels":[{"Label":"E"}],"UserLocalizedLabel":null}}"#,
        #"{"LogicalName":"f","AttributeType":"String"}"#,
      ]))
    #expect(
      columns == [
        Column("a", .dateOnly, displayName: "a"), Column("b", .text, displayName: "b", maxLength: 100),
        Column("c", .lookup(target: "systemuser"), displayName: "c"),
        Column("versionnumber", .bigInt, displayName: "Version", isSystem: true),
        Column("e", .text, displayName: "E"), Column("f", .text, displayName: "f"),
      ])
  }

  @Test func leavesOutNamesThatAreNone() throws {
    let definitions = try EntityDefinitions(
      answer([
        attribute("a,b", "String"), attribute("", "String"), attribute("a'", "String"), attribute("ä", "String"),
        attribute(String(repeating: "x", count: 129), "String"), attribute("ok", "String"), attribute("ok", "Memo"),
      ]))
    #expect(definitions.columns == [Column("ok", .text, displayName: "ok")])
    #expect(definitions.notes.count == 6)
  }

  @Test(arguments: [
    "", "{", "[]", "null", #"{"value":{}}"#, #"{"value":[1]}"#, #"{"value":[{"AttributeType":"String"}]}"#,
    #"{"value":[{"LogicalName":7}]}"#, #"{"error":{"code":"0x80040217","message":"x"}}"#,
    String(repeating: #"{"value":["#, count: 100_000), "\u{FEFF}{",
  ])
  func refusesWhatIsNoAttributeCollection(_ text: String) {
    #expect { try EntityDefinitions(Array(text.utf8)) } throws: { error in
      if case .malformed = error as? EntityDefinitions.Failure { true } else { false }
    }
  }

  @Test func refusesOneTooMany() throws {
    let attributes = (0...EntityDefinitions.maximumColumns).map { attribute("c\($0)", "String") }
    #expect(throws: EntityDefinitions.Failure.tooManyColumns(limit: 4096)) { try EntityDefinitions(answer(attributes)) }
    #expect(try EntityDefinitions(answer(Array(attributes.dropLast()))).columns.count == 4096)
    let large = [UInt8](repeating: 0x20, count: EntityDefinitions.maximumBytes + 1)
    #expect(throws: EntityDefinitions.Failure.tooLarge(limit: 16 << 20)) { try EntityDefinitions(large) }
  }
}
