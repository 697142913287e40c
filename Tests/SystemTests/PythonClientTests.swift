import Foundation
import Testing

/// The official Python client of the old API, every operation that it has, against the built program.
@Suite(.serialized, .enabled(if: PythonClient.isInstalled, PythonClient.absence))
struct PythonClientTests {
  /// Every parameter of data reads.
  @Test func readsData() throws {
    // Between pages of 100 rows.
    let gateway = try Gateway(["--access-log", "off"], customers: 250)
    let told = try PythonClient.run("data", against: gateway)
    #expect(told.count > 30)
    for line in told { #expect(line.got == line.expected, "\(line)") }
  }

  /// What the configuration, the mapping and the schema know is told; the rest is raised.
  @Test func readsWhatIsManaged() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    let told = try PythonClient.run("management", against: gateway)
    #expect(told.count > 20)
    for line in told { #expect(line.got == line.expected, "\(line)") }
  }

  @Test func everyWriteIsRaisedAndNothingIsWritten() throws {
    let gateway = try Gateway(["--access-log", "off"], customers: 20)
    let before = try gateway.statistics().requests
    let told = try PythonClient.run("writes", against: gateway)
    #expect(told.count == 29)
    for line in told { #expect(line.got == line.expected, "\(line)") }
    let seen = try gateway.statistics()
    #expect(seen.requests == before && seen.writesRefused == 0)
  }
}

/// `Tests/PythonClient`: the script that calls the operations, and where `make python-client` has put the client.
enum PythonClient {
  /// What came of one call.
  struct Line: Decodable {
    var operation: String
    var `case`: String
    var expected: String
    var got: String
  }

  private struct Summary: Decodable {
    /// Operations that the client has.
    var end: Int
    var uncalled: [String]
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let folder = root.appendingPathComponent(".build/python")

  static let isInstalled = FileManager.default.fileExists(
    atPath: folder.appendingPathComponent("packages/.mark").path)

  /// Why it is not.
  static let absence: Comment = {
    let reason = try? String(contentsOf: folder.appendingPathComponent("skipped"), encoding: .utf8)
    let text = reason?.trimmingCharacters(in: .whitespacesAndNewlines)
    return "skipped: \(text ?? "the Python client is not installed; `make python-client` does it")"
  }()

  /// - Parameter part: of the operations.
  static func run(_ part: String, against gateway: Gateway) throws -> [Line] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    let script = root.appendingPathComponent("Tests/PythonClient/operations.py").path
    process.arguments = ["python3", script, part, gateway.origin + "/v1"]
    // No proxy between the client and the loopback address.
    process.environment = ProcessInfo.processInfo.environment.merging(["NO_PROXY": "*"]) { $1 }
    let (input, output, errors) = (Pipe(), Pipe(), Pipe())
    process.standardInput = input
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    input.fileHandleForWriting.write(try JSONSerialization.data(withJSONObject: gateway.samples))
    try input.fileHandleForWriting.close()
    // Both ends have less to say than a pipe holds, but for what Python tells when it breaks.
    let out = output.fileHandleForReading.readDataToEndOfFile()
    let complaints = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else { throw Program.Failure(description: complaints) }
    var lines = out.split(separator: UInt8(ascii: "\n"))
    let summary = try JSONDecoder().decode(Summary.self, from: lines.popLast() ?? Data())
    // A version with other operations has rows of its own to be written.
    #expect(summary.end == 60 && summary.uncalled.isEmpty, "\(summary.uncalled)")
    return try lines.map { try JSONDecoder().decode(Line.self, from: $0) }
  }
}
