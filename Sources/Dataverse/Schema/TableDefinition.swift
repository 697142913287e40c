import FoundationEssentials

/// Reads the answer to `EntityDefinitions(LogicalName='…')?$select=PrimaryNameAttribute,TableType`: what a table is
/// beside its columns.
package struct TableDefinition: Sendable, Hashable {
  /// Bytes of an answer: 1 MiB.
  package static let maximumBytes = 1 << 20

  /// `nil` for a table without one.
  package let primaryName: String?
  /// `nil` where the answer has a word that this program does not know.
  package let kind: TableKind?

  /// - Throws: ``EntityDefinitions/Failure`` for text that is too long or no such JSON.
  package init(_ body: [UInt8]) throws(EntityDefinitions.Failure) {
    guard body.count <= TableDefinition.maximumBytes else { throw .tooLarge(limit: TableDefinition.maximumBytes) }
    let answer: Answer
    do {
      answer = try JSONDecoder().decode(Answer.self, from: Data(body))
    } catch {
      throw .malformed(path: "")
    }
    primaryName = answer.primaryName.flatMap { EntityDefinitions.isName($0) ? $0 : nil }
    kind = answer.tableType.flatMap { TableKind(rawValue: $0.lowercased()) }
  }

  private struct Answer: Decodable {
    var primaryName: String?
    var tableType: String?

    enum CodingKeys: String, CodingKey {
      case primaryName = "PrimaryNameAttribute"
      case tableType = "TableType"
    }
  }
}

extension Schema {
  /// This schema with what an organization's definitions tell of one table beyond CSDL: display names, lengths, which
  /// columns are computed, the kind of table.
  /// - Parameter logicalName: of the table; unchanged when there is none.
  package func described(
    table logicalName: String, _ definition: TableDefinition, columns: [Column]
  ) -> Schema {
    guard let table = table(named: logicalName) else { return self }
    let known = Table(
      logicalName: logicalName, entitySetName: table.entitySetName, primaryKey: table.primaryKey,
      primaryName: definition.primaryName ?? "", kind: definition.kind ?? table.kind, columns: columns)
    return completed(from: Schema(tables: [known]))
  }
}
