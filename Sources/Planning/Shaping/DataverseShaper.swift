package import Dataverse
import JSONStream
package import Policy

/// What may leave of an answer in the Dataverse dialect.
package struct DataverseShape: Sendable {
  package var result: ResultShape
  /// The whole `@odata.context` URL.
  package var context: String
  /// Names of members that rows may have.
  package var members: Set<String>
  /// Terms of annotations on those members that may stay.
  package var annotations: [String]
  /// Makes our next link of the upstream's `$skiptoken`, decoded once.
  package var nextLink: @Sendable (_ skiptoken: String) throws -> String

  package init(
    result: ResultShape, context: String, members: Set<String>, annotations: [String],
    nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    self.result = result
    self.context = context
    self.members = members
    self.annotations = annotations
    self.nextLink = nextLink
  }
}

/// Rewrites a Dataverse answer member by member: what the policy does not name is dropped, links point at us, and an
/// answer that is not whole or not of the expected form fails instead of passing in part.
package struct DataverseShaper {
  private enum Engine {
    case rows(AnswerStream<DataverseSink>)
    case count([UInt8])
    case spent
  }

  private var engine: Engine

  package init(shape: DataverseShape) {
    switch shape.result {
    case .count: engine = .count([])
    case .collection: engine = .rows(AnswerStream(form: .collection, sink: DataverseSink(shape: shape)))
    case .entity: engine = .rows(AnswerStream(form: .entity, sink: DataverseSink(shape: shape)))
    }
  }

  /// Takes the next bytes of the upstream; gives what is finished of ours.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) -> [UInt8] {
    // Moved out while it works, so that its buffers are not copied.
    var current = Engine.spent
    swap(&current, &engine)
    switch current {
    case .rows(var stream):
      try stream.feed(chunk)
      let out = stream.sink.writer.take()
      engine = .rows(stream)
      return out
    case .count(let bytes):
      guard bytes.count + chunk.count <= 64 else { throw ShapeError("The count is too long.") }
      engine = .count(bytes + chunk)
      return []
    case .spent: throw ShapeError("The answer has failed before.")
    }
  }

  /// Says that the upstream's answer is over.
  package mutating func finish() throws(ShapeError) -> [UInt8] {
    var current = Engine.spent
    swap(&current, &engine)
    switch current {
    case .rows(var stream):
      try stream.finish()
      return stream.sink.writer.take()
    case .count(let bytes):
      let digits = bytes.starts(with: DataverseShaper.byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
      guard (1...19).contains(digits.count), digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw ShapeError("The count is no number.")
      }
      return DataverseShaper.byteOrderMark + digits
    case .spent: throw ShapeError("The answer has failed before.")
    }
  }

  /// Dataverse's `/$count` begins with one; clients are used to it.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}

/// Writes the parts that may stay.
struct DataverseSink: AnswerSink {
  var writer = JSONWriter()
  private let shape: DataverseShape
  private let terms: Set<String>
  private var sawNextLink = false

  init(shape: DataverseShape) {
    self.shape = shape
    terms = Set(shape.annotations.filter { !$0.contains("*") })
    if shape.result == .collection { begin() }
  }

  private mutating func begin() {
    writer.beginObject()
    writer.name("@odata.context")
    writer.string(shape.context)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    switch name {
    case "error": throw ShapeError("The answer holds an error behind a good status.")
    case "@odata.count" where event == .number:
      writer.name(name)
      writer.raw(text)
    case "@odata.etag" where event == .string && shape.result == .entity:
      writer.name(name)
      writer.raw(text)
    case "@odata.nextLink":
      guard event == .string, !sawNextLink, shape.result == .collection else {
        throw ShapeError("The next link is misplaced.")
      }
      sawNextLink = true
      let token = try NextLink.skiptoken(text)
      let link: String
      do {
        link = try shape.nextLink(token)
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

  /// The end of the outermost object of a collection; a single row ends itself.
  mutating func endAnswer() {
    if shape.result == .collection { writer.endObject() }
  }

  mutating func beginRow() {
    if shape.result == .entity { begin() } else { writer.beginObject() }
  }

  mutating func endRow() { writer.endObject() }

  mutating func member(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    guard isAllowed(name) else { return }
    writer.name(name)
    writer.raw(text)
  }

  mutating func structure(_ name: String) throws(ShapeError) {
    if shape.members.contains(name) { throw ShapeError("A column holds structure where a value is expected.") }
    if name == "error" { throw ShapeError("The answer holds an error behind a good status.") }
  }

  /// A row's own tag, an allowed column, or an allowed annotation of an allowed column.
  private func isAllowed(_ name: String) -> Bool {
    guard let at = name.firstIndex(of: "@") else { return shape.members.contains(name) }
    if at == name.startIndex { return name == "@odata.etag" }
    return terms.contains(String(name[name.index(after: at)...])) && shape.members.contains(String(name[..<at]))
  }
}
