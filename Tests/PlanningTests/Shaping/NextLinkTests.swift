import Dataverse
import Planning
import Testing

@Suite struct NextLinkTests {
  private struct SealFailure: Error {}

  private static func answer(_ link: String) -> String { #"{"value":[],"@odata.nextLink":\#(link)}"# }

  /// Link as a JSON token, and the token that the sealing closure was given.
  @Test(arguments: [
    (#""https://org.example/api/data/v9.2/rows?$skiptoken=abc""#, "abc"),
    (#""https://org.example/rows?$select=secret&$skiptoken=abc&$top=1""#, "abc"),
    (#""https:\/\/org.example\/rows?\u0024skiptoken=abc""#, "abc"),
    (#""https://org.example/rows?%24skiptoken=abc""#, "abc"),
    (#""?$skiptoken=%3Ccookie%20pagenumber=%222%22%20/%3E""#, #"<cookie pagenumber="2" />"#),
    // Once and not twice: the inner part stays encoded.
    (#""?$skiptoken=%253Ccookie%2520x%253D1%250A%253E""#, "%3Ccookie%20x%3D1%0A%3E"),
    (#""?$skiptoken=a=b=c""#, "a=b=c"), (#""?$skiptoken=a%26b%3Dc""#, "a&b=c"), (#""?$skiptoken=%2B+%2b""#, "+ +"),
    (#""?$skiptoken=%C3%A9""#, "é"), (#""?$filter=a%20eq%20%27$skiptoken=x%27&$skiptoken=y""#, "y"),
    (#""?$skiptoken=a?b/c""#, "a?b/c"), (#""?x&&$skiptoken=1&""#, "1"), (#""?$SKIPTOKEN=0&$skiptoken=1""#, "1"),
  ])
  func sealsTheTokenAlone(_ link: String, _ token: String) throws {
    let answer = NextLinkTests.answer(link)
    let sealed = token.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
    let expected =
      "{\(DataverseShaperTests.context),\"value\":[],\"@odata.nextLink\":\"https://gate.example/next?$skiptoken=<\(sealed)>\"}"
    let whole = shaping(answer)
    #expect(whole == Shaped(text: expected))
    for chunks in everySplit(Array(answer.utf8)) { #expect(shaping(chunks) == whole) }
  }

  @Test(arguments: [
    #""https://org.example/rows""#, #""https://org.example/rows?$top=1""#, #""""#, #""?""#, #""?$skiptoken=""#,
    #""?$skiptoken""#, #""$skiptoken=1""#, #""?$skiptoken=1&$skiptoken=2""#, #""?$skiptoken=1&%24skiptoken=1""#,
    #""?$skiptoken=%""#, #""?$skiptoken=%4""#, #""?$skiptoken=%zz""#, #""?$skiptoken=%FF""#, #""?$skiptoken=%C3""#,
    #""?skiptoken=1""#, #""?$filter=$skiptoken=1""#, #""?%2524skiptoken=1""#, "null", "1", "true",
  ])
  func anAnswerWithoutItsTokenFails(_ link: String) {
    #expect(shaping(NextLinkTests.answer(link)).error != nil)
  }

  @Test(arguments: ["{}", "[]", #"{"href":"?$skiptoken=1"}"#])
  func aLinkIsNoStructure(_ link: String) {
    #expect(shaping(NextLinkTests.answer(link)).error != nil)
  }

  @Test func twoLinksFail() {
    #expect(shaping(#"{"@odata.nextLink":"?$skiptoken=1","value":[],"@odata.nextLink":"?$skiptoken=1"}"#).error != nil)
  }

  /// Links inside rows belong to what was not asked for.
  @Test func linksInRowsAreDropped() {
    let answer =
      #"{"value":[{"@odata.nextLink":"https://org.example/?$skiptoken=1","x@odata.nextLink":"https://org.example/","a":1}]}"#
    #expect(
      shaping(answer, testShape(annotations: ["T"])).text == "{\(DataverseShaperTests.context),\"value\":[{\"a\":1}]}")
  }

  @Test func whatCannotBeSealedFailsWithoutTheToken() {
    var shape = testShape()
    shape.nextLink = { _ in throw SealFailure() }
    let error = shaping(NextLinkTests.answer(#""?$skiptoken=secret""#), shape).error
    #expect(error != nil)
    #expect(error?.description.contains("secret") == false)
  }
}
