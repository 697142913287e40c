import TestSupport
import JSONStream
import Testing

@testable import CustomerInsights

/// Random filters over random rows, against an evaluator of five lines.
@Suite struct RowTestPropertyTests {
  /// Column values as Swift has them, and as the row has them.
  private struct Sample {
    var numbers: [String: Int?] = [:]
    var texts: [String: String?] = [:]
    var row = DataverseRow()
  }

  private typealias Oracle = @Sendable (Sample) -> Bool

  private static let alphabet = ["a", "A", "b", "B", "_", "%", "é", "É"]

  private static func text(_ random: inout SeededGenerator) -> String {
    (0..<random.below(4)).map { _ in random.pick(alphabet) }.joined()
  }

  /// - Parameter isUnfolded: numbers may then be text, and members may be absent instead of null.
  private static func sample(_ random: inout SeededGenerator, isUnfolded: Bool) -> Sample {
    var sample = Sample()
    var json = JSONWriter()
    json.beginObject()
    for name in ["n", "m"] {
      let value = random.below(4) == 0 ? nil : random.below(7) - 3
      sample.numbers[name] = .some(value)
      let forms = value.map { ["\($0)", "\($0).0", "\($0)e0", "\($0 * 10)e-1", "\"\($0)\""] } ?? ["null"]
      let form = random.pick(isUnfolded || value == nil ? forms : forms.dropLast())
      add(name, form, skips: value == nil && random.below(2) == 0)
    }
    for name in ["t", "u"] {
      let value = random.below(4) == 0 ? nil : text(&random)
      sample.texts[name] = .some(value)
      let form = value.map { String(decoding: JSONText.encode($0), as: UTF8.self) } ?? "null"
      add(name, form, skips: value == nil && random.below(2) == 0)
    }
    func add(_ name: String, _ form: String, skips: Bool) {
      if isUnfolded {
        guard !skips else { return }
        json.name(name.uppercased())
        json.raw(form.utf8)
      } else {
        sample.row.append(name, form.utf8)
      }
    }
    json.endObject()
    if isUnfolded {
      sample.row.append("json", JSONText.encode(String(decoding: json.take(), as: UTF8.self)))
    }
    return sample
  }

  private static func filter(_ random: inout SeededGenerator, depth: Int) -> (text: String, oracle: Oracle) {
    switch depth > 0 ? random.below(8) : 3 + random.below(5) {
    case 0:
      let (left, right) = (filter(&random, depth: depth - 1), filter(&random, depth: depth - 1))
      return ("(\(left.text) and \(right.text))", { left.oracle($0) && right.oracle($0) })
    case 1:
      let (left, right) = (filter(&random, depth: depth - 1), filter(&random, depth: depth - 1))
      return ("(\(left.text) or \(right.text))", { left.oracle($0) || right.oracle($0) })
    case 2:
      let inner = filter(&random, depth: depth - 1)
      return ("not (\(inner.text))", { !inner.oracle($0) })
    case 3:
      let (name, value, op) = (random.pick(["n", "m"]), random.below(7) - 3, random.pick(operators))
      return ("\(name) \(op) \(value).0", { compared($0.numbers[name] ?? nil, value, op) })
    case 4:
      let (name, value, op) = (random.pick(["t", "u"]), text(&random), random.pick(operators))
      return (
        "\(name) \(op) '\(value)'",
        { compared(($0.texts[name] ?? nil).map(scalars), scalars(value), op) }
      )
    case 5:
      let (name, value) = (random.pick(["t", "u"]), text(&random))
      let function = random.pick(["contains", "startswith", "endswith"])
      return (
        "\(function)(\(name),'\(value)')",
        { sample in
          guard let text = (sample.texts[name] ?? nil)?.lowercased() else { return false }
          let value = value.lowercased()
          return switch function {
          case "startswith": text.hasPrefix(value)
          case "endswith": text.hasSuffix(value)
          default: text.contains(value) || value.isEmpty
          }
        }
      )
    case 6:
      let (name, values) = (random.pick(["n", "m"]), (0...random.below(3)).map { _ in random.below(7) - 3 })
      return (
        "\(name) in (\(values.map(String.init).joined(separator: ",")))",
        { sample in (sample.numbers[name] ?? nil).map { values.contains($0) } ?? false }
      )
    default:
      let name = random.pick(["n", "m", "t", "u"])
      return (
        "\(name) eq null", { ($0.numbers[name] ?? nil) == nil && ($0.texts[name] ?? nil) == nil }
      )
    }
  }

  private static let operators = ["eq", "ne", "gt", "ge", "lt", "le"]

  private static func scalars(_ text: String) -> String { text.lowercased() }

  private static func compared<Value: Comparable>(_ left: Value?, _ right: Value, _ op: String) -> Bool {
    guard let left else { return op == "ne" }
    return switch op {
    case "eq": left == right
    case "ne": left != right
    case "gt": left > right
    case "ge": left >= right
    case "lt": left < right
    default: left <= right
    }
  }

  @Test(arguments: [false, true])
  func filtersSayWhatThePlainEvaluatorSays(isUnfolded: Bool) throws {
    var random = SeededGenerator(seed: isUnfolded ? 2 : 1)
    var passed = 0
    for _ in 0..<400 {
      let (text, oracle) = Self.filter(&random, depth: 3)
      let tree = try expression(text).naming { _ in isUnfolded }
      #expect(RowTest.canDecide(tree), "\(text)")
      let test = RowTest(tree)
      for _ in 0..<20 {
        let sample = Self.sample(&random, isUnfolded: isUnfolded)
        let expected = oracle(sample)
        passed += expected ? 1 : 0
        #expect(
          test.matches(sample.row) == expected,
          "\(text) on \(sample.row.members.mapValues { String(decoding: $0, as: UTF8.self) })")
      }
    }
    // Neither all nor none.
    #expect((2000...6000).contains(passed), "\(passed)")
  }
}
