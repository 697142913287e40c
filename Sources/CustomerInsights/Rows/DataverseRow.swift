import JSONStream

/// One row of a Dataverse answer, held in memory: property names and their values as they stood, in their order.
package struct DataverseRow: Sendable, Hashable {
  private struct Cell: Sendable, Hashable {
    var name: String
    /// Where the value ends in `text`; it begins where the one before it ends.
    var end: Int
  }

  private var cells: [Cell] = []
  /// The values of all cells, one behind the other: one allocation a row instead of one a value.
  private var text: [UInt8] = []

  /// A row without values.
  package init() {}

  /// A row with its names in ascending order.
  /// - Parameter members: property name → one whole JSON value.
  package init(members: [String: [UInt8]]) {
    for name in members.keys.sorted() { append(name, members[name] ?? []) }
  }

  /// Property name → JSON value as it stood. Made anew for each call: to look one value up, use the subscript.
  package var members: [String: [UInt8]] {
    Dictionary(names.map { ($0, self[$0] ?? []) }, uniquingKeysWith: { first, _ in first })
  }

  /// Property names in the order of the answer.
  package var names: [String] { cells.map(\.name) }

  /// The JSON value of a property as it stood; `nil` when the row does not have the property.
  package subscript(_ name: String) -> [UInt8]? {
    guard let index = cells.firstIndex(where: { $0.name == name }) else { return nil }
    return Array(text[range(index)])
  }

  /// Whether the row has a property.
  func has(_ name: String) -> Bool { cells.contains { $0.name == name } }

  /// The text of a property that is a JSON string; `nil` when it is absent, null or of another kind.
  package func string(_ name: String) -> String? {
    guard let value = self[name] else { return nil }
    return value.withUnsafeBufferPointer { value in
      do throws(JSONStreamError) {
        return try JSONText.decodeString(value)
      } catch {
        // A number, boolean or null.
        return nil
      }
    }
  }

  /// Bytes of memory that the row takes, the names (which rows share) left out.
  package var byteCount: Int { text.count + cells.count * MemoryLayout<Cell>.stride + DataverseRow.overhead }

  /// The row itself and the heads of its two arrays.
  private static let overhead = MemoryLayout<DataverseRow>.stride + 64

  /// Adds a property that the row does not have yet.
  mutating func append(_ name: String, _ value: some Collection<UInt8>) {
    text.append(contentsOf: value)
    cells.append(Cell(name: name, end: text.count))
  }

  /// Makes room for a row like another one.
  mutating func reserve(like row: DataverseRow) {
    cells.reserveCapacity(row.cells.count)
    text.reserveCapacity(row.text.count)
  }

  /// Calls `body` with each property and its JSON value, in their order. The value is valid during the call only.
  func forEach(_ body: (_ name: String, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
    text.withUnsafeBufferPointer { text in
      var start = 0
      for cell in cells {
        body(cell.name, UnsafeBufferPointer(rebasing: text[start..<cell.end]))
        start = cell.end
      }
    }
  }

  private func range(_ index: Int) -> Range<Int> { (index == 0 ? 0 : cells[index - 1].end)..<cells[index].end }
}

/// The rows of one Dataverse answer and what stands beside them.
package struct RowPage: Sendable, Hashable {
  /// In the order of the answer.
  package var rows: [DataverseRow]
  /// The `$skiptoken` of the service's next link, percent-decoded once; `nil` on the last page.
  package var skiptoken: String?
  /// The digits of `@odata.count`.
  package var count: [UInt8]?
  /// Bytes of memory that the rows take.
  package var byteCount: Int
}
