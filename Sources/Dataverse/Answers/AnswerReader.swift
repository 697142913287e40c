package import JSONStream

/// Why an answer of the service cannot be handed on. The answer must fail: a part of it would be taken for the whole.
package struct ShapeError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String
  package init(_ description: String) { self.description = description }
}

/// Takes the parts of an answer in document order (OData JSON 4.01, sections 4 and 13).
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
  /// A scalar member of a row, annotations included.
  mutating func member(_ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError)
  /// An object or array as a member of a row; it is skipped unless this throws.
  mutating func structure(_ name: String) throws(ShapeError)
  /// An object or array as a member of a row: whether it holds expanded rows that are wanted. They then follow, those of
  /// a collection each between ``beginRow()`` and ``endRow()``, up to ``endExpanded(isCollection:)``. Otherwise it is
  /// handled as ``structure(_:)`` says.
  mutating func beginExpanded(_ name: String, isCollection: Bool) throws(ShapeError) -> Bool
  mutating func endExpanded(isCollection: Bool) throws(ShapeError)
}

extension AnswerSink {
  /// Wants none.
  package mutating func beginExpanded(_ name: String, isCollection: Bool) throws(ShapeError) -> Bool { false }
  package mutating func endExpanded(isCollection: Bool) throws(ShapeError) {}
}

/// Walks an answer of the service: `{"@odata.…":…,"value":[{row},…]}`, or one row as the outermost object.
///
/// Rows may hold expanded rows, these again others, as deep as the sink wants and the JSON reader takes.
///
/// Unknown scalars go to the sink, unknown structure beside the rows is an error, and so is everything that is not of
/// this form: an `error` member, `value` missing, twice or not an array of objects.
package struct AnswerReader<Sink: AnswerSink>: JSONEventHandler {
  package enum Form: Sendable { case collection, entity }

  /// `expandedRow` is the object that a lookup is expanded to.
  private enum Place { case start, top, rows, row, expandedRow, end }

  package var sink: Sink
  /// What the sink threw, when reading stopped for it.
  package private(set) var failure: ShapeError?
  private let form: Form
  private var place = Place.start
  /// Where the expanded rows that are being read stand, outermost first.
  private var outer: [Place] = []
  private var name = ""
  private var sawRows = false
  /// Levels of structure being skipped.
  private var skipping = 0

  package init(form: Form, sink: Sink) {
    self.form = form
    self.sink = sink
  }

  package mutating func handle(
    _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(JSONStreamError) {
    do throws(ShapeError) {
      try take(event, text)
    } catch {
      failure = error
      throw JSONStreamError(.unexpected, at: 0, error.description)
    }
  }

  /// Says that the document is whole.
  package func finish() throws(ShapeError) {
    guard place == .end, form == .entity || sawRows else { throw ShapeError("The answer holds no rows.") }
  }

  private mutating func take(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    if skipping > 0 { return skip(event) }
    switch (place, event) {
    case (.start, .beginObject):
      place = form == .entity ? .row : .top
      if form == .entity { try sink.beginRow() }
    case (.top, .name), (.row, .name), (.expandedRow, .name):
      name = try AnswerReader.decoded(text)
    case (.top, .beginArray) where name == "value":
      guard !sawRows else { throw ShapeError("The answer holds two lists of rows.") }
      sawRows = true
      place = .rows
      try sink.beginRows()
    case (.rows, .beginObject):
      place = .row
      try sink.beginRow()
    case (.row, .beginObject), (.row, .beginArray), (.expandedRow, .beginObject), (.expandedRow, .beginArray):
      let isCollection = event == .beginArray
      if try sink.beginExpanded(name, isCollection: isCollection) {
        outer.append(place)
        place = isCollection ? .rows : .expandedRow
      } else {
        try sink.structure(name)
        skipping = 1
      }
    case (.top, .beginObject), (.top, .beginArray):
      throw ShapeError("The answer holds structure beside its rows.")
    case (.row, .endObject):
      try sink.endRow()
      place = form == .entity && outer.isEmpty ? .end : .rows
    case (.expandedRow, .endObject):
      try sink.endExpanded(isCollection: false)
      place = outer.popLast() ?? .end
    case (.rows, .endArray):
      if let around = outer.popLast() {
        try sink.endExpanded(isCollection: true)
        place = around
      } else {
        try sink.endRows()
        place = .top
      }
    case (.top, .endObject):
      guard sawRows else { throw ShapeError("The answer holds no rows.") }
      try sink.endAnswer()
      place = .end
    case (.top, .string), (.top, .number), (.top, .bool), (.top, .null):
      guard name != "value" else { throw ShapeError("The rows of the answer are no list.") }
      try sink.control(name, event, text)
    case (.row, .string), (.row, .number), (.row, .bool), (.row, .null), (.expandedRow, .string),
      (.expandedRow, .number), (.expandedRow, .bool), (.expandedRow, .null):
      if form == .entity, outer.isEmpty, name.hasPrefix("@") {
        try sink.control(name, event, text)
      } else {
        try sink.member(name, event, text)
      }
    default:
      throw ShapeError("The answer is not of the form of an OData answer.")
    }
  }

  private mutating func skip(_ event: JSONEvent) {
    switch event {
    case .beginObject, .beginArray: skipping += 1
    case .endObject, .endArray: skipping -= 1
    default: break
    }
  }

  private static func decoded(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String {
    do throws(JSONStreamError) {
      return try JSONText.decodeString(raw)
    } catch {
      throw ShapeError("A name in the answer cannot be read.")
    }
  }
}

/// The reader of an answer's bytes and the walker over its parts, as one.
package struct AnswerStream<Sink: AnswerSink> {
  private var json: JSONReader
  private var reader: AnswerReader<Sink>

  package init(form: AnswerReader<Sink>.Form, sink: Sink, limits: JSONLimits = JSONLimits()) {
    json = JSONReader(limits: limits)
    reader = AnswerReader(form: form, sink: sink)
  }

  package var sink: Sink {
    get { reader.sink }
    _modify { yield &reader.sink }
  }

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

/// Finds what is needed to go on behind a page.
package enum NextLink {
  /// The `$skiptoken` of an `@odata.nextLink`, percent-decoded once; nothing else of the link is looked at.
  /// - Parameter raw: the JSON string token.
  package static func skiptoken(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String {
    guard let token = try skiptokenIfAny(raw) else { throw ShapeError("The next link has no skip token.") }
    return token
  }

  /// As ``skiptoken(_:)``; `nil` for a link that has none, such as that of an expanded collection that is whole.
  package static func skiptokenIfAny(_ raw: UnsafeBufferPointer<UInt8>) throws(ShapeError) -> String? {
    let link: [UInt8]
    do throws(JSONStreamError) {
      link = try JSONText.decode(raw)
    } catch {
      throw ShapeError("The next link cannot be read.")
    }
    guard let question = link.firstIndex(of: UInt8(ascii: "?")) else { return nil }
    var found: [UInt8]?
    for option in link[(question + 1)...].split(separator: UInt8(ascii: "&")) {
      let parts = option.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
      guard parts.count == 2, let name = decoded(parts[0]), name.elementsEqual("$skiptoken".utf8) else { continue }
      guard found == nil else { throw ShapeError("The next link has two skip tokens.") }
      guard let value = decoded(parts[1]) else { throw ShapeError("The skip token is not well encoded.") }
      found = value
    }
    guard let found, !found.isEmpty else { return nil }
    guard let token = String(validating: found, as: UTF8.self) else {
      throw ShapeError("The skip token is not well encoded.")
    }
    return token
  }

  private static func decoded(_ bytes: ArraySlice<UInt8>) -> [UInt8]? {
    var out: [UInt8] = []
    var rest = bytes
    while let byte = rest.popFirst() {
      guard byte == UInt8(ascii: "%") else {
        out.append(byte == UInt8(ascii: "+") ? UInt8(ascii: " ") : byte)
        continue
      }
      guard let high = rest.popFirst().flatMap(hex), let low = rest.popFirst().flatMap(hex) else { return nil }
      out.append(high << 4 | low)
    }
    return out
  }

  private static func hex(_ byte: UInt8) -> UInt8? {
    Character(Unicode.Scalar(byte)).hexDigitValue.map(UInt8.init)
  }
}

extension AnswerReader: Sendable where Sink: Sendable {}
extension AnswerStream: Sendable where Sink: Sendable {}
