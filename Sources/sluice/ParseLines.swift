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
  private let lists: [String: NameLists]
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
  ///   - lists: names for rules, by the name that lines give them.
  init(parser: Parser, rule: Rule, encoding: TextEncoding, lists: [String: NameLists]) {
    self.lists = lists
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
        malformed("The line is longer than \(Self.longestLine) bytes.", at: Self.longestLine)
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
      return malformed(error.message, at: error.offset, id: ParseVectorID.find(in: line))
    }
    guard let input = vector.input else { return malformed("The object has no \"input\".", at: 0, id: vector.id) }
    let encoding = vector.encoding ?? encoding
    var answer = ParseAnswer(id: vector.id, line: number)
    do throws(UnknownRule) {
      answerVector(input, try rule(named: vector.rule), encoding, names(for: vector), &answer)
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
    _ input: String, _ rule: Rule, _ encoding: TextEncoding, _ names: NameLists?, _ answer: inout ParseAnswer
  ) {
    do throws(SyntaxError) {
      answer.accepted(try parser.parse(input, as: rule, encoding: encoding, names: names))
    } catch {
      allAccepted = false
      answer.refused(error)
    }
  }

  /// The lists that a line gives or names; `nil` where the lists that it names are not at hand.
  private func names(for vector: ParseVector) -> NameLists? {
    vector.lists.isEmpty ? vector.listsName.flatMap { lists[$0] } : NameLists(vector.lists)
  }

  private mutating func malformed(_ message: String, at offset: Int, id: [UInt8]? = nil) {
    allAccepted = false
    var answer = ParseAnswer(id: id, line: number)
    answer.refused(code: "jsonl", at: offset, message: message)
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
