import Foundation
import Testing

/// `sluice parse` as a user runs it: one text, and vectors line by line.
@Suite struct ParseCommandTests {
  static let conformance = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../../shared/conformance").standardizedFileURL

  /// The answers to lines of JSON, each as a dictionary.
  static func answers(_ input: String, _ arguments: [String] = []) throws -> (status: Int32, lines: [[String: Any]]) {
    let result = try Program.run(["parse", "--jsonl"] + arguments, input: input)
    #expect(result.errors.isEmpty, "\(result.errors)")
    return (result.status, try objects(result.out))
  }

  static func objects(_ text: String) throws -> [[String: Any]] {
    try text.split(separator: "\n").map {
      try #require(try JSONSerialization.jsonObject(with: Data($0.utf8)) as? [String: Any], "\($0)")
    }
  }

  @Test func oneText() throws {
    let accepted = try Program.run(["parse", "a?$top=05"])
    #expect(accepted.status == 0)
    #expect(accepted.out == "a?$top=5\n(uri\n  (name \"a\")\n  (top 5))\n")
    let refused = try Program.run(["parse", "--rule", "BOOLCOMMONEXPR", "a and 1"])
    #expect(refused.status == 1)
    #expect(refused.out.isEmpty)
    #expect(refused.errors.hasPrefix("a and 1\n      ^\nrule-mismatch: "))
    let decoded = try Program.run(["parse", "--decoded", "--rule", "string", "-"], input: "'50%'\n")
    #expect(decoded.status == 0)
    #expect(decoded.out.hasPrefix("'50%25'\n"))
    let negative = try Program.run(["parse", "--rule", "int16Value", "--", "-5"])
    #expect(negative.out == "-5\n(integer -5)\n")
  }

  @Test func oneTextAsJSON() throws {
    let accepted = try Program.run(["parse", "--json", "--rule", "top"], input: "$top=1\r\n")
    #expect(accepted.status == 0)
    #expect(accepted.out == #"{"accepted":true,"canonical":"$top=1","tree":"(top 1)"}"# + "\n")
    let refused = try Program.run(["parse", "--json", "a?$flter=1"])
    #expect(refused.status == 1)
    let answer = try #require(Self.objects(refused.out).first)
    #expect(answer["accepted"] as? Bool == false)
    #expect(answer["code"] as? String == "unknown-option")
    #expect(answer["at"] as? Int == 2)
    #expect((answer["message"] as? String)?.hasSuffix("did you mean `$filter`?") == true)
  }

  @Test func modesDiffer() throws {
    let text = "Set$filter=a eq 'b'"
    #expect(try Program.run(["parse", "--mode", "legacy", text]).out.hasPrefix("Set?$filter=a%20eq%20'b'\n"))
    #expect(try Program.run(["parse", "--mode", "dataverse", text]).status == 1)
    #expect(try Program.run(["parse", "a?top=1"]).status == 0)
    #expect(try Program.run(["parse", "--mode", "dataverse", "a?top=1"]).out.hasPrefix("a?top=1\n"))
  }

  @Test func whatCannotRun() throws {
    let unknown = try Program.run(["parse", "--rule", "boolComonExpr", "a"])
    #expect(unknown.status == 2)
    #expect(unknown.errors.contains("did you mean `boolCommonExpr`?"))
    // Keys as path segments are of the grammar, but of neither dialect.
    #expect(try Program.run(["parse", "a/1"]).out.hasPrefix("a/1\n"))
    #expect(try Program.run(["parse", "--mode", "dataverse", "a/1"]).status == 1)
    #expect(try Program.run(["parse", "--mode", "legacy", "a/1"]).status == 1)
    #expect(try Program.run(["parse", "--mode", "lax", "a"]).status == 2)
    #expect(try Program.run(["parse", "--json", "--jsonl"], input: "").status == 2)
    let missing = try Program.run(["parse", "--jsonl", "/nowhere/vectors.jsonl"])
    #expect(missing.status == 2)
    #expect(missing.errors.contains("/nowhere/vectors.jsonl: "))
  }

  @Test func linesAreAnsweredInOrder() throws {
    let (status, lines) = try Self.answers(
      """
      {"id":"a","rule":"top","input":"$top=1","valid":true,"constraints":{"core":["x"]}}\r
      \t

      {"input":"b","id":12.0}
      {"id":null,"rule":null,"encoding":null,"constraints":null,"input":"$top=1"}
      {"id":"\\u0064","rule":"string","encoding":"decoded","input":"'%\\u0001'"}
      {"id":"e","rule":"STRING","encoding":"decoded","input":"'%'"}
      {"id":"f","rule":"strng","input":""}
      """, ["--rule", "odataIdentifier"])
    #expect(status == 1)
    #expect(lines.count == 6)
    #expect(lines.map { $0["accepted"] as? Bool } == [true, true, false, false, true, false])
    #expect(lines[0]["id"] as? String == "a" && lines[0]["canonical"] as? String == "$top=1")
    #expect(lines[1]["id"] as? Double == 12 && lines[1]["tree"] as? String == "(name \"b\")")
    #expect(lines[2]["id"] == nil && lines[2]["line"] as? Int == 5)
    #expect(lines[3]["id"] as? String == "d" && lines[3]["code"] as? String == "control-character")
    #expect(lines[3]["at"] as? Int == 2)
    #expect(lines[4]["canonical"] as? String == "'%25'")
    #expect(lines[5]["code"] as? String == "unknown-rule")
    #expect(try Self.answers(#"{"id":1,"input":"a"}"#).status == 0)
    #expect(try Self.answers("\n\n").lines.isEmpty)
  }

  @Test func malformedLinesAreAnsweredAndPassed() throws {
    let bad = [
      "{", "[]", "7", "null", "\"a\"", "{} {}", "{\"input\":\"a\"}}", "{\"id\":\"x\"}", "{\"input\":1}",
      "{\"input\":null}",
      "{\"input\":{}}", "{\"input\":[\"a\"]}", "{\"id\":true,\"input\":\"a\"}", "{\"rule\":5,\"input\":\"a\"}",
      "{\"encoding\":\"utf-8\",\"input\":\"a\"}", "{\"input\":\"a\",\"input\":\"b\"}", "{\"input\":\"\\ud800\"}",
      "{\"input\":\"a\u{1}\"}", "{'input':'a'}", String(repeating: "[", count: 100_000),
    ]
    let (status, lines) = try Self.answers(bad.map { $0 + "\n{\"id\":1,\"input\":\"a\"}" }.joined(separator: "\n"))
    #expect(status == 1)
    #expect(lines.count == 2 * bad.count)
    for (index, line) in lines.enumerated() {
      if index % 2 == 1 {
        #expect(line["accepted"] as? Bool == true)
      } else {
        #expect(line["line"] as? Int == index + 1)
        #expect(line["accepted"] as? Bool == false)
        #expect(line["code"] as? String == "jsonl", "\(bad[index / 2].prefix(40))")
        #expect((line["message"] as? String)?.isEmpty == false)
        #expect(line["at"] == nil)
      }
    }
  }

  /// A line of the limit is read, one byte more is not; neither is kept, and the next line is not touched.
  @Test func linesAreBounded() throws {
    func line(_ bytes: Int) -> String {
      let frame = #"{"id":1,"input":"a","note":""}"#
      return #"{"id":1,"input":"a","note":""# + String(repeating: "x", count: bytes - frame.utf8.count) + #""}"#
    }
    let limit = 1 << 20
    let lines = try Self.answers(
      [line(limit), line(limit + 1), line(5 * limit), line(100), line(2 * limit)].joined(separator: "\n")
    ).lines
    #expect(lines.map { $0["accepted"] as? Bool } == [true, false, false, true, false])
    #expect(lines.map { $0["code"] as? String } == [nil, "jsonl", "jsonl", nil, "jsonl"])
    #expect(lines.map { $0["line"] as? Int } == [nil, 2, 3, nil, 5])
    let long = String(repeating: "a", count: 100_000)
    let answer = try Self.answers("{\"id\":1,\"input\":\"\(long)\"}").lines
    #expect(answer.first?["code"] as? String == "limit-target")
  }

  /// Wherever lines are split between reads, each is answered once.
  @Test func manyLines() throws {
    let input = (1...5_000).map {
      "{\"id\":\($0),\"input\":\"a?$top=\($0)&x=\(String(repeating: "y", count: $0 % 97))\"}"
    }
    let (status, lines) = try Self.answers(input.joined(separator: "\r\n") + "\r\n")
    #expect(status == 0)
    #expect(lines.count == 5_000)
    for (index, line) in lines.enumerated() {
      #expect(line["id"] as? Int == index + 1)
      #expect((line["canonical"] as? String)?.hasPrefix("a?$top=\(index + 1)") == true)
    }
  }

  /// Every public vector is answered, in every mode, and the verdicts agree with those of its source. The floors may be
  /// raised, never lowered.
  @Test(arguments: [
    (file: "odata-abnf-public.jsonl", mode: "strict", accepted: 0.90, refused: 0.81),
    ("odata-realworld-public.jsonl", "strict", 0.96, 0.79),
    ("odata-abnf-public.jsonl", "dataverse", 0.89, 0.78), ("odata-realworld-public.jsonl", "dataverse", 0.96, 0.77),
    ("odata-abnf-public.jsonl", "legacy", 0.90, 0.75), ("odata-realworld-public.jsonl", "legacy", 0.96, 0.78),
  ])
  func publicVectors(_ row: (file: String, mode: String, accepted: Double, refused: Double)) throws {
    let path = Self.conformance.appending(path: row.file).path
    guard FileManager.default.fileExists(atPath: path) else {
      return print("skipped: no conformance vectors at \(path)")
    }
    let vectors = try Self.objects(String(contentsOfFile: path, encoding: .utf8))
    let result = try Program.run(["parse", "--mode", row.mode, "--jsonl", path])
    #expect(result.status == 1)
    let answers = try Self.objects(result.out)
    try #require(answers.count == vectors.count)
    var valid = (agreed: 0, count: 0)
    var invalid = (agreed: 0, count: 0)
    for (vector, answer) in zip(vectors, answers) {
      #expect(vector["id"] as? String == answer["id"] as? String)
      #expect(answer["code"] as? String != "unknown-rule", "\(vector["rule"] ?? "")")
      let accepted = try #require(answer["accepted"] as? Bool)
      guard let verdict = vector["valid"] as? Bool, vector["needsConstraints"] as? Bool != true,
        vector["agreement"] as? String ?? "agree" == "agree"
      else { continue }
      if verdict {
        valid.count += 1
        valid.agreed += accepted ? 1 : 0
      } else {
        invalid.count += 1
        invalid.agreed += accepted ? 0 : 1
      }
    }
    #expect(Double(valid.agreed) / Double(valid.count) >= row.accepted, "\(valid)")
    #expect(Double(invalid.agreed) / Double(invalid.count) >= row.refused, "\(invalid)")
  }
}
