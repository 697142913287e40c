package import JSONStream

/// Writes rows in memory in the legacy shape: the same bytes that ``LegacyShaper`` makes of the same rows, and what is
/// expanded in them.
package struct LegacyRowWriter: Sendable {
  private let shape: LegacyShape
  /// By property name.
  private let parts: [String: Part]

  /// A property that rows show.
  private struct Part: Sendable {
    /// Its legacy name as a JSON token, with its colon.
    var token: [UInt8]
    /// Its legacy name, as names compare.
    var key: FoldedText
    var form: ShownForm
  }

  /// - Parameter shape: which properties rows show, and how.
  package init(shape: LegacyShape) {
    self.shape = shape
    var parts: [String: Part] = Dictionary(minimumCapacity: shape.columns.count)
    for (property, name) in shape.columns {
      parts[property] = Part(
        token: JSONText.encode(name) + [UInt8(ascii: ":")], key: FoldedText(name), form: shape.form(of: property))
    }
    self.parts = parts
  }

  /// Writes one row as an object.
  ///
  /// First its columns in the order of the row, then the members of its JSON column, then what is expanded. A name that is
  /// expanded stands for nothing else: a column or member of that name, in any case, is left out.
  /// - Parameter expanded: a collection is an array of rows, empty when there are none. A single row is an object, the
  ///   first of the rows, and `null` when there is none (OData JSON 4.01, section 8.3).
  package func write(_ row: DataverseRow, expanded: [ExpandedMember] = [], into writer: inout JSONWriter) {
    let expandedNames = expanded.map { FoldedText($0.name) }
    // Wanted for members of the JSON column alone.
    var names: Set<FoldedText> = shape.unfold == nil ? [] : Set(expandedNames)
    var held: [UInt8]?
    writer.beginObject()
    row.forEach { property, value in
      if property == shape.unfold {
        if value.first != UInt8(ascii: "n") { held = Array(value) }
        return
      }
      guard let part = parts[property], !expandedNames.contains(part.key) else { return }
      if shape.unfold != nil { names.insert(part.key) }
      part.token.withUnsafeBufferPointer { token in
        if let changed = part.form.shown(value) {
          changed.withUnsafeBufferPointer { writer.member(nameAndColon: token, $0) }
        } else {
          writer.member(nameAndColon: token, value)
        }
      }
    }
    if shape.unfold != nil { shape.unfold(held, names: &names, into: &writer) }
    for member in expanded { member.write(into: &writer) }
    writer.endObject()
  }
}

/// Rows of another entity that stand inside a row, under one name.
package struct ExpandedMember: Sendable {
  /// As the answer spells it.
  package var name: String
  /// The rows that belong to the row around them.
  package var rows: [DataverseRow]
  /// Writes each of them.
  package var writer: LegacyRowWriter
  /// An array of all rows; otherwise the first row alone, or `null`.
  package var isCollection: Bool

  package init(name: String, rows: [DataverseRow], writer: LegacyRowWriter, isCollection: Bool) {
    self.name = name
    self.rows = rows
    self.writer = writer
    self.isCollection = isCollection
  }

  fileprivate func write(into json: inout JSONWriter) {
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
