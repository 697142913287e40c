import Foundation
import NIOCore
import Testing

@testable import Gateway

@Suite struct WireTests {
  @Test(arguments: [0, 1, 9, 10, 99, 100, 1_000_000, Int.max])
  func numbersAreWrittenInDecimal(number: Int) {
    var buffer = ByteBuffer()
    buffer.writeInteger(decimal: number)
    #expect(String(buffer: buffer) == String(number))
  }

  @Test func datesAgreeWithFoundationOverTheYears() {
    let formatter = DateFormatter()
    formatter.locale = Locale(identifier: "en_US_POSIX")
    formatter.timeZone = TimeZone(identifier: "GMT")
    formatter.dateFormat = "EEE, dd MMM yyyy HH:mm:ss 'GMT'"
    var second: Int64 = -5_000_000_000
    while second < 20_000_000_000 {
      #expect(HTTPDateCache.format(second) == formatter.string(from: Date(timeIntervalSince1970: Double(second))))
      second += 9_999_991
    }
  }

  @Test func logTimesHaveMilliseconds() {
    #expect(LogTime.format(1_700_000_000_007) == "2023-11-14T22:13:20.007Z")
    #expect(LogTime.format(1_700_000_000_070) == "2023-11-14T22:13:20.070Z")
    #expect(LogTime.format(1_700_000_000_700) == "2023-11-14T22:13:20.700Z")
  }

  @Test(arguments: [
    ("127.0.0.1:8080", ListenAddress(host: "127.0.0.1", port: 8080)),
    ("[::1]:0", ListenAddress(host: "::1", port: 0)),
    ("localhost:65535", ListenAddress(host: "localhost", port: 65535)),
  ])
  func addressesAreRead(text: String, address: ListenAddress) {
    #expect(ListenAddress(text) == address)
    #expect(ListenAddress(address.description) == address)
  }

  @Test(arguments: ["", "8080", ":8080", "host:", "host:65536", "host:-1", "::1:80", "ho st:80", "host:8o"])
  func otherAddressesAreNot(text: String) { #expect(ListenAddress(text) == nil) }

  @Test func requestIDsDiffer() {
    var ids = RequestIDs()
    let made = (0..<1000).map { _ in ids.next() }
    #expect(Set(made).count == made.count)
  }
}
