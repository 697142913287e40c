import Foundation
import ODataURL
import Testing

extension ParserSettings {
  static let all: [ParserSettings] = [.strict, .dataverse, .legacy]

  static func strict(with leniencies: Leniencies) -> ParserSettings { ParserSettings(leniencies: leniencies) }

  static func limited(_ change: (inout Limits) -> Void) -> ParserSettings {
    var settings = ParserSettings.dataverse
    settings.keysInExpressions = true
    settings.limits.stackBytes = 2 << 20
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
