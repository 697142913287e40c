import Dataverse
import Foundation
import JSONStream
import TestSupport
import Testing

@testable import CustomerInsights

/// Answers with damaged bytes: rewriting on the way and in memory say the same of each, fail or give whole JSON, and never
/// anything that the answer did not hold.
@Suite struct RewriterMutationTests {
  private static let shapes = [
    LegacyShape(
      entity: "Customer", columns: ["cid": "CustomerId", "name": "FullName", "at": "At"], times: ["at"]),
    LegacyShape(entity: "Customer_Measure", columns: ["cid": "CustomerId"], unfold: "json"),
    LegacyShape(entity: "Model", columns: ["cid": "CustomerId"], unfold: "json", unfoldMembers: ["total", "deep"]),
  ]

  private static let answers = [
    #"{"@odata.context":"c","@odata.count":12,"value":[{"@odata.etag":"W/\"1\"","cid":"1","name":"Zo\u00eb 漢 😀","#
      + #""at":"2020-01-01T02:00:00+02:00","other":-1.5e3},{"name":null,"cid":"2","at":"2020-01-01"}],"#
      + #""@odata.nextLink":"https://o/x?a=1&$skiptoken=%3Cc%20n=%221%22/%3E"}"#,
    #"{"value":[{"json":"{\"Total\":12.50,\"Deep\":{\"x\":[1,{\"y\":null}]},\"CUSTOMERID\":\"9\",\"q\":\"\\\"\\u00e9\"}","#
      + #""cid":"a"},{"cid":"b","json":null},{"json":"broken {","cid":"c"},{"json":"[1]","more":{"cid":[1]}}]}"#,
    #"{"value":[]}"#,
  ]

  private static func shaped(_ chunks: [[UInt8]], _ shape: LegacyShape) -> [UInt8]? {
    var shaper = LegacyShaper(shape: shape, context: "x", nextLink: { "<\($0)>" })
    do throws(ShapeError) {
      var out: [UInt8] = []
      for chunk in chunks { out += try shaper.feed(chunk) }
      return out + (try shaper.finish())
    } catch {
      return nil
    }
  }

  private static func written(_ chunks: [[UInt8]], _ shape: LegacyShape) -> [UInt8]? {
    var reader = RowPageReader(columns: Set(shape.columns.keys).union(shape.unfold.map { [$0] } ?? []))
    do throws(ShapeError) {
      for chunk in chunks { try reader.feed(chunk) }
      let page = try reader.finish()
      var json = JSONWriter()
      json.beginObject()
      json.name("@odata.context")
      json.string("x")
      json.name("value")
      json.beginArray()
      var writer = LegacyRowWriter(shape: shape)
      for row in page.rows { writer.write(row, into: &json) }
      json.endArray()
      if let token = page.skiptoken {
        json.name("@odata.nextLink")
        json.string("<\(token)>")
      }
      json.endObject()
      return json.take()
    } catch {
      return nil
    }
  }

  private static func cut(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [[UInt8]] {
    let place = random.below(bytes.count + 1)
    return [Array(bytes[..<place]), Array(bytes[place...])]
  }

  /// A byte flipped, replaced by one that means something, taken out, doubled, or a piece of another place put in.
  private static func damaged(_ bytes: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var copy = bytes
    for _ in 0...random.below(3) where !copy.isEmpty {
      let place = random.below(copy.count)
      switch random.below(6) {
      case 0: copy[place] ^= 1 << UInt8(random.below(8))
      case 1: copy[place] = random.pick(Array("\"\\{}[],:0-e.ntf $u".utf8) + [0, 0x1F, 0x80, 0xC0, 0xED, 0xFF])
      case 2: copy.remove(at: place)
      case 3: copy.insert(copy[place], at: place)
      case 4: copy.removeSubrange(place..<min(copy.count, place + random.below(12)))
      default:
        let from = random.below(copy.count)
        copy.insert(contentsOf: copy[from..<min(copy.count, from + random.below(20))], at: place)
      }
    }
    return copy
  }

  @Test(arguments: shapes.indices, answers.indices)
  func damagedAnswersFailOrKeepTheirForm(shape: Int, answer: Int) throws {
    let (shape, whole) = (Self.shapes[shape], Array(Self.answers[answer].utf8))
    #expect(Self.shaped([whole], shape) != nil)
    var random = SeededGenerator(seed: UInt64(whole.count &* 31 &+ shape.columns.count))
    var outcomes = (whole: 0, failed: 0)
    for round in 0..<150 {
      let bytes = Self.damaged(whole, &random)
      let text = String(decoding: bytes, as: UTF8.self)
      let out = Self.shaped(Self.cut(bytes, &random), shape)
      #expect(out == Self.shaped([bytes], shape), "\(round): \(text)")
      #expect(out == Self.written(Self.cut(bytes, &random), shape), "\(round): \(text)")
      guard let out else {
        outcomes.failed += 1
        continue
      }
      outcomes.whole += 1
      let object = try #require(
        try? JSONSerialization.jsonObject(with: Data(out)) as? [String: Any], "\(round): \(text)")
      #expect(object["@odata.context"] as? String == "x")
      let rows = try #require(object["value"] as? [[String: Any]])
      for name in rows.flatMap(\.keys) {
        #expect(!name.contains("@") && name != "cid" && name != "other" && name != "more", "\(round): \(text)")
      }
    }
    // Both happen.
    #expect(outcomes.failed > 15 && (outcomes.whole > 1 || whole.count < 20), "\(outcomes)")
  }
}
