import JSONStream
import Testing

@Suite struct HandlerErrorTests {
  /// Throws at one event, two bytes into its token.
  private struct Refuser: JSONEventHandler {
    var refused: JSONEvent
    var seen: [JSONEvent] = []

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      seen.append(event)
      if event == refused { throw JSONStreamError(.unexpected, at: 2, "Not this one.") }
    }
  }

  @Test(arguments: [
    (JSONEvent.beginObject, 0), (.name, 1), (.beginArray, 6), (.number, 7), (.string, 10), (.bool, 15), (.null, 20),
    (.endArray, 24), (.endObject, 25),
  ])
  func stopsAtTheTokenForEverySplit(_ refused: JSONEvent, _ place: Int) {
    for chunks in everySplit(Array("{\"a\": [10,\"bc\",true,null]}".utf8)) {
      var reader = JSONReader()
      var refuser = Refuser(refused: refused)
      var thrown: JSONStreamError?
      do throws(JSONStreamError) {
        for chunk in chunks { try reader.read(chunk, into: &refuser) }
        try reader.finish(into: &refuser)
      } catch {
        thrown = error
      }
      #expect(thrown == JSONStreamError(.unexpected, at: place + 2, "Not this one."))
      #expect(refuser.seen.last == refused)
    }
  }
}
