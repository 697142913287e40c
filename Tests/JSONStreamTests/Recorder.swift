import TestSupport
import JSONStream

/// Writes down what a reader says, one entry for each event.
struct Recorder: JSONEventHandler {
  var events: [String] = []

  mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
    let token = String(decoding: text, as: UTF8.self)
    switch event {
    case .beginObject: events.append("{" + token)
    case .endObject: events.append("}" + token)
    case .beginArray: events.append("[" + token)
    case .endArray: events.append("]" + token)
    case .name: events.append("name " + token)
    case .string: events.append("string " + token)
    case .number: events.append("number " + token)
    case .bool: events.append("bool " + token)
    case .null: events.append("null " + token)
    }
  }
}

/// Everything that can be seen of one reading.
struct Outcome: Equatable {
  var events: [String] = []
  var error: JSONStreamError?
}

func reading(_ chunks: [[UInt8]], limits: JSONLimits = JSONLimits()) -> Outcome {
  var reader = JSONReader(limits: limits)
  var recorder = Recorder()
  var outcome = Outcome()
  do throws(JSONStreamError) {
    for chunk in chunks { try reader.read(chunk, into: &recorder) }
    try reader.finish(into: &recorder)
  } catch {
    outcome.error = error
  }
  outcome.events = recorder.events
  return outcome
}

func reading(_ document: some Sequence<UInt8>, limits: JSONLimits = JSONLimits()) -> Outcome {
  reading([Array(document)], limits: limits)
}

/// The document cut in two at each place, and byte by byte.
func everySplit(_ document: [UInt8]) -> [[[UInt8]]] {
  var splits = (0...document.count).map { [Array(document[..<$0]), Array(document[$0...])] }
  splits.append(document.map { [$0] })
  return splits
}

/// Random well-formed documents with white space, escapes and characters of every UTF-8 length.
struct DocumentGenerator {
  private var random: SeededGenerator

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  mutating func document() -> [UInt8] { Array((space() + value(depth: 4) + space()).utf8) }

  mutating func value(depth: Int) -> String {
    switch Int.random(in: 0..<(depth > 0 ? 9 : 6), using: &random) {
    case 0, 1: return string()
    case 2, 3: return number()
    case 4: return Bool.random(using: &random) ? "true" : "false"
    case 5: return "null"
    case 6:
      let items = (0..<Int.random(in: 0..<4, using: &random)).map { _ in space() + value(depth: depth - 1) + space() }
      return "[" + (items.isEmpty ? space() : items.joined(separator: ",")) + "]"
    default:
      let members = (0..<Int.random(in: 0..<5, using: &random)).map { index in
        // Numbered, so that no two are alike: readers differ in what they make of that.
        space() + "\"\(index)" + string().dropFirst() + space() + ":" + space() + value(depth: depth - 1) + space()
      }
      return "{" + (members.isEmpty ? space() : members.joined(separator: ",")) + "}"
    }
  }

  mutating func string() -> String {
    let parts = [
      "a", "Contoso", "msdynci_customerid", "@odata.etag", " ", "/", "é", "ß", "漢字", "😀", "\u{7F}", "\u{FFFF}", "\\\"",
      "\\\\", "\\/", "\\b", "\\f", "\\n", "\\r", "\\t", "\\u0041", "\\u00e9", "\\uFfFd", "\\ud83d\\ude00", "\\u0000",
      "{\\\"x\\\":[1,2]}",
    ]
    let count = Int.random(in: 0..<8, using: &random)
    return "\"" + (0..<count).map { _ in parts.randomElement(using: &random) ?? "" }.joined() + "\""
  }

  mutating func number() -> String {
    let whole = ["0", "7", "20000", "1234567890", "-0", "-1", "-98"].randomElement(using: &random) ?? "0"
    let fraction = ["", "", ".0", ".5000", ".25"].randomElement(using: &random) ?? ""
    let exponent = ["", "", "e2", "E+3", "e-4"].randomElement(using: &random) ?? ""
    return whole + fraction + exponent
  }

  mutating func space() -> String { ["", "", "", " ", "\n", "\t\r\n  "].randomElement(using: &random) ?? "" }
}
