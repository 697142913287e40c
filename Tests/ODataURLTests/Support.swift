import Foundation
import ODataURL
import Testing

/// A deterministic source of random numbers (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(bound)) }
  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }
  mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }
}

extension ParserSettings {
  static let all: [ParserSettings] = [.strict, .dataverse, .legacy]

  static func strict(with leniencies: Leniencies) -> ParserSettings { ParserSettings(leniencies: leniencies) }

  static func limited(_ change: (inout Limits) -> Void) -> ParserSettings {
    var settings = ParserSettings.dataverse
    settings.keysInExpressions = true
    change(&settings.limits)
    return settings
  }
}

/// What came of a parse: the canonical text, or the code of the error and the text under its span.
func outcome(_ target: String, _ settings: ParserSettings = .strict) -> String {
  do {
    return try Parser(settings: settings).relativeURI(target).printed()
  } catch {
    return "\(error.code.rawValue): \(marked(error.span, in: target))"
  }
}

/// The bytes of `target` that the span covers; for an empty span, `@` and the offset.
func marked(_ span: Span, in target: String) -> String {
  let bytes = Array(target.utf8)
  let range = span.range
  guard range.upperBound <= bytes.count else { return "beyond the target" }
  return range.isEmpty ? "@\(range.lowerBound)" : String(decoding: bytes[range], as: UTF8.self)
}

/// The canonical text of an expression, or the error as ``outcome(_:_:)`` gives it.
func expressionOutcome(_ text: String, _ settings: ParserSettings = .strict) -> String {
  do {
    return try Parser(settings: settings).expression(text).printed()
  } catch {
    return "\(error.code.rawValue): \(marked(error.span, in: text))"
  }
}

/// The tree of an expression on one line.
func tree(_ text: String, _ settings: ParserSettings = .strict) throws -> String {
  try Parser(settings: settings).expression(text).treeDump()
    .split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.joined(separator: " ")
}

/// Runs `work` on a thread with a stack of `stackBytes` and waits for it.
func onSmallStack<Value: Sendable>(_ stackBytes: Int, _ work: @escaping @Sendable () -> Value) async -> Value {
  await withCheckedContinuation { continuation in
    let thread = Thread { continuation.resume(returning: work()) }
    thread.stackSize = stackBytes
    thread.start()
  }
}
