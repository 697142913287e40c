package import JSONStream

/// Writes rows in memory in the legacy shape: the same bytes that ``LegacyShaper`` makes of the same rows, and what is
/// expanded in them.
package struct LegacyRowWriter: Sendable {
  /// Rows of another entity that stand inside rows, under one name.
  package struct Expansion: Sendable {
    /// As the answer spells it.
    package var name: String
    /// Writes each of them.
    package var writer: LegacyRowWriter
    /// An array of all rows; otherwise the first row alone, or `null`.
    package var isCollection: Bool

    /// Rows that `writer` writes, under a name of the answer.
    package init(name: String, writer: LegacyRowWriter, isCollection: Bool) {
      self.name = name
      self.writer = writer
      self.isCollection = isCollection
    }
  }

  /// A property that rows show.
  private struct Part: Sendable {
    /// Its legacy name as a JSON token, with its colon: a range of `tokens`.
    var token: Range<Int>
    var form: ShownForm
    /// The number of what is expanded under its name, if anything is.
    var expansion: Int?
  }

  private let unfold: String?
  private let parts: [Part]
  /// Property names → their numbers.
  private let numbers: [String: Int]
  private let tokens: FixedBytes
  private var expansions: [Expansion]
  /// `nil` where rows have none that is shown. Columns are known to it by their numbers, and behind those what is expanded.
  private var column: JSONColumn?
  /// By the number of a part, the row that had it last; kept for the JSON column alone.
  private var lastRows: [Int] = []
  private var row = 0

  /// - Parameters:
  ///   - shape: which properties rows show, and how.
  ///   - expansions: what can be expanded in them.
  package init(shape: LegacyShape, expansions: [Expansion] = []) {
    unfold = shape.unfold
    self.expansions = expansions
    let expanded = expansions.map { FoldedText($0.name) }
    var parts: [Part] = []
    var tokens: [UInt8] = []
    var numbers: [String: Int] = Dictionary(minimumCapacity: shape.columns.count)
    // Names of the row, without case, for the JSON column.
    var names: [FoldedText: [Int]] = [:]
    for (property, name) in shape.columns where property != shape.unfold {
      let start = tokens.count
      JSONText.append(name, to: &tokens)
      tokens.append(UInt8(ascii: ":"))
      let isNamed = shape.unfold != nil || !expanded.isEmpty
      let key = isNamed ? FoldedText(name) : nil
      if let key, shape.unfold != nil { names[key, default: []].append(parts.count) }
      numbers[property] = parts.count
      parts.append(
        Part(
          token: start..<tokens.count, form: shape.form(of: property),
          expansion: key.flatMap { expanded.firstIndex(of: $0) }))
    }
    self.parts = parts
    self.numbers = numbers
    self.tokens = FixedBytes(tokens)
    guard shape.unfold != nil else { return }
    for (index, name) in expanded.enumerated() { names[name, default: []].append(parts.count + index) }
    column = JSONColumn(columns: names, wanted: shape.unfoldMembers)
    lastRows = [Int](repeating: -1, count: parts.count)
  }

  /// Writes one row as an object.
  ///
  /// First its columns in the order of the row, then the members of its JSON column, then what is expanded. A name that is
  /// expanded stands for nothing else: a column or member of that name, in any case, is left out.
  /// - Parameter expanded: for each of the expansions, in their order, the rows that belong to this one; `nil` or nothing
  ///   where the row has no such member. A collection is an array of rows, empty when there are none. A single row is an
  ///   object, the first of the rows, and `null` when there is none (OData JSON 4.01, section 8.3).
  package mutating func write(
    _ row: DataverseRow, expanded: [[DataverseRow]?] = [], into writer: inout JSONWriter
  ) {
    writer.beginObject()
    row.forEach { property, value in
      guard let number = numbers[property] else {
        if property == unfold, value.first == UInt8(ascii: "\"") { column?.read(value) }
        return
      }
      let part = parts[number]
      if let expansion = part.expansion, LegacyRowWriter.has(expansion, expanded) { return }
      if column != nil { self.lastRows[number] = self.row }
      if let changed = part.form.shown(value) {
        changed.withUnsafeBufferPointer { writer.member(nameAndColon: tokens[part.token], $0) }
      } else {
        writer.member(nameAndColon: tokens[part.token], value)
      }
    }
    let (lastRows, current) = (lastRows, self.row)
    column?.write(into: &writer) { number in
      number < lastRows.count
        ? lastRows[number] == current : LegacyRowWriter.has(number - lastRows.count, expanded)
    }
    self.row += 1
    for index in expansions.indices where index < expanded.count {
      guard let rows = expanded[index] else { continue }
      expansions[index].write(rows, into: &writer)
    }
    writer.endObject()
  }

  private static func has(_ expansion: Int, _ expanded: [[DataverseRow]?]) -> Bool {
    expansion < expanded.count && expanded[expansion] != nil
  }
}

extension LegacyRowWriter.Expansion {
  fileprivate mutating func write(_ rows: [DataverseRow], into json: inout JSONWriter) {
    json.name(name)
    if isCollection {
      json.beginArray()
      for row in rows { writer.write(row, into: &json) }
      json.endArray()
    } else if let row = rows.first {
      writer.write(row, into: &json)
    } else {
      json.null()
    }
  }
}
