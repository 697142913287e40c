import JSONStream
import ODataURL

/// One line of a file of vectors.
struct ParseVector: JSONEventHandler {
  private enum Member { case id, rule, input, encoding, constraints, other }

  /// The token as it was written.
  private(set) var id: [UInt8]?
  private(set) var rule: String?
  private(set) var input: String?
  private(set) var encoding: TextEncoding?
  /// The name of lists that the line does not hold.
  private(set) var listsName: String?
  /// Names by the rule that they stand for.
  private(set) var lists: [String: [String]] = [:]

  private var depth = 0
  private var member = Member.other
  private var seen: Set<Member> = []
  /// The rule whose list is being read.
  private var listed = ""

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch event {
    case .beginObject where depth == 0: depth = 1
    case .beginObject, .beginArray:
      guard depth > 0 else { throw unexpected("The line is no object.") }
      if member == .constraints {
        guard depth == (event == .beginObject ? 1 : 2) else { throw unexpected(Self.listsForm) }
      } else if depth == 1, member != .other {
        throw unexpected("A member that should be text is not.")
      }
      depth += 1
    case .endObject, .endArray: depth -= 1
    case .name:
      if depth == 1 {
        try name(text)
      } else if member == .constraints {
        listed = try JSONText.decodeString(text)
        lists[listed] = []
      }
    case .string, .number, .bool, .null:
      guard depth > 0 else { throw unexpected("The line is no object.") }
      if depth == 1 {
        try value(event, text)
      } else if member == .constraints {
        guard depth == 3, event == .string else { throw unexpected(Self.listsForm) }
        lists[listed]?.append(try JSONText.decodeString(text))
      }
    }
  }

  private static let listsForm = "Lists of names are an object of arrays of text."

  private mutating func name(_ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    if JSONText.equals(text, "id") {
      member = .id
    } else if JSONText.equals(text, "rule") {
      member = .rule
    } else if JSONText.equals(text, "input") {
      member = .input
    } else if JSONText.equals(text, "encoding") {
      member = .encoding
    } else if JSONText.equals(text, "constraints") {
      member = .constraints
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
    case (.encoding, .string):
      guard let known = TextEncoding(rawValue: try JSONText.decodeString(text)) else {
        throw unexpected("The \"encoding\" is neither \"url\" nor \"decoded\".")
      }
      encoding = known
    case (.constraints, .string): listsName = try JSONText.decodeString(text)
    default: throw unexpected("A member that should be text is not.")
    }
  }

  private func unexpected(_ message: String) -> JSONStreamError { JSONStreamError(.unexpected, at: 0, message) }
}

/// The `id` of a line that is wrong elsewhere.
struct ParseVectorID: JSONEventHandler {
  private var tokens: [[UInt8]] = []
  private var depth = 0
  private var isNext = false

  /// The token as it was written; `nil` when there is none, when there are two, and when the line is no JSON in front
  /// of it.
  static func find(in line: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    var reader = JSONReader()
    var handler = ParseVectorID()
    do throws(JSONStreamError) {
      try reader.read(line, into: &handler)
    } catch {
      // What was read so far is what there is: the line has been refused already.
    }
    return handler.tokens.count == 1 ? handler.tokens[0] : nil
  }

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch event {
    case .beginObject, .beginArray:
      if depth == 0, event == .beginArray { throw JSONStreamError(.unexpected, at: 0, "The line is no object.") }
      depth += 1
    case .endObject, .endArray: depth -= 1
    case .name: isNext = depth == 1 && JSONText.equals(text, "id")
    case .string, .number: if depth == 1, isNext { tokens.append(Array(text)) }
    case .bool, .null: break
    }
  }
}

/// A file of lists of names: `{"name":{"rule":["word"]}}`.
struct ParseNameLists: JSONEventHandler {
  private var lists: [String: [String: [String]]] = [:]
  private var name = ""
  private var rule = ""
  private var depth = 0

  /// - Throws: ``InputFile/Failure`` for a file that cannot be read or is of another form.
  static func read(_ path: String) throws -> [String: NameLists] {
    var reader = JSONReader()
    var handler = ParseNameLists()
    do {
      try InputFile.chunks(of: path, bytes: 64 << 10) { try reader.read($0, into: &handler) }
      try reader.finish(into: &handler)
    } catch let error as JSONStreamError {
      throw InputFile.Failure(description: "\(path): \(error.message) (byte \(error.offset))")
    }
    return handler.lists.mapValues { NameLists($0) }
  }

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    switch (event, depth) {
    case (.beginObject, 0), (.beginObject, 1), (.beginArray, 2): depth += 1
    case (.endObject, _), (.endArray, _): depth -= 1
    case (.name, 1):
      name = try JSONText.decodeString(text)
      lists[name] = [:]
    case (.name, 2):
      rule = try JSONText.decodeString(text)
      lists[name]?[rule] = []
    case (.string, 3): lists[name]?[rule]?.append(try JSONText.decodeString(text))
    default: throw JSONStreamError(.unexpected, at: 0, "Lists of names are objects of objects of arrays of text.")
    }
  }
}
