import JSONStream
import Planning
import PolicyTools

extension MigrationReport {
  /// For programs: one JSON object a line for each request, and one with the counts as the last.
  package var json: String {
    var out = ""
    for entry in shown {
      var writer = JSONWriter()
      write(entry, to: &writer)
      out += String(decoding: writer.take(), as: UTF8.self) + "\n"
    }
    var writer = JSONWriter()
    writeSummary(to: &writer)
    return out + String(decoding: writer.take(), as: UTF8.self) + "\n"
  }

  private func write(_ entry: Entry, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("source", entry.source)
    writer.name("count")
    writer.integer(entry.count)
    writer.member("method", entry.method)
    writer.member("old", entry.old)
    switch entry.outcome {
    case .moves(let plan):
      writer.member("result", !plan.isOneRead ? "severalReads" : plan.needsWork ? "movesWithWork" : "moves")
      writer.name("steps")
      writer.beginArray()
      for step in plan.steps { write(step, to: &writer) }
      writer.endArray()
      writer.member("entity", plan.entity)
      writer.name("columns")
      writer.members(plan.columns)
      guard !plan.expanded.isEmpty else { break }
      writer.name("expanded")
      writer.beginObject()
      for (entity, columns) in plan.expanded.sorted(by: { $0.key < $1.key }) {
        writer.name(entity)
        writer.members(columns)
      }
      writer.endObject()
    case .cannot(let reason):
      writer.member("result", "cannot")
      writer.member("code", reason.code)
      writer.member("message", reason.message)
      if !reason.remedy.isEmpty { writer.member("remedy", reason.remedy) }
    case .isContinuation, .isDataverse, .isForeign: break
    }
    writer.endObject()
  }

  private func write(_ step: MigrationStep, to writer: inout JSONWriter) {
    writer.beginObject()
    writer.member("request", liftsLiterals ? step.shape : step.target)
    if let prefer = step.prefer { writer.member("prefer", prefer) }
    if let repetition = step.repetition {
      writer.name("forEach")
      writer.beginObject()
      writer.member("column", repetition.column)
      writer.name("steps")
      writer.beginArray()
      for number in repetition.reads { writer.integer(number) }
      writer.endArray()
      writer.name("idsPerRequest")
      writer.integer(repetition.valuesPerRead)
      writer.endObject()
    }
    if liftsLiterals, step.isPart {
      writer.name("forEach")
      writer.beginObject()
      writer.member("part", "list")
      writer.endObject()
    }
    writer.name("then")
    writer.beginArray()
    for task in step.tasks { writer.string(task) }
    writer.endArray()
    writer.endObject()
  }

  private func writeSummary(to writer: inout JSONWriter) {
    let counts = counts
    writer.beginObject()
    writer.name("summary")
    writer.beginObject()
    for (name, count) in [
      ("requests", counts.all), ("moves", counts.asTheyAre), ("movesWithWork", counts.withWork),
      ("severalReads", counts.asSeveralReads), ("cannot", counts.cannotMove), ("furtherPages", continuations),
      ("dataverse", dataverseRequests), ("foreign", foreignRequests),
    ] {
      writer.name(name)
      writer.integer(count)
    }
    writer.member("byReason", MigrationReport.ranked(counts.cannot))
    writer.member("leftOut", leftOut.map { ($0.key.rawValue, $0.value) }.sorted { $0.0 < $1.0 })
    writer.endObject()
    writer.endObject()
  }
}

extension JSONWriter {
  fileprivate mutating func member(_ name: String, _ value: String) {
    self.name(name)
    string(value)
  }

  fileprivate mutating func members(_ values: [String: String]) {
    beginObject()
    for (name, value) in values.sorted(by: { $0.key < $1.key }) { member(name, value) }
    endObject()
  }

  fileprivate mutating func member(_ name: String, _ counts: [(key: String, value: Int)]) {
    self.name(name)
    beginObject()
    for (key, value) in counts {
      self.name(key)
      integer(value)
    }
    endObject()
  }
}
