package import JSONStream

/// What an answer of the service says beside its rows, read as strictly as the rows: an `error`, and a second or misplaced
/// link or count, make it none (OData JSON 4.01, section 4.5).
package struct AnswerControls: Sendable {
  /// What a member beside the rows is.
  package enum Kind: Sendable, Hashable { case nextLink, count, other }

  /// The `$skiptoken` of the service's next link, percent-decoded once; `nil` on the last page.
  package private(set) var skiptoken: String?
  /// The digits of `@odata.count`.
  package private(set) var count: [UInt8]?

  package init() {}

  /// Takes a scalar member of the outermost object.
  /// - Throws: when an answer cannot have it.
  package mutating func take(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) -> Kind {
    switch name {
    case "error": throw ShapeError("The answer holds an error behind a good status.")
    case "@odata.nextLink":
      guard event == .string, skiptoken == nil else { throw ShapeError("The next link is misplaced.") }
      skiptoken = try NextLink.skiptoken(text)
      return .nextLink
    case "@odata.count":
      guard event == .number, count == nil, text.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw ShapeError("The count of rows is no whole number, or stands twice.")
      }
      count = Array(text)
      return .count
    default: return .other
    }
  }
}
