import JSONStream
import Policy

/// Findings as SARIF 2.1.0 (OASIS), which code hosts show beside the lines they are about.
package enum SARIFReporter {
  private static let schema =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"

  /// - Parameter version: of this program.
  /// - Returns: one log with one run; levels are those of ``LintFinding/Level``.
  package static func render(_ findings: [LintFinding], version: String) -> String {
    let rules = Set(findings.map(\.finding.rule)).sorted()
    var writer = JSONWriter()
    writer.beginObject()
    writer.member("$schema", schema)
    writer.member("version", "2.1.0")
    writer.name("runs")
    writer.beginArray()
    writer.beginObject()
    writer.name("tool")
    writer.beginObject()
    writer.name("driver")
    writer.beginObject()
    writer.member("name", "sluice")
    writer.member("version", version)
    writer.name("rules")
    writer.beginArray()
    for rule in rules {
      writer.beginObject()
      writer.member("id", rule)
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    writer.endObject()
    writer.member("columnKind", "unicodeCodePoints")
    writer.name("results")
    writer.beginArray()
    for finding in findings { result(finding, rules, &writer) }
    writer.endArray()
    writer.endObject()
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.take(), as: UTF8.self)
  }

  private static func result(_ finding: LintFinding, _ rules: [String], _ writer: inout JSONWriter) {
    let place = FindingPlace(finding)
    let help = [finding.finding.remedy, finding.finding.link ?? ""].filter { !$0.isEmpty }
    writer.beginObject()
    writer.member("ruleId", finding.finding.rule)
    if let index = rules.firstIndex(of: finding.finding.rule) { writer.member("ruleIndex", index) }
    writer.member("level", finding.level.rawValue)
    writer.name("message")
    writer.beginObject()
    writer.member("text", ([finding.finding.message] + help).joined(separator: " "))
    writer.endObject()
    writer.name("locations")
    writer.beginArray()
    writer.beginObject()
    writer.name("physicalLocation")
    writer.beginObject()
    writer.name("artifactLocation")
    writer.beginObject()
    writer.member("uri", uri(finding.source.file))
    writer.endObject()
    writer.name("region")
    writer.beginObject()
    writer.member("startLine", finding.source.line)
    writer.member("startColumn", place.start)
    writer.member("endColumn", place.end)
    writer.endObject()
    writer.endObject()
    writer.endObject()
    writer.endArray()
    writer.endObject()
  }

  /// A path as a URI reference (RFC 3986, section 4.1): absolute ones with `file:`, so that `//` names no host.
  private static func uri(_ path: String) -> String {
    var out = path.hasPrefix("/") ? "file://" : ""
    for byte in path.utf8 {
      let scalar = UnicodeScalar(byte)
      let isPlain =
        ("a"..."z").contains(scalar) || ("A"..."Z").contains(scalar) || ("0"..."9").contains(scalar)
        || "-._~/".unicodeScalars.contains(scalar)
      if isPlain {
        out.unicodeScalars.append(scalar)
      } else {
        let digits = String(byte, radix: 16, uppercase: true)
        out += digits.utf8.count == 1 ? "%0\(digits)" : "%\(digits)"
      }
    }
    return out
  }
}
