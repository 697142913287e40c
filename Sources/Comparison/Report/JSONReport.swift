import JSONStream

/// Reports for programs: one JSON object a line, and one with the counts as the last.
package enum JSONReport {
  /// One query, without a line end.
  package static func line(_ report: QueryReport, showsValues: Bool) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("source", report.source)
    writer.member("request", report.request)
    writer.member("result", report.verdict.rawValue)
    switch report.outcome {
    case .compared(let comparison, let left, let right):
      writer.member("left", left)
      writer.member("right", right)
      if let key = comparison.key {
        writer.name("key")
        writer.beginArray()
        for name in key { writer.string(name) }
        writer.endArray()
      }
      writer.name("count")
      writer.integer(comparison.count)
      writer.name("differences")
      writer.beginArray()
      for difference in comparison.differences { writer.item(difference, showsValues) }
      writer.endArray()
      writer.name("rowsLeftOut")
      writer.integer(comparison.rowsLeftOut)
      writer.name("notes")
      writer.beginArray()
      for note in comparison.notes { writer.string(note) }
      writer.endArray()
    case .notCompared(let left, let right):
      for (name, reason) in [("left", left), ("right", right)] {
        guard let reason else { continue }
        writer.name(name)
        writer.beginObject()
        writer.member("failure", reason)
        writer.endObject()
      }
    }
    writer.endObject()
    return String(decoding: writer.take(), as: UTF8.self)
  }

  /// The counts, without a line end.
  package static func line(_ summary: ComparisonSummary) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("summary")
    writer.beginObject()
    for (name, count) in [
      ("queries", summary.queries), ("same", summary.same), ("sameError", summary.sameErrors),
      ("differs", summary.differs),
      ("notCompared", summary.notCompared), ("onlyInPart", summary.partly), ("repeated", summary.repeated),
    ] {
      writer.name(name)
      writer.integer(count)
    }
    writer.name("leftOut")
    writer.beginObject()
    for (reason, count) in summary.leftOut.sorted(by: { $0.key < $1.key }) {
      writer.name(reason)
      writer.integer(count)
    }
    writer.endObject()
    writer.endObject()
    writer.endObject()
    return String(decoding: writer.take(), as: UTF8.self)
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    self.name(name)
    string(value)
  }

  fileprivate mutating func member(_ name: String, _ extent: QueryReport.Extent) {
    self.name(name)
    beginObject()
    self.name("status")
    integer(extent.status)
    self.name("pages")
    integer(extent.pages)
    if let rows = extent.rows {
      self.name("rows")
      integer(rows)
    }
    endObject()
  }

  fileprivate mutating func item(_ difference: Difference, _ showsValues: Bool) {
    beginObject()
    member("path", difference.place.text(showsValues: showsValues))
    member("kind", difference.kind.rawValue)
    for (name, side) in [("left", difference.left), ("right", difference.right)] {
      guard let side else { continue }
      member(name, showsValues ? side.value ?? side.word : side.word)
    }
    endObject()
  }
}
