// `public`, because what is inlined into other modules names its types; none of them is public.
public import JSONStream

/// Why an answer of the service cannot be handed on. The answer must fail: a part of it would be taken for the whole.
@usableFromInline
package struct ShapeError: Error, Sendable, Hashable, CustomStringConvertible {
  @usableFromInline package var description: String
  @usableFromInline
  package init(_ description: String) { self.description = description }
}

/// Takes the parts of an answer in document order (OData JSON 4.01, sections 4 and 13).
///
/// Members of rows are looked up once, by the bytes of their names: the sink gives each a number, which comes back with
/// the value.
@usableFromInline
package protocol AnswerSink {
  /// A scalar member of the outermost object that is not a row's: `@odata.context`, `@odata.count`, `@odata.nextLink`, ….
  mutating func control(_ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError)
  mutating func beginRows() throws(ShapeError)
  mutating func endRows() throws(ShapeError)
  /// The outermost object of a list of rows is over.
  mutating func endAnswer() throws(ShapeError)
  /// A row of the answer, or one of a collection that is expanded in it.
  mutating func beginRow() throws(ShapeError)
  mutating func endRow() throws(ShapeError)
  /// What the sink calls a member of the row that is being read, annotations included: 0 or more.
  /// ``NameTable/none`` for one that is nothing to it: whatever it holds is skipped.
  /// Not asked again for a name that is spelled the same, as long as ``nameScope`` is the same.
  /// - Parameter name: the name as a JSON token, with quotes and escapes.
  mutating func find(_ name: UnsafeBufferPointer<UInt8>) -> Int
  /// A scalar member of a row that was found.
  mutating func member(_ member: Int, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError)
  /// An object or array as a member of a row that was found; it is skipped unless this throws.
  mutating func structure(_ member: Int) throws(ShapeError)
  /// An object or array as a member of a row that was found: whether it holds expanded rows that are wanted. They then
  /// follow, those of a collection each between ``beginRow()`` and ``endRow()``, up to ``endExpanded(isCollection:)``.
  /// Otherwise it is handled as ``structure(_:)`` says.
  mutating func beginExpanded(_ member: Int, isCollection: Bool) throws(ShapeError) -> Bool
  mutating func endExpanded(isCollection: Bool) throws(ShapeError)
  /// What ``find(_:)`` depends on besides the name: the same in two rows only where a name has the same number in both.
  /// Changes with ``beginExpanded(_:isCollection:)`` and ``endExpanded(isCollection:)`` only.
  var nameScope: Int { get }
}

extension AnswerSink {
  /// The same for all rows.
  @inlinable
  package var nameScope: Int { 0 }
  /// Wants none.
  package mutating func beginExpanded(_ member: Int, isCollection: Bool) throws(ShapeError) -> Bool { false }
  package mutating func endExpanded(isCollection: Bool) throws(ShapeError) {}
}

/// Walks an answer of the service: `{"@odata.…":…,"value":[{row},…]}`, or one row as the outermost object.
///
/// Rows may hold expanded rows, these again others, as deep as the sink wants and the JSON reader takes.
///
/// Unknown scalars beside the rows go to the sink, unknown structure there is an error, and so is everything that is not
/// of this form: an `error` member, `value` missing, twice or not an array of objects.
///
/// Inlinable where rows are read, so that it is compiled for each sink in the sink's own module and calls it directly.
@usableFromInline
package struct AnswerReader<Sink: AnswerSink>: JSONEventHandler {
  @usableFromInline
  package enum Form: Sendable { case collection, entity }

  /// `expandedRow` is the object that a lookup is expanded to.
  @usableFromInline
  enum Place: Sendable { case start, top, rows, row, expandedRow, end }

  @usableFromInline package var sink: Sink
  /// What the sink threw, when reading stopped for it.
  @usableFromInline package internal(set) var failure: ShapeError?
  @usableFromInline let form: Form
  @usableFromInline var place = Place.start
  /// Where the expanded rows that are being read stand, outermost first.
  @usableFromInline var outer: [Place] = []
  /// Of a member that is not a row's.
  @usableFromInline var name = ""
  /// What the sink calls the member of the row.
  @usableFromInline var member = NameTable.none
  /// Whether the member is about the answer although it stands in its only row: `@odata.context` of an entity.
  @usableFromInline var isControl = false
  @usableFromInline var sawRows = false
  /// Levels of structure being skipped.
  @usableFromInline var skipping = 0
  /// Names of members of rows, and what the sink calls them.
  @usableFromInline var trail = NameTrail()
  @usableFromInline var nameScope: Int

  package init(form: Form, sink: Sink) {
    self.form = form
    self.sink = sink
    nameScope = sink.nameScope
  }

  @inlinable
  package mutating func handle(
    _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(JSONStreamError) {
    do throws(ShapeError) {
      if skipping > 0 {
        skip(event)
      } else {
        switch event {
        case .name: try takeName(text)
        case .string, .number, .bool, .null: try takeScalar(event, text)
        case .beginObject: try beginObject()
        case .beginArray: try beginArray()
        case .endObject: try endObject()
        case .endArray: try endArray()
        }
      }
    } catch {
      failure = error
      throw JSONStreamError(.unexpected, at: 0, error.description)
    }
  }

  @inlinable
  package mutating func takeKnownName(_ bytes: UnsafePointer<UInt8>, _ left: Int) -> Int {
    guard skipping == 0 else { return 0 }
    switch place {
    case .row where form == .entity && outer.isEmpty: return 0
    case .row, .expandedRow:
      isControl = false
      return trail.take(bytes, left, scope: nameScope, number: &member)
    case .top, .start, .rows, .end: return 0
    }
  }

  /// Says that the document is whole.
  package func finish() throws(ShapeError) {
    guard place == .end, form == .entity || sawRows else { throw ShapeError("The answer holds no rows.") }
  }

  // MARK: Members

  @inlinable
  mutating func takeName(_ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    switch place {
    case .row where form == .entity && outer.isEmpty:
      name = try AnswerNames.decoded(text)
      isControl = name.utf8.first == UInt8(ascii: "@")
      member = sink.find(text)
    case .row, .expandedRow:
      isControl = false
      if let known = trail.find(text, scope: nameScope) {
        member = known
      } else {
        member = sink.find(text)
        trail.remember(text, scope: nameScope, number: member)
      }
    case .top: name = try AnswerNames.decoded(text)
    case .start, .rows, .end: throw AnswerNames.wrongForm
    }
  }

  @inlinable
  mutating func takeScalar(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    switch place {
    case .row, .expandedRow:
      if isControl {
        try sink.control(name, event, text)
      } else if member != NameTable.none {
        try sink.member(member, event, text)
      }
    case .top:
      guard !AnswerNames.isValue(name) else { throw ShapeError("The rows of the answer are no list.") }
      try sink.control(name, event, text)
    case .start, .rows, .end: throw AnswerNames.wrongForm
    }
  }

  // MARK: Structure

  @inlinable
  mutating func beginObject() throws(ShapeError) {
    switch place {
    case .start:
      place = form == .entity ? .row : .top
      if form == .entity { try sink.beginRow() }
    case .rows:
      place = .row
      try sink.beginRow()
    case .row, .expandedRow: try beginMember(isCollection: false)
    case .top: throw AnswerNames.structureBesideRows
    case .end: throw AnswerNames.wrongForm
    }
  }

  @inlinable
  mutating func beginArray() throws(ShapeError) {
    switch place {
    case .row, .expandedRow: try beginMember(isCollection: true)
    case .top:
      guard AnswerNames.isValue(name) else { throw AnswerNames.structureBesideRows }
      guard !sawRows else { throw ShapeError("The answer holds two lists of rows.") }
      sawRows = true
      place = .rows
      try sink.beginRows()
    case .start, .rows, .end: throw AnswerNames.wrongForm
    }
  }

  @inlinable
  mutating func beginMember(isCollection: Bool) throws(ShapeError) {
    if member != NameTable.none, try sink.beginExpanded(member, isCollection: isCollection) {
      nameScope = sink.nameScope
      outer.append(place)
      place = isCollection ? .rows : .expandedRow
    } else {
      if member != NameTable.none { try sink.structure(member) }
      skipping = 1
    }
  }

  @inlinable
  mutating func endObject() throws(ShapeError) {
    switch place {
    case .row:
      try sink.endRow()
      place = form == .entity && outer.isEmpty ? .end : .rows
    case .expandedRow:
      try sink.endExpanded(isCollection: false)
      nameScope = sink.nameScope
      place = outer.popLast() ?? .end
    case .top:
      guard sawRows else { throw ShapeError("The answer holds no rows.") }
      try sink.endAnswer()
      place = .end
    case .start, .rows, .end: throw AnswerNames.wrongForm
    }
  }

  @inlinable
  mutating func endArray() throws(ShapeError) {
    guard case .rows = place else { throw AnswerNames.wrongForm }
    if let around = outer.popLast() {
      try sink.endExpanded(isCollection: true)
      nameScope = sink.nameScope
      place = around
    } else {
      try sink.endRows()
      place = .top
    }
  }

  @inlinable
  mutating func skip(_ event: JSONEvent) {
    switch event {
    case .beginObject, .beginArray: skipping += 1
    case .endObject, .endArray: skipping -= 1
    case .name, .string, .number, .bool, .null: break
    }
  }
}

/// What the reader says and does away from its rows; the same for all sinks.
@usableFromInline
enum AnswerNames {
  @usableFromInline
  static var wrongForm: ShapeError { ShapeError("The answer is not of the form of an OData answer.") }
  @usableFromInline
  static var structureBesideRows: ShapeError { ShapeError("The answer holds structure beside its rows.") }

  @usableFromInline
  static func isValue(_ name: String) -> Bool { name == "value" }

  @usableFromInline
  static func decoded(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String {
    do throws(JSONStreamError) {
      return try JSONText.decodeString(raw)
    } catch {
      throw ShapeError("A name in the answer cannot be read.")
    }
  }
}

/// The reader of an answer's bytes and the walker over its parts, as one.
@usableFromInline
package struct AnswerStream<Sink: AnswerSink> {
  @usableFromInline var json: JSONReader
  @usableFromInline var reader: AnswerReader<Sink>

  package init(form: AnswerReader<Sink>.Form, sink: Sink, limits: JSONLimits = JSONLimits()) {
    json = JSONReader(limits: limits)
    reader = AnswerReader(form: form, sink: sink)
  }

  @inlinable
  package var sink: Sink {
    get { reader.sink }
    _modify { yield &reader.sink }
  }

  @inlinable
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) {
    do throws(JSONStreamError) {
      try json.read(chunk, into: &reader)
    } catch {
      throw reader.failure ?? ShapeError("The answer is not sound JSON (\(error)).")
    }
  }

  package mutating func finish() throws(ShapeError) {
    do throws(JSONStreamError) {
      try json.finish(into: &reader)
    } catch {
      throw reader.failure ?? ShapeError("The answer is not whole (\(error)).")
    }
    try reader.finish()
  }
}

extension AnswerReader: Sendable where Sink: Sendable {}
extension AnswerStream: Sendable where Sink: Sendable {}
