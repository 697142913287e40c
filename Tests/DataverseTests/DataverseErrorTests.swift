import Dataverse
import FoundationEssentials
import Testing

@Suite struct DataverseErrorTests {
  @Test func hasTheShapeOfTheService() {
    #expect(
      String(decoding: DataverseError(status: 404, code: "0x80040217", message: "Gone").body(), as: UTF8.self)
        == #"{"error":{"code":"0x80040217","message":"Gone"}}"#)
    let full = DataverseError(
      status: 403, code: "policy.table", message: "m", target: "t",
      details: [.init(code: "a", message: "b"), .init(code: "c", message: "d", target: "e")],
      annotations: [.init(term: "Microsoft.PowerApps.CDS.HelpLink", value: "h")])
    #expect(
      String(decoding: full.body(), as: UTF8.self)
        == #"{"error":{"code":"policy.table","message":"m","target":"t","details":[{"code":"a","message":"b"},"#
        + #"{"code":"c","message":"d","target":"e"}],"@Microsoft.PowerApps.CDS.HelpLink":"h"}}"#)
  }

  @Test func escapesEveryCharacter() throws {
    struct Answer: Decodable {
      struct Body: Decodable { var code: String, message: String }
      var error: Body
    }
    var hostile = "\"\\/<script>&'é€😀\u{2028}\u{FEFF}"
    for value in UInt8(0)...0x7F { hostile.unicodeScalars.append(Unicode.Scalar(value)) }
    let body = DataverseError(status: 400, code: "\"}", message: hostile).body()
    #expect(body.allSatisfy { $0 >= 0x20 && $0 < 0x7F })
    #expect(!String(decoding: body, as: UTF8.self).contains("<"))
    let answer = try JSONDecoder().decode(Answer.self, from: Data(body))
    #expect(answer.error.code == "\"}" && answer.error.message == hostile)
  }
}
