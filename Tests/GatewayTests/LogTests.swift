import Foundation
import Synchronization
import Testing

@testable import Gateway

@Suite struct LogTests {
  /// What a log writes.
  private func lines(_ write: (LineLog) -> Void) throws -> [String] {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-log-\(UUID().uuidString)").path
    defer { unlink(path) }
    let descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    let log = LineLog(name: "test", descriptor: descriptor)
    write(log)
    log.flush()
    close(descriptor)
    return try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
  }

  @Test func linesBeginWithTimeAndID() throws {
    let written = try lines { log in
      log.record(time: 1_700_000_000_007, id: "a1") { JSONMember.append("rule", "x", to: &$0) }
      log.record(time: 1_700_000_000_999, id: "a2") { _ in }
      log.record(time: 1_700_000_001_000, id: "a3") { JSONMember.append("rules", ["p", "q"], to: &$0) }
    }
    #expect(
      written == [
        #"{"time":"2023-11-14T22:13:20.007Z","id":"a1","rule":"x"}"#, #"{"time":"2023-11-14T22:13:20.999Z","id":"a2"}"#,
        #"{"time":"2023-11-14T22:13:21.000Z","id":"a3","rules":["p","q"]}"#,
      ])
  }

  /// Into a pipe that is full before the first line is through.
  @Test func whatDoesNotFitIsDroppedAndCounted() throws {
    let pipe = Pipe()
    let log = LineLog(name: "test", descriptor: pipe.fileHandleForWriting.fileDescriptor)
    let filling = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    for _ in 0..<16 { log.record(time: 0, id: "a") { $0.append(contentsOf: filling) } }
    let dropped = log.droppedLines
    // At most 4 MiB are on their way to the pipe, and 4 MiB wait.
    #expect((8...12).contains(dropped), "\(dropped)")
    let written = Mutex(Data())
    let end = DispatchSemaphore(value: 0)
    Thread.detachNewThread {
      let data = pipe.fileHandleForReading.readDataToEndOfFile()
      written.withLock { $0 = data }
      end.signal()
    }
    log.flush()
    try pipe.fileHandleForWriting.close()
    end.wait()
    let data = written.withLock { $0 }
    let lines = data.split(separator: UInt8(ascii: "\n"))
    let events = lines.filter { $0.count < 100 }.map { String(decoding: $0, as: UTF8.self) }
    #expect(lines.count - events.count == 16 - dropped)
    let counted = events.compactMap { $0.wholeMatch(of: /\{"event":"test-log-dropped","lines":(\d+)\}/) }
    #expect(counted.count == events.count)
    #expect(counted.compactMap { Int($0.1) }.reduce(0, +) == dropped)
  }

  @Test func linesThatCannotBeWrittenAreCounted() {
    let log = LineLog(name: "test", descriptor: -1)
    log.record(time: 0, id: "a") { _ in }
    log.record(time: 0, id: "b") { _ in }
    log.flush()
    #expect(log.droppedLines == 2)
  }

  @Test(
    arguments: [
      ("a", #","m":"a""#), ("a\"b\\c\nd", #","m":"a_b_c_d""#), (nil, ""), ("é", #","m":"é""#),
      (String(repeating: "a", count: 300), ",\"m\":\"\(String(repeating: "a", count: 200))\""),
      (String(repeating: "a", count: 199) + "é", ",\"m\":\"\(String(repeating: "a", count: 199))\""),
      (String(repeating: "é", count: 150), ",\"m\":\"\(String(repeating: "é", count: 100))\""),
    ] as [(String?, String)])
  func membersAreSafeText(value: String?, text: String) {
    var bytes: [UInt8] = []
    JSONMember.append("m", value, to: &bytes)
    #expect(String(decoding: bytes, as: UTF8.self) == text)
  }

  @Test func metricsEscapeLabels() {
    let metrics = PolicyMetrics()
    let judge = PolicyMetrics.Judge(organization: "x", name: "a\"b\\c\nd", version: "1")
    let other = PolicyMetrics.Judge(organization: "y", name: "a", version: "2")
    metrics.use([judge, other, judge], at: 1_700_000_000_050)
    metrics.countReload(isRefused: true)
    let lines = metrics.rendered().split(separator: "\n").filter { !$0.hasPrefix("#") }
    #expect(
      lines == [
        #"sluice_policy_reloads_total{result="ok"} 0"#, #"sluice_policy_reloads_total{result="refused"} 1"#,
        #"sluice_policy_info{name="a\"b\\c\nd",version="1",organization="x"} 1"#,
        #"sluice_policy_info{name="a",version="2",organization="y"} 1"#,
        "sluice_policy_loaded_timestamp_seconds 1700000000.050",
      ])
  }
}
