package import Dataverse
import JSONStream

/// How rows of a Dataverse answer become legacy rows.
package struct LegacyShape: Sendable {
  /// The legacy entity.
  package var entity: String
  /// Property name → legacy name; what is not here is dropped.
  package var columns: [String: String]
  /// The column whose JSON object becomes members of the row.
  package var unfold: String?
  /// Which of its members to show, in lower case; all when `nil`.
  package var unfoldMembers: Set<String>?

  /// Tells shapes of one Dataverse query apart: the query says which columns are read, and so which are shown, but not
  /// which members of a JSON column are.
  package var identity: String {
    "\(entity)|\(unfoldMembers.map { $0.sorted().joined(separator: ",") } ?? "*")"
  }

  package init(
    entity: String, columns: [String: String], unfold: String? = nil, unfoldMembers: Set<String>? = nil
  ) {
    self.entity = entity
    self.columns = columns
    self.unfold = unfold
    self.unfoldMembers = unfoldMembers
  }
}

/// Rewrites a Dataverse answer in the legacy shape, row by row.
///
/// Rows have their legacy names and nothing that the legacy API did not have: no system columns, no row keys, no
/// annotations. A JSON column is unfolded behind the row's own members. Of its members the first spelling of a name
/// counts, and one that a column of the row already has (without case: the models write `CustomerID`) is left out. A JSON
/// column that holds no flat-named object is shown as the text that it is, under the column's own name.
package struct LegacyShaper {
  private var stream: AnswerStream<LegacySink>?

  /// - Parameters:
  ///   - context: the whole `@odata.context` URL.
  ///   - nextLink: makes our next link of the upstream's `$skiptoken`, decoded once.
  package init(
    shape: LegacyShape, context: String, nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    stream = AnswerStream(form: .collection, sink: LegacySink(shape: shape, context: context, nextLink: nextLink))
  }

  /// Takes the next bytes of the upstream; gives what is finished of ours.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) -> [UInt8] {
    // Moved out while it works: its buffers are not copied, and after an error nothing goes on.
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.feed(chunk)
    let out = current.sink.writer.take()
    stream = current
    return out
  }

  /// Says that the upstream's answer is over.
  package mutating func finish() throws(ShapeError) -> [UInt8] {
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.finish()
    return current.sink.writer.take()
  }
}

struct LegacySink: AnswerSink {
  /// A column that rows may show.
  private struct Part {
    /// Its legacy name.
    var name: String
    /// The row that had it last; two in one row would leave it to the reader which of them counts.
    var row = -1
  }

  var writer = JSONWriter()
  private var parts: [String: Part]
  private var row = 0
  private let shape: LegacyShape
  private let nextLink: @Sendable (String) throws -> String
  private var sawNextLink = false
  /// Legacy names of the current row, in lower case; filled only where something is unfolded.
  private var rowNames: Set<String> = []
  /// The row that had the JSON column last.
  private var unfoldedRow = -1
  private static let repeated = ShapeError("A row has two members of one name.")
  /// The JSON column of the current row, which comes behind its other members.
  private var held: [UInt8]?

  init(shape: LegacyShape, context: String, nextLink: @escaping @Sendable (String) throws -> String) {
    self.shape = shape
    self.nextLink = nextLink
    parts = shape.columns.mapValues { Part(name: $0) }
    writer.beginObject()
    writer.name("@odata.context")
    writer.string(context)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    switch name {
    case "error": throw ShapeError("The answer holds an error behind a good status.")
    case "@odata.nextLink":
      guard event == .string, !sawNextLink else { throw ShapeError("The next link is misplaced.") }
      sawNextLink = true
      let token = try NextLink.skiptoken(text)
      let link: String
      do {
        link = try nextLink(token)
      } catch {
        throw ShapeError("The next link could not be sealed.")
      }
      writer.name(name)
      writer.string(link)
    default: return
    }
  }

  mutating func beginRows() {
    writer.name("value")
    writer.beginArray()
  }

  mutating func endRows() { writer.endArray() }
  mutating func endAnswer() { writer.endObject() }

  mutating func beginRow() {
    writer.beginObject()
    rowNames.removeAll(keepingCapacity: true)
    held = nil
  }

  mutating func endRow() throws(ShapeError) {
    if let held { shape.unfold(held, names: &rowNames, into: &writer) }
    writer.endObject()
    row += 1
  }

  mutating func member(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    if name == shape.unfold {
      guard unfoldedRow != row else { throw LegacySink.repeated }
      unfoldedRow = row
      if event != .null { held = Array(text) }
      return
    }
    guard let index = parts.index(forKey: name) else { return }
    guard parts.values[index].row != row else { throw LegacySink.repeated }
    parts.values[index].row = row
    let legacy = parts.values[index].name
    writer.name(legacy)
    writer.raw(text)
    if shape.unfold != nil { rowNames.insert(legacy.lowercased()) }
  }

  mutating func structure(_ name: String) throws(ShapeError) {
    if shape.columns[name] != nil || name == shape.unfold {
      throw ShapeError("A column holds structure where a value is expected.")
    }
  }
}
