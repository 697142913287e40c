import Dataverse
import Testing

@Suite struct UpstreamErrorReaderTests {
  @Test(arguments: [
    (
      #"{"error":{"code":"0x80060888","message":"Could not find a property."}}"#, "0x80060888",
      "Could not find a property."
    ),
    (#"{"error":{"code":"","message":""}}"#, "", ""),
    (#"{"error":{"message":"\u00e9\n","code":"1"}}"#, "1", "é\n"),
    (
      #"{"error":{"code":"1","message":"m","@Microsoft.PowerApps.CDS.HelpLink":"h","innererror":{"code":"2","message":"n"}}}"#,
      "1", "m"
    ),
    (#"{"error":{"details":[{"code":"2","message":"n"}],"code":"1","message":"m"}}"#, "1", "m"),
    (#"{"code":"2","error":{"code":"1","message":"m"},"message":"n"}"#, "1", "m"),
  ])
  func reads(_ body: String, _ code: String, _ message: String) {
    let read = UpstreamErrorReader.read(Array(body.utf8))
    #expect(read?.code == code)
    #expect(read?.message == message)
  }

  @Test(arguments: [
    "", "<html><body>502 Bad Gateway</body></html>", "Service Unavailable", "{}", "[]", "null", #"{"error":null}"#,
    #"{"error":"m"}"#, #"{"error":{}}"#, #"{"error":{"code":"1"}}"#, #"{"error":{"code":1,"message":"m"}}"#,
    #"{"error":[{"code":"1","message":"m"}]}"#, #"{"code":"1","message":"m"}"#,
    #"{"x":{"error":{"code":"1","message":"m"}}}"#,
    #"{"error":{"code":"1","message":"m"}"#, #"{"error":{"code":"1","message":"m"}}x"#,
  ])
  func isSilentAboutAllElse(_ body: String) {
    #expect(UpstreamErrorReader.read(Array(body.utf8)) == nil)
  }
}
