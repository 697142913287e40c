import FoundationEssentials

/// Reads the answer to `EntityDefinitions(LogicalName='…')/Attributes?$select=LogicalName,AttributeType,DisplayName`.
///
/// The text comes from outside: it is limited in size, and names that could not stand in a URL are left out.
package struct EntityDefinitions: Sendable {
  /// Bytes of an answer: 16 MiB.
  package static let maximumBytes = 16 << 20
  /// Columns of one table.
  package static let maximumColumns = 4096

  /// The columns that can be read, in the order of the answer.
  package let columns: [Column]
  /// Why an attribute became no column: one sentence each, in the order of the answer.
  package let notes: [String]

  package enum Failure: Error, Sendable, Equatable, CustomStringConvertible {
    case tooLarge(limit: Int)
    case tooManyColumns(limit: Int)
    /// Not JSON, or JSON of another shape; the path of the value that does not fit.
    case malformed(path: String)

    package var description: String {
      switch self {
      case .tooLarge(let limit): "The table definition is larger than \(limit) bytes."
      case .tooManyColumns(let limit): "The table definition has more than \(limit) attributes."
      case .malformed(let path):
        "The table definition is not the JSON of an attribute collection\(path.isEmpty ? "" : " (at \(path))")."
      }
    }
  }

  /// - Parameter body: the JSON text, UTF-8.
  package init(_ body: [UInt8]) throws(Failure) {
    guard body.count <= EntityDefinitions.maximumBytes else { throw .tooLarge(limit: EntityDefinitions.maximumBytes) }
    let answer: Answer
    do {
      answer = try JSONDecoder().decode(Answer.self, from: Data(body))
    } catch {
      throw .malformed(path: EntityDefinitions.path(of: error))
    }
    guard answer.value.count <= EntityDefinitions.maximumColumns else {
      throw .tooManyColumns(limit: EntityDefinitions.maximumColumns)
    }
    var columns: [Column] = []
    var notes: [String] = []
    var seen: Set<String> = []
    for (index, attribute) in answer.value.enumerated() {
      guard EntityDefinitions.isName(attribute.logicalName) else {
        notes.append("Attribute \(index) has a name that is not a logical name.")
        continue
      }
      let name = attribute.logicalName
      guard seen.insert(name).inserted else {
        notes.append("\(name) is there twice.")
        continue
      }
      guard attribute.attributeOf == nil, attribute.isValidODataAttribute != false else {
        notes.append("\(name) is a part of another column and cannot be read on its own.")
        continue
      }
      guard let type = EntityDefinitions.type(attribute) else {
        notes.append("\(name) has an attribute type that this program does not read.")
        continue
      }
      let label = attribute.displayName?.userLabel?.label ?? attribute.displayName?.labels?.first?.label
      columns.append(
        Column(
          name, type, displayName: label ?? name, maxLength: attribute.maxLength,
          isSystem: Schema.systemColumnNames.contains(name), isComputed: (attribute.sourceType ?? 0) != 0))
    }
    self.columns = columns
    self.notes = notes
  }

  /// The columns alone.
  package static func columns(of body: [UInt8]) throws(Failure) -> [Column] { try EntityDefinitions(body).columns }

  /// ASCII letters, digits and `_`, at most 128: what a Dataverse logical name is made of.
  static func isName(_ name: String) -> Bool {
    (1...128).contains(name.utf8.count)
      && name.utf8.allSatisfy { ($0 | 0x20 >= 0x61 && $0 | 0x20 <= 0x7A) || ($0 >= 0x30 && $0 <= 0x39) || $0 == 0x5F }
  }

  /// `nil` for what has no value of its own in a row: `Virtual`, `PartyList`, `ManagedProperty`, `CalendarRules`.
  private static func type(_ attribute: Attribute) -> ColumnType? {
    switch attribute.attributeType {
    case "String", "EntityName": .text
    case "Memo": .memo
    case "Uniqueidentifier": .uniqueIdentifier
    case "DateTime": attribute.format == "DateOnly" ? .dateOnly : .dateTime
    case "Integer": .wholeNumber
    case "BigInt": .bigInt
    case "Decimal": .decimal
    case "Money": .money
    case "Double": .double
    case "Boolean": .boolean
    case "Picklist", "State", "Status": .choice
    case "Lookup", "Owner", "Customer": .lookup(target: attribute.targets?.first ?? "")
    default: nil
    }
  }

  private static func path(of error: any Error) -> String {
    let context: DecodingError.Context? =
      switch error as? DecodingError {
      case .typeMismatch(_, let context), .valueNotFound(_, let context), .keyNotFound(_, let context),
        .dataCorrupted(let context):
        context
      default: nil
      }
    return (context?.codingPath ?? []).map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: "/")
  }

  private struct Answer: Decodable {
    var value: [Attribute]
  }

  private struct Attribute: Decodable {
    var logicalName: String
    var attributeType: String?
    var displayName: DisplayName?
    var attributeOf: String?
    var isValidODataAttribute: Bool?
    var maxLength: Int?
    var format: String?
    var targets: [String]?
    /// 0 or none for a column that holds its values; calculated, rollup and formula columns have other numbers.
    var sourceType: Int?

    enum CodingKeys: String, CodingKey {
      case logicalName = "LogicalName"
      case attributeType = "AttributeType"
      case displayName = "DisplayName"
      case attributeOf = "AttributeOf"
      case isValidODataAttribute = "IsValidODataAttribute"
      case maxLength = "MaxLength"
      case format = "Format"
      case targets = "Targets"
      case sourceType = "SourceType"
    }
  }

  private struct DisplayName: Decodable {
    var labels: [Label]?
    var userLabel: Label?

    enum CodingKeys: String, CodingKey {
      case labels = "LocalizedLabels"
      case userLabel = "UserLocalizedLabel"
    }
  }

  private struct Label: Decodable {
    var label: String?

    enum CodingKeys: String, CodingKey {
      case label = "Label"
    }
  }
}
