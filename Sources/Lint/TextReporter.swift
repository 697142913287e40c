import Terminal
import Policy

/// Findings for a terminal: `file:line:column: severity: message [rule]`, the line, a caret line, and what would pass.
package enum TextReporter {
  /// Bytes of a line that are shown around a finding.
  static let window = 160

  package static func render(_ finding: LintFinding) -> String {
    let source = finding.source
    let column = characters(before: finding.columns.lowerBound, in: source.text) + 1
    var out = "\(source.file):\(source.line):\(column): \(finding.level.rawValue): "
    out += "\(finding.finding.message) [\(finding.finding.rule)]\n"
    let (line, start, length) = excerpt(of: source.text, around: finding.columns)
    out += "  \(line)\n"
    out += "  \(String(repeating: " ", count: start))^\(String(repeating: "~", count: max(0, length - 1)))\n"
    if !finding.finding.remedy.isEmpty { out += "  help: \(finding.finding.remedy)\n" }
    if let link = finding.finding.link { out += "  see: \(link)\n" }
    return out
  }

  /// What stands behind all findings: `3 queries, 2 errors, 1 warning`.
  package static func summary(_ findings: [LintFinding], queries: Int) -> String {
    var parts = [counted(queries, "query", "queries")]
    for level in LintFinding.Level.allCases.reversed() {
      let count = findings.count { $0.level == level }
      if count > 0 { parts.append(counted(count, level.rawValue)) }
    }
    return (parts.count == 1 ? parts + ["0 findings"] : parts).joined(separator: ", ")
  }

  /// Part of a long line, with the caret's column and length in characters; control characters become blanks.
  private static func excerpt(of text: String, around columns: Range<Int>) -> (line: String, start: Int, length: Int) {
    let bytes = Array(text.utf8)
    var low = max(0, min(columns.lowerBound, bytes.count) - window / 2)
    var high = min(bytes.count, low + window)
    // Never cut inside a character.
    while low > 0, low < bytes.count, bytes[low] & 0xC0 == 0x80 { low -= 1 }
    while high < bytes.count, bytes[high] & 0xC0 == 0x80 { high += 1 }
    func visible(_ range: Range<Int>) -> String {
      visibleText(String(decoding: bytes[range], as: UTF8.self))
    }
    let from = min(max(low, columns.lowerBound), high)
    let to = min(max(from, columns.upperBound), high)
    let lead = low > 0 ? "…" : ""
    let tail = high < bytes.count ? "…" : ""
    return (lead + visible(low..<high) + tail, lead.count + visible(low..<from).count, visible(from..<to).count)
  }

  private static func characters(before offset: Int, in text: String) -> Int {
    String(decoding: Array(text.utf8.prefix(offset)), as: UTF8.self).count
  }
}
