import JSONStream
import ODataURL

#if canImport(Glibc)
  import Glibc
#endif

/// Test vectors, one JSON object a line, read and answered as they come: what is kept does not grow with the file.
struct ParseLines {
  /// Bytes of one line; a longer one is refused and skipped.
  static let longestLine = 1 << 20
  /// Bytes of answers that wait at most before they are written.
  private static let waiting = 256 << 10

  private let parser: Parser
  private let rule: Rule
  private let encoding: TextEncoding
  private var number = 0
  /// The line that the last chunk left unfinished.
  private var begun: [UInt8] = []
  private var isTooLong = false
  private var output: [UInt8] = []
  /// The rule of the line before: most files have few.
  private var lastRule: Rule
  private(set) var allAccepted = true

  /// - Parameters:
  ///   - rule: for lines that name none.
  ///   - encoding: the same.
  init(parser: Parser, rule: Rule, encoding: TextEncoding) {
    self.parser = parser
    self.rule = rule
    self.encoding = encoding
    lastRule = rule
  }

  /// Answers every line of the file on standard output. What a chunk of the input gave is written before the next is
  /// waited for, so that a program at the other end can ask line by line.
  /// - Throws: ``InputFile/Failure`` when reading or writing fails.
  mutating func run(_ path: String) throws {
    try InputFile.chunks(of: path, bytes: 64 << 10) { chunk in
      try take(chunk)
      try flush()
    }
    if !begun.isEmpty || isTooLong { try endLine(UnsafeBufferPointer(start: nil, count: 0)) }
    try flush()
  }

  private mutating func take(_ chunk: UnsafeBufferPointer<UInt8>) throws {
    var rest = chunk[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      try endLine(UnsafeBufferPointer(rebasing: rest[..<end]))
      rest = rest[(end + 1)...]
    }
    keep(UnsafeBufferPointer(rebasing: rest))
  }

  private mutating func keep(_ part: UnsafeBufferPointer<UInt8>) {
    if isTooLong || begun.count + part.count > Self.longestLine {
      isTooLong = true
      begun.removeAll(keepingCapacity: true)
    } else {
      begun.append(contentsOf: part)
    }
  }

  /// Answers the line that `part` ends.
  private mutating func endLine(_ part: UnsafeBufferPointer<UInt8>) throws {
    number += 1
    if !begun.isEmpty || isTooLong || part.count > Self.longestLine {
      keep(part)
      let line = begun
      if isTooLong {
        malformed("The line is longer than \(Self.longestLine) bytes.")
      } else {
        line.withUnsafeBufferPointer { answer($0) }
      }
      begun.removeAll(keepingCapacity: true)
      isTooLong = false
    } else {
      answer(part)
    }
    if output.count >= Self.waiting { try flush() }
  }

  private mutating func answer(_ line: UnsafeBufferPointer<UInt8>) {
    guard line.contains(where: { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }) else { return }
    var reader = JSONReader()
    var vector = ParseVector()
    do throws(JSONStreamError) {
      try reader.read(line, into: &vector)
      try reader.finish(into: &vector)
    } catch {
      return malformed("\(error.message) (byte \(error.offset) of the line)")
    }
    guard let input = vector.input else { return malformed("The object has no \"input\".") }
    var encoding = encoding
    if let named = vector.encoding {
      guard let known = TextEncoding(rawValue: named) else {
        return malformed("The \"encoding\" is neither \"url\" nor \"decoded\".")
      }
      encoding = known
    }
    var answer = ParseAnswer(id: vector.id, line: number)
    do throws(UnknownRule) {
      answerVector(input, try rule(named: vector.rule), encoding, &answer)
    } catch {
      allAccepted = false
      answer.refused(code: "unknown-rule", at: 0, message: error.description)
    }
    append(&answer)
  }

  private mutating func rule(named name: String?) throws(UnknownRule) -> Rule {
    guard let name else { return rule }
    if name != lastRule.name { lastRule = try Rule(named: name) }
    return lastRule
  }

  private mutating func answerVector(
    _ input: String, _ rule: Rule, _ encoding: TextEncoding, _ answer: inout ParseAnswer
  ) {
    do throws(SyntaxError) {
      answer.accepted(try parser.parse(input, as: rule, encoding: encoding))
    } catch {
      allAccepted = false
      answer.refused(error)
    }
  }

  private mutating func malformed(_ message: String) {
    allAccepted = false
    var answer = ParseAnswer(line: number)
    answer.refused(code: "jsonl", at: nil, message: message)
    append(&answer)
  }

  private mutating func append(_ answer: inout ParseAnswer) {
    output += answer.take()
    output.append(UInt8(ascii: "\n"))
  }

  private mutating func flush() throws {
    var start = 0
    while start < output.count {
      let count = output.withUnsafeBytes {
        Glibc.write(STDOUT_FILENO, $0.baseAddress.map { $0 + start }, $0.count - start)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else {
        throw InputFile.Failure(description: "standard output: \(String(cString: strerror(errno)))")
      }
      start += count
    }
    output.removeAll(keepingCapacity: true)
  }
}

/// One line of a file of vectors.
struct ParseVector: JSONEventHandler {
  private enum Member { case id, rule, input, encoding, other }

  /// The token as it was written.
  private(set) var id: [UInt8]?
  private(set) var rule: String?
  private(set) var input: String?
  private(set) var encoding: String?

  private var depth = 0
  private var member = Member.other
  private var seen: Set<Member> = []

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch event {
    case .beginObject where depth == 0: depth = 1
    case .beginObject, .beginArray:
      guard depth > 0 else { throw unexpected("The line is no object.") }
      if depth == 1, member != .other { throw unexpected("A member that should be text is not.") }
      depth += 1
    case .endObject, .endArray: depth -= 1
    case .name: if depth == 1 { try name(text) }
    case .string, .number, .bool, .null:
      guard depth > 0 else { throw unexpected("The line is no object.") }
      if depth == 1 { try value(event, text) }
    }
  }

  private mutating func name(_ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    if JSONText.equals(text, "id") {
      member = .id
    } else if JSONText.equals(text, "rule") {
      member = .rule
    } else if JSONText.equals(text, "input") {
      member = .input
    } else if JSONText.equals(text, "encoding") {
      member = .encoding
    } else {
      member = .other
    }
    if member != .other, !seen.insert(member).inserted { throw unexpected("A member is given twice.") }
  }

  private mutating func value(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch (member, event) {
    case (.other, _), (_, .null): return
    case (.id, .string), (.id, .number): id = Array(text)
    case (.rule, .string): rule = try JSONText.decodeString(text)
    case (.input, .string): input = try JSONText.decodeString(text)
    case (.encoding, .string): encoding = try JSONText.decodeString(text)
    default: throw unexpected("A member that should be text is not.")
    }
  }

  private func unexpected(_ message: String) -> JSONStreamError { JSONStreamError(.unexpected, at: 0, message) }
}
