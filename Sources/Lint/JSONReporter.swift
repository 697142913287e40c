import JSONStream
import Policy

/// Findings for programs: one JSON object, findings in the order of their sources.
package enum JSONReporter {
  /// - Returns: `queries`, and of each of `findings` its `file`, `line`, `column` and `endColumn` (from 1, in Unicode code
  ///   points), `level` (`error`, `warning`, `note`), `rule`, `message`, `help`, and `link` where the policy has one.
  package static func render(_ findings: [LintFinding], queries: Int) -> String {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("queries")
    writer.integer(queries)
    writer.name("findings")
    writer.beginArray()
    for finding in findings {
      let place = FindingPlace(finding)
      writer.beginObject()
      writer.member("file", finding.source.file)
      writer.member("line", finding.source.line)
      writer.member("column", place.start)
      writer.member("endColumn", place.end)
      writer.member("level", finding.level.rawValue)
      writer.member("rule", finding.finding.rule)
      writer.member("message", finding.finding.message)
      writer.member("help", finding.finding.remedy)
      if let link = finding.finding.link { writer.member("link", link) }
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.take(), as: UTF8.self)
  }
}

/// Columns of a finding within its line, from 1, in Unicode code points; the end is behind the last.
struct FindingPlace {
  var start: Int
  var end: Int

  init(_ finding: LintFinding) {
    func count(_ bytes: Int) -> Int {
      String(decoding: finding.source.text.utf8.prefix(bytes), as: UTF8.self).unicodeScalars.count
    }
    start = count(finding.columns.lowerBound) + 1
    end = count(finding.columns.upperBound) + 1
  }
}

extension JSONWriter {
  mutating func member(_ name: String, _ value: String) {
    self.name(name)
    string(value)
  }

  mutating func member(_ name: String, _ value: Int) {
    self.name(name)
    integer(value)
  }
}
