import Testing

@testable import Cache

@Suite struct CRC32Tests {
  private func sum(_ bytes: [UInt8], splitAt split: Int) -> UInt32 {
    var crc = CRC32()
    bytes.withUnsafeBytes {
      crc.update(UnsafeRawBufferPointer(rebasing: $0[..<split]))
      crc.update(UnsafeRawBufferPointer(rebasing: $0[split...]))
    }
    return crc.value
  }

  @Test func theCheckValueOfTheStandard() {
    #expect(sum(Array("123456789".utf8), splitAt: 0) == 0xCBF4_3926)
    #expect(sum([], splitAt: 0) == 0)
  }

  @Test func anySplitGivesTheSame() {
    let bytes = (0..<67).map { UInt8(truncatingIfNeeded: $0 &* 37) }
    // Byte by byte, by the definition.
    var plain: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
      plain ^= UInt32(byte)
      for _ in 0..<8 { plain = plain & 1 == 0 ? plain >> 1 : plain >> 1 ^ 0xEDB8_8320 }
    }
    for split in 0...bytes.count { #expect(sum(bytes, splitAt: split) == ~plain) }
  }

  @Test func textsDoNotTradeCharacters() {
    func sum(_ texts: String...) -> UInt32 {
      var crc = CRC32()
      for text in texts { crc.update(text) }
      return crc.value
    }
    #expect(sum("ab", "c") != sum("a", "bc"))
    #expect(sum("", "a") != sum("a", ""))
  }
}

@Suite struct WriteQueueTests {
  @Test func theFirstIsWrittenSoonAndABatchNow() {
    var queue = WriteQueue()
    #expect(queue.add(CachedAnswer("0"), for: CacheKey("0")) == .writeSoon)
    for number in 1..<WriteQueue.batch - 1 {
      #expect(queue.add(CachedAnswer("x"), for: CacheKey("\(number)")) == .wait)
    }
    #expect(queue.add(CachedAnswer("x"), for: CacheKey("last")) == .writeNow)
    #expect(queue.add(CachedAnswer("x"), for: CacheKey("more")) == .wait)
    #expect(queue.take().count == WriteQueue.batch + 1)
    #expect(queue.bytes == 0 && queue.count == 0)
    #expect(queue.add(CachedAnswer("0"), for: CacheKey("0")) == .writeSoon)
  }

  @Test func aLaterAnswerReplacesAnEarlierOne() {
    var queue = WriteQueue()
    _ = queue.add(CachedAnswer("old and long"), for: CacheKey("a"))
    #expect(queue.add(CachedAnswer("new"), for: CacheKey("a")) == .wait)
    #expect(queue.answer(for: CacheKey("a")) == CachedAnswer("new"))
    let bytes = queue.bytes
    #expect(queue.take().map(\.answer) == [CachedAnswer("new")])
    _ = queue.add(CachedAnswer("new"), for: CacheKey("a"))
    #expect(queue.bytes == bytes)
  }

  @Test func bytesMakeABatchAndAreLimited() {
    var queue = WriteQueue()
    let half = String(repeating: "x", count: WriteQueue.batchBytes / 2)
    #expect(queue.add(CachedAnswer(half), for: CacheKey("0")) == .writeSoon)
    #expect(queue.add(CachedAnswer(half), for: CacheKey("1")) == .writeNow)
    var number = 2
    while queue.add(CachedAnswer(half), for: CacheKey("\(number)")) == .wait { number += 1 }
    #expect(queue.count == number)
    #expect(queue.bytes <= WriteQueue.mostBytes)
    #expect(queue.bytes > WriteQueue.mostBytes - WriteQueue.batchBytes)
    #expect(queue.answer(for: CacheKey("\(number)")) == nil)
  }

  @Test func oneAnswerAlwaysFits() {
    var queue = WriteQueue()
    let large = CachedAnswer(
      status: 200, contentType: "text/plain", body: [UInt8](repeating: 0, count: WriteQueue.mostBytes + 1),
      storedAt: 0, timeToLive: 1)
    #expect(queue.add(large, for: CacheKey("a")) == .writeNow)
    #expect(queue.add(large, for: CacheKey("b")) == .full)
    #expect(queue.add(large, for: CacheKey("a")) == .wait)
  }
}
