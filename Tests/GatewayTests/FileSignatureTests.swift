import Foundation
import Testing

@testable import Gateway

@Suite struct FileSignatureTests {
  @Test func everyWayToChangeAFileShows() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("sluice-\(UUID().uuidString)").path
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(atPath: folder) }
    let file = folder + "/policy"
    #expect(FileSignature(path: file) == nil)
    func write(_ text: String, to path: String) throws { try Data(text.utf8).write(to: URL(fileURLWithPath: path)) }
    try write("a", to: file)
    var signatures = [try #require(FileSignature(path: file))]
    #expect(FileSignature(path: file) == signatures[0])
    try write("ab", to: file)
    signatures.append(try #require(FileSignature(path: file)))
    // Another file of the same size in its place.
    try write("cd", to: folder + "/other")
    #expect(rename(folder + "/other", file) == 0)
    signatures.append(try #require(FileSignature(path: file)))
    // Through a link, as volumes of containers do.
    try write("ef", to: folder + "/target")
    unlink(file)
    #expect(symlink(folder + "/target", file) == 0)
    signatures.append(try #require(FileSignature(path: file)))
    // A time set back by hand.
    var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
    #expect(utimensat(AT_FDCWD, folder + "/target", &times, 0) == 0)
    signatures.append(try #require(FileSignature(path: file)))
    #expect(Set(signatures).count == signatures.count)
  }
}
