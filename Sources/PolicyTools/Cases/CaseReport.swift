import JSONStream

/// What a run of cases gives: results, and the coverage of each policy that they are about.
package struct CaseReport: Sendable {
  package var results: [CaseResult] = []
  /// By name of the policy, in the order in which they were met.
  package var coverage: [(policy: String, coverage: PolicyCoverage)] = []

  package init() {}

  package var failed: Int { results.count { !$0.failures.isEmpty } }

  /// For a terminal.
  /// - Parameter listsUncovered: names what no case shows.
  package func text(listsUncovered: Bool) -> String {
    var out = ""
    for result in results where !result.failures.isEmpty {
      out += "\(result.item.file):\(result.item.line): failed: \(result.item.name)\n"
      for failure in result.failures {
        out += "  \(failure.what)\n    expected  \(failure.expected)\n    got       \(failure.got)\n"
        if failure.what == "upstream" {
          let same = zip(failure.expected.unicodeScalars, failure.got.unicodeScalars).prefix { $0 == $1 }.count
          out += "    \(String(repeating: " ", count: 10 + same))^\n"
        }
      }
    }
    for (policy, coverage) in coverage {
      let total = coverage.covered.count + coverage.uncovered.count
      out += "\(policy): \(coverage.percent) % covered (\(coverage.covered.count) of \(total))\n"
      guard listsUncovered else { continue }
      for item in coverage.uncovered { out += "  not shown by any case: \(item)\n" }
    }
    return out + "\(count(results.count, "case")), \(failed) failed\n"
  }

  /// One JSON object.
  package func json() -> String {
    var writer = JSONWriter()
    func member(_ name: String, _ value: String) {
      writer.name(name)
      writer.string(value)
    }
    func number(_ name: String, _ value: Int) {
      writer.name(name)
      writer.integer(value)
    }
    writer.beginObject()
    writer.name("cases")
    writer.beginArray()
    for result in results {
      writer.beginObject()
      member("file", result.item.file)
      number("line", result.item.line)
      member("name", result.item.name)
      writer.name("passed")
      writer.bool(result.failures.isEmpty)
      writer.name("failures")
      writer.beginArray()
      for failure in result.failures {
        writer.beginObject()
        member("what", failure.what)
        member("expected", failure.expected)
        member("got", failure.got)
        writer.endObject()
      }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.name("coverage")
    writer.beginArray()
    for (policy, coverage) in coverage {
      writer.beginObject()
      member("policy", policy)
      number("covered", coverage.covered.count)
      number("total", coverage.covered.count + coverage.uncovered.count)
      writer.name("uncovered")
      writer.beginArray()
      for item in coverage.uncovered { writer.string("\(item)") }
      writer.endArray()
      writer.endObject()
    }
    writer.endArray()
    writer.endObject()
    return String(decoding: writer.take(), as: UTF8.self) + "\n"
  }

  /// A JUnit report, which build servers show: one suite for each file of cases.
  package func junit() -> String {
    var files: [String] = []
    for result in results where files.last != result.item.file { files.append(result.item.file) }
    var out = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites>\n"
    for file in files {
      let own = results.filter { $0.item.file == file }
      out += "  <testsuite name=\"\(CaseReport.escaped(file))\" tests=\"\(own.count)\""
      out += " failures=\"\(own.count { !$0.failures.isEmpty })\">\n"
      for result in own {
        out += "    <testcase name=\"\(CaseReport.escaped(result.item.name))\""
        guard !result.failures.isEmpty else {
          out += "/>\n"
          continue
        }
        out += ">\n"
        for failure in result.failures {
          let text = "\(failure.what): expected \(failure.expected), got \(failure.got)"
          out += "      <failure message=\"\(CaseReport.escaped(text))\"/>\n"
        }
        out += "    </testcase>\n"
      }
      out += "  </testsuite>\n"
    }
    return out + "</testsuites>\n"
  }

  /// XML 1.0 has no way to write most control characters.
  private static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": out += "&amp;"
      case "<": out += "&lt;"
      case ">": out += "&gt;"
      case "\"": out += "&quot;"
      case "\t", "\n", "\r": out += " "
      case _ where scalar.value < 0x20 || scalar.value == 0xFFFE || scalar.value == 0xFFFF: out += "\u{FFFD}"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }
}
