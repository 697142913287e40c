import TestSupport
import Dataverse
import Foundation
import ODataURL
import Testing

@testable import Planning
@testable import Policy

/// What holds of the documents of any policy.
@Suite struct MetadataPropertyTests {
  private static let operations: [Condition.Operation] =
    Condition.Operation.comparisons.map { .comparison($0) } + TextFunction.allCases.map { .text($0) }
    + [.queryFunction("In"), .queryFunction("Today")]

  /// - Parameter isPlain: without navigation, requirements and `$apply`.
  private static func scope(_ numbers: inout SeededGenerator, isPlain: Bool) -> ScopeRule {
    var tables: [TableRule] = []
    for table in Served.schema.tables where Int.random(in: 0..<3, using: &numbers) > 0 {
      var columns: [ColumnRule] = []
      for column in table.columns where Int.random(in: 0..<3, using: &numbers) == 0 {
        var rule = ColumnRule(column: column)
        rule.isSelectable = Bool.random(using: &numbers)
        rule.isOrderable = Bool.random(using: &numbers)
        rule.isGroupable = Int.random(in: 0..<4, using: &numbers) == 0
        if Int.random(in: 0..<4, using: &numbers) == 0 { rule.methods = [.min] }
        if Bool.random(using: &numbers) {
          for operation in operations where Int.random(in: 0..<3, using: &numbers) == 0 {
            rule.operations[operation] = LiteralShape()
          }
        }
        columns.append(rule)
      }
      var navigations: [String: NavigationRule] = [:]
      if !isPlain {
        for navigation in table.navigations where Bool.random(using: &numbers) {
          navigations[navigation.name] = NavigationRule(
            navigation, isExpandable: Bool.random(using: &numbers), isFilterable: Bool.random(using: &numbers))
        }
      }
      let requirement = columns.filter(\.isFilterable).prefix(Int.random(in: 1..<3, using: &numbers))
      let isRequired = !isPlain && Bool.random(using: &numbers)
      tables.append(
        TableRule(
          table: table, timeToLive: 0,
          options: Set(QueryOption.allCases.filter { _ in Int.random(in: 0..<4, using: &numbers) > 0 }),
          columns: columns, navigations: navigations,
          transformations: isPlain ? [] : Set(TransformationKind.allCases.filter { _ in Bool.random(using: &numbers) }),
          requirements: isRequired ? [Requirement(columns: requirement.map(\.column.propertyName))] : []))
    }
    return ScopeRule(name: "narrow", tables: tables, limits: PolicyLimits())
  }

  /// Every name in the documents is of the scope, and everything that the scope may use is in them.
  @Test(arguments: 0..<60)
  func documentsShowTheScopeAndNothingElse(seed: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(seed))
    let scope = Self.scope(&numbers, isPlain: false)
    let planner = try Served.planner(Served.policy([scope]))
    let csdl = try Served.answer(planner, "$metadata")
    let document = try XMLElement.parse(csdl)
    CSDLCheck.expectSound(document)

    #expect(document.all("EntityType").map { $0["Name"] } == scope.tables.map(\.table.logicalName))
    #expect(document.all("EntitySet").map { $0["Name"] } == scope.tables.map(\.table.entitySetName))
    let definitions = try Served.values(try Served.answer(planner, "EntityDefinitions"))
    #expect(definitions.compactMap { $0["LogicalName"] as? String } == scope.tables.map(\.table.logicalName))
    for rule in scope.tables {
      let usable = rule.columns.filter {
        $0.isSelectable || $0.isOrderable || $0.isFilterable || $0.isGroupable || !$0.methods.isEmpty
      }
      let type = try #require(document.all("EntityType").first { $0["Name"] == rule.table.logicalName })
      let shown = type.children.filter { $0.name == "Property" }.map { $0["Name"] }
      #expect(Set(shown) == Set(usable.map(\.column.propertyName)).union([rule.table.primaryKey]))
      let readable = type.children.filter {
        $0.child("Annotation", "EnumMember", "Org.OData.Core.V1.Permission/Read") != nil
      }
      #expect(Set(readable.map { $0["Name"] }) == rule.selectable)
      let ways = type.children.filter { $0.name == "NavigationProperty" }.map { $0["Name"] }
      let allowed = rule.navigations.values.filter { use in
        (use.isExpandable || use.isFilterable)
          && scope.tables.contains { $0.table.logicalName == use.navigation.target }
      }
      #expect(Set(ways) == Set(allowed.map(\.navigation.name)))
      let attributes = try Served.values(
        try Served.answer(planner, "EntityDefinitions(LogicalName='\(rule.table.logicalName)')/Attributes"))
      #expect(attributes.compactMap { $0["LogicalName"] as? String } == usable.map(\.column.logicalName))
    }

    // And as text: no name of anything else, wherever it might have slipped in.
    var known: Set<String> = []
    for rule in scope.tables {
      known.formUnion([rule.table.logicalName, rule.table.entitySetName, rule.table.primaryKey])
      known.formUnion(rule.columns.flatMap { [$0.column.propertyName, $0.column.logicalName] })
      known.formUnion(rule.navigations.keys)
    }
    var all: Set<String> = []
    for table in Served.schema.tables {
      all.formUnion([table.logicalName, table.entitySetName])
      all.formUnion(table.columns.flatMap { [$0.propertyName, $0.logicalName] } + table.navigations.map(\.name))
    }
    let text = try csdl + Served.answer(planner, "") + Served.answer(planner, "EntityDefinitions")
    let words = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "_") }.map(String.init))
    #expect(words.intersection(all.subtracting(known)) == [])
  }

  /// A client that keeps to the annotations is not refused.
  @Test(arguments: 0..<40)
  func annotationsPromiseOnlyWhatPasses(seed: Int) throws {
    var numbers = SeededGenerator(seed: UInt64(seed) &+ 1000)
    let scope = Self.scope(&numbers, isPlain: true)
    let planner = try Served.planner(Served.policy([scope]))
    let document = try XMLElement.parse(try Served.answer(planner, "$metadata"))
    let listed = try Served.values(try Served.answer(planner, "")).compactMap { $0["name"] as? String }
    for set in document.all("EntitySet") {
      let name = set["Name"]
      let type = try #require(document.all("EntityType").first { set["EntityType"].hasSuffix("." + $0["Name"]) })
      guard Self.flag(set, "ReadRestrictions", "Readable") else { continue }
      #expect(listed.contains(name))
      var targets = [name]
      for query in Self.promised(set, type) { targets.append("\(name)?\(query)") }
      if Self.flag(set, "CountRestrictions", "Countable") { targets += ["\(name)/$count", "\(name)?$count=true"] }
      for target in targets {
        #expect(throws: Never.self, "\(target)") {
          try planner.plan(Served.root + target.replacing(" ", with: "%20"), scope: Served.narrow)
        }
      }
    }
  }

  private static func record(_ set: XMLElement, _ term: String) -> [XMLElement] {
    set.child("Annotation", "Term", "Org.OData.Capabilities.V1.\(term)")?.children.first?.children ?? []
  }

  private static func flag(_ set: XMLElement, _ term: String, _ property: String) -> Bool {
    record(set, term).first { $0["Property"] == property }?["Bool"] == "true"
  }

  private static func paths(_ set: XMLElement, _ term: String, _ property: String) -> Set<String> {
    Set(record(set, term).first { $0["Property"] == property }?.all("PropertyPath").map(\.text) ?? [])
  }

  /// Query options that the annotations of a set allow.
  private static func promised(_ set: XMLElement, _ type: XMLElement) -> [String] {
    let properties = type.children.filter { $0.name == "Property" }
    var queries: [String] = []
    if flag(set, "SelectSupport", "Supported") {
      queries += properties.filter { $0.child("Annotation", "EnumMember", "Org.OData.Core.V1.Permission/Read") != nil }
        .map { "$select=\($0["Name"])" }
    }
    if set.child("Annotation", "Term", "Org.OData.Capabilities.V1.TopSupported")?["Bool"] == "true" {
      queries.append("$top=1")
    }
    if flag(set, "SortRestrictions", "Sortable") {
      let others = paths(set, "SortRestrictions", "NonSortableProperties")
      queries += properties.filter { !others.contains($0["Name"]) }.map { "$orderby=\($0["Name"])" }
    }
    guard flag(set, "FilterRestrictions", "Filterable") else { return queries }
    let records = record(set, "FilterRestrictions").first { $0["Property"] == "FilterExpressionRestrictions" }
    for restriction in records?.all("Record") ?? [] {
      let name = restriction.child("PropertyValue", "Property", "Property")?["PropertyPath"] ?? ""
      let word = restriction.child("PropertyValue", "Property", "AllowedExpressions")?["String"] ?? ""
      guard let property = properties.first(where: { $0["Name"] == name }), let value = literal(property["Type"]),
        property.child("Annotation", "Term", "Org.OData.Core.V1.LongDescription")?["String"].contains("eq") == true
      else { continue }
      // Words for which there is none that promises less are left out: what they promise is the nearest.
      switch word {
      case "MultiValue": queries.append("$filter=\(name) eq \(value) or \(name) eq \(value)")
      case "MultiRange":
        queries.append("$filter=\(name) eq \(value) or (\(name) gt \(value) and \(name) le \(value))")
        queries.append("$filter=\(name) ge \(value) and \(name) lt \(value)")
      default: continue
      }
    }
    return queries
  }

  private static func literal(_ type: String) -> String? {
    switch type {
    case "Edm.String": "'x'"
    case "Edm.Guid": "00000000-0000-0000-0000-000000000001"
    case "Edm.DateTimeOffset": "2024-01-01T00:00:00Z"
    case "Edm.Date": "2024-01-01"
    case "Edm.Int32", "Edm.Int64", "Edm.Decimal": "1"
    default: nil
    }
  }
}
