import JSONStream
import Testing

@Suite struct WriterTests {
  /// Copies a document, taking what is finished after each event.
  private struct Copier: JSONEventHandler {
    var writer = JSONWriter()
    var out: [UInt8] = []
    var takes: Bool

    init(takes: Bool) { self.takes = takes }

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      writer.write(event, text)
      if takes { out += writer.take() }
    }
  }

  @Test func putsCommasWhereTheyBelong() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("a\"")
    writer.beginArray()
    writer.integer(-1)
    writer.bool(true)
    writer.bool(false)
    writer.null()
    writer.beginArray()
    writer.endArray()
    writer.beginObject()
    writer.endObject()
    writer.endArray()
    writer.rawName(Array("\"\\u0062\"".utf8))
    writer.raw(Array("1.50".utf8))
    writer.name("c")
    writer.string("x\n")
    writer.name("d")
    writer.raw("{ }".utf8.lazy.map { $0 })
    writer.endObject()
    #expect(
      String(decoding: writer.bytes, as: UTF8.self)
        == #"{"a\"":[-1,true,false,null,[],{}],"\u0062":1.50,"c":"x\n","d":{ }}"#)
  }

  @Test func takingLosesNothing() {
    var writer = JSONWriter()
    writer.beginArray()
    writer.integer(1)
    #expect(writer.take() == Array("[1".utf8))
    #expect(writer.take() == [])
    writer.integer(2)
    writer.endArray()
    #expect(writer.take() == Array(",2]".utf8))
  }

  @Test func aSurplusEndDoesNotCrash() {
    var writer = JSONWriter()
    writer.endArray()
    writer.endObject()
    writer.null()
    #expect(writer.take() == Array("]},null".utf8))
  }

  @Test(arguments: [false, true])
  func aCopyReadsAsTheOriginal(takes: Bool) throws {
    for seed in 0..<100 {
      var generator = DocumentGenerator(seed: 500 + UInt64(seed))
      let document = generator.document()
      var reader = JSONReader()
      var copier = Copier(takes: takes)
      try reader.read(document, into: &copier)
      try reader.finish(into: &copier)
      let copy = takes ? copier.out : copier.writer.bytes
      #expect(reading(copy) == reading(document))
    }
  }
}
