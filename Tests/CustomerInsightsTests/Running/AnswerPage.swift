import Foundation
import ODataURL

@testable import CustomerInsights

extension AnswerPage {
  /// Reads an answer; values that are no text are given as JSON with their members in order.
  init(_ answer: String) throws {
    let object = try JSONSerialization.jsonObject(with: Data(answer.utf8)) as? [String: Any] ?? [:]
    rows = (object["value"] as? [[String: Any]] ?? []).map { $0.mapValues(AnswerPage.text) }
    count = object["@odata.count"].map(AnswerPage.text)
    next = (object["@odata.nextLink"] as? String).flatMap { LegacyCursor(text: String($0.dropFirst("link:".count))) }
  }

  private static func text(_ value: Any) -> String {
    if let text = value as? String { return text }
    let data = try? JSONSerialization.data(withJSONObject: value, options: [.sortedKeys, .fragmentsAllowed])
    return data.map { String(decoding: $0, as: UTF8.self) } ?? "?"
  }
}
