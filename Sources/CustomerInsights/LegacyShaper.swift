package import Dataverse
import JSONStream

/// Rewrites a Dataverse answer in the legacy shape, row by row.
///
/// Rows have their legacy names and nothing that the legacy API did not have: no system columns, no row keys, no
/// annotations. A JSON column is unfolded behind the row's own members. Of its members the first spelling of a name
/// counts, and one that a column of the row already has (without case: the models write `CustomerID`) is left out, and so
/// is one named like an annotation. Members that were asked for one by one are in every row, `null` where the object has
/// none. A JSON column that holds no object has no members, as conditions see it, too; its text is never shown.
///
/// Nothing is given before there is a row or the answer is over, since a page without rows that others follow is passed
/// over: old clients take it for the end, whatever link stands in it. The number of rows that such a page gives is carried
/// over to the page that is answered in its place.
package struct LegacyShaper: Sendable {
  private var stream: AnswerStream<LegacySink>?
  /// The `$skiptoken` of the page behind, where the answer is over and has no rows: nothing was given of it. `nil` for all
  /// others.
  package private(set) var passed: String?
  /// The digits of the number of rows that was asked for, once the answer is over: of the pages from the first one on, the
  /// first that any of them gave.
  private var count: [UInt8]?

  /// - Parameters:
  ///   - context: the whole `@odata.context` URL.
  ///   - nextLink: makes our next link of the upstream's `$skiptoken`, decoded once.
  package init(
    shape: LegacyShape, context: String, nextLink: @escaping @Sendable (_ skiptoken: String) throws -> String
  ) {
    // Whoever transfers the answer bounds its length.
    stream = AnswerStream(
      form: .collection, sink: LegacySink(shape: shape, context: context, nextLink: nextLink),
      limits: JSONLimits(documentBytes: .max))
  }

  /// Takes the next bytes of the upstream; gives what is finished of ours.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) -> [UInt8] {
    // Moved out while it works: its buffers are not copied, and after an error nothing goes on.
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.feed(chunk)
    let out = current.sink.hasRows ? try current.sink.take() : []
    stream = current
    return out
  }

  /// Says that the upstream's answer is over.
  package mutating func finish() throws(ShapeError) -> [UInt8] {
    guard var current = stream.take() else { throw ShapeError("The answer has failed before.") }
    try current.finish()
    count = current.sink.count
    passed = current.sink.hasRows ? nil : current.sink.skiptoken
    return passed == nil ? try current.sink.take() : []
  }

  /// The same for the page that is read in the place of one that was passed over. The number of rows that a page before
  /// gave counts, also where this one gives another: it is the answer to what the client asked, and Dataverse need not
  /// give one again.
  /// - Parameter page: the shaper that passed it over.
  package func behind(_ page: LegacyShaper) -> LegacyShaper {
    guard let count = page.count else { return self }
    var copy = self
    copy.stream?.sink.show(count: count)
    return copy
  }
}

struct LegacySink: AnswerSink, Sendable {
  /// A column that rows may show.
  private struct Part {
    /// Its legacy name as a JSON token, with its colon: a range of `tokens`.
    var token: Range<Int>
    var form = ShownForm.plain
    /// The row that had it last; two in one row would leave it to the reader which of them counts.
    var row = -1
  }

  var writer = JSONWriter()
  private var names = NameTable()
  /// By the number of the name; the JSON column has one behind them.
  private var parts: [Part] = []
  private let tokens: FixedBytes
  /// The number of the JSON column.
  private var unfolded = NameTable.none
  private var column: JSONColumn
  private var row = 0
  /// Whether a row has begun.
  private(set) var hasRows = false
  /// Digits that a page before this one gave, and stand in front of whatever this one says.
  private var shownCount: [UInt8]?
  /// Whether the rows have begun without the number that was asked for.
  private var lacksCount = false
  /// The number of rows that was asked for, as far as it has been read.
  var count: [UInt8]? { shownCount ?? (shape.hasCount ? controls.count : nil) }
  /// That of the page behind, once its link has been read.
  var skiptoken: String? { controls.skiptoken }
  private let shape: LegacyShape
  private let nextLink: @Sendable (String) throws -> String
  private var controls = AnswerControls()
  private static let repeated = ShapeError("A row has two members of one name.")
  init(shape: LegacyShape, context: String, nextLink: @escaping @Sendable (String) throws -> String) {
    self.shape = shape
    self.nextLink = nextLink
    // Legacy names and the columns that have them.
    var columns: [FoldedText: [Int]] = [:]
    var tokens: [UInt8] = []
    for (column, name) in shape.columns.sorted(by: { $0.key < $1.key }) where column != shape.unfold {
      let start = tokens.count
      tokens += JSONText.encode(name) + [UInt8(ascii: ":")]
      let number = names.insert(column)
      parts.append(Part(token: start..<tokens.count, form: shape.form(of: column)))
      columns[FoldedText(name), default: []].append(number)
    }
    if let unfold = shape.unfold {
      unfolded = names.insert(unfold)
      parts.append(Part(token: 0..<0))
    }
    self.tokens = FixedBytes(tokens)
    column = JSONColumn(columns: columns, wanted: shape.unfoldMembers)
    writer.beginObject()
    writer.name("@odata.context")
    writer.string(context)
  }

  mutating func control(
    _ name: String, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>
  ) throws(ShapeError) {
    switch try controls.take(name, event, text) {
    case .nextLink:
      let link: String
      do {
        link = try nextLink(controls.skiptoken ?? "")
      } catch {
        throw ShapeError("The next link could not be sealed.")
      }
      writer.name(name)
      writer.string(link)
    case .count where shape.hasCount && shownCount == nil:
      writer.name(name)
      writer.raw(text)
    case .count, .other: return
    }
  }

  /// Puts the number of rows in front of all else that this page shows.
  mutating func show(count: [UInt8]) {
    guard shape.hasCount, shownCount == nil else { return }
    shownCount = count
    writer.name("@odata.count")
    writer.raw(count)
  }

  /// What has been written since.
  /// - Throws: when the number of rows was asked for and does not stand in front of them. Without it the client would take
  ///   what it asked for as not there, and go on with no number.
  mutating func take() throws(ShapeError) -> [UInt8] {
    guard !lacksCount else {
      throw ShapeError("The number of rows that was asked for does not stand in front of them.")
    }
    return writer.take()
  }

  mutating func beginRows() {
    // No error yet: a page without rows may be passed over.
    lacksCount = shape.hasCount && !shape.mayLackCount && count == nil
    writer.name("value")
    writer.beginArray()
  }

  mutating func endRows() { writer.endArray() }
  mutating func endAnswer() { writer.endObject() }

  mutating func beginRow() {
    hasRows = true
    writer.beginObject()
  }

  mutating func endRow() {
    if unfolded != NameTable.none {
      let (parts, row) = (parts, row)
      column.write(into: &writer, unless: { parts[$0].row == row })
    }
    writer.endObject()
    row += 1
  }

  func find(_ name: UnsafeBufferPointer<UInt8>) -> Int { names.find(token: name) }

  mutating func member(_ member: Int, _ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(ShapeError) {
    guard parts[member].row != row else { throw LegacySink.repeated }
    parts[member].row = row
    guard member != unfolded else {
      if event == .string { column.read(text) }
      return
    }
    let name = tokens[parts[member].token]
    if let changed = parts[member].form.shown(text) {
      changed.withUnsafeBufferPointer { writer.member(nameAndColon: name, $0) }
    } else {
      writer.member(nameAndColon: name, text)
    }
  }

  func structure(_ member: Int) throws(ShapeError) {
    throw ShapeError("A column holds structure where a value is expected.")
  }
}
