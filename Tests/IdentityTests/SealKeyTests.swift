import Foundation
import Testing

@testable import Identity

@Suite final class SealKeyTests {
  let folder = FileManager.default.temporaryDirectory.appending(path: "sluice-seal-\(UUID().uuidString)").path

  init() throws { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false) }
  deinit { try? FileManager.default.removeItem(atPath: folder) }

  private func opens(_ sealed: String, _ key: SealKey) -> Bool {
    (try? PagingSeal(key: key).open(sealed, boundTo: [])) == "t"
  }

  @Test func theKeyIsMadeOnceAndOnlyItsOwnerReadsIt() throws {
    let path = folder + "/key"
    let first = try SealKey.load(orCreateAt: path)
    let sealed = try PagingSeal(key: first).seal("t", boundTo: [])
    #expect(opens(sealed, try SealKey.load(orCreateAt: path)))
    #expect(!opens(sealed, .random()))
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    #expect((attributes[.size] as? NSNumber)?.intValue == 32)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key"])
  }

  @Test func startersAtTheSameTimeEndUpWithOneKey() async throws {
    let path = folder + "/key"
    let keys = try await withThrowingTaskGroup(of: SealKey.self) { group in
      for _ in 0..<16 { group.addTask { try SealKey.load(orCreateAt: path) } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    let sealed = try PagingSeal(key: try #require(keys.first)).seal("t", boundTo: [])
    #expect(keys.allSatisfy { opens(sealed, $0) })
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["key"])
  }

  @Test(arguments: [
    (0, 0o600, "damaged"), (31, 0o600, "damaged"), (33, 0o600, "damaged"), (32, 0o640, "0600"), (32, 0o604, "0600"),
  ])
  func unsoundFilesAreRefused(size: Int, mode: Int, word: String) throws {
    let path = folder + "/key"
    let bytes = Data(repeating: 7, count: size)
    #expect(FileManager.default.createFile(atPath: path, contents: bytes, attributes: [.posixPermissions: mode]))
    let error = #expect(throws: SealKeyError.self) { _ = try SealKey.load(orCreateAt: path) }
    #expect(error?.description.contains(word) == true, "\(error?.description ?? "")")
    // Refused, and left as it was.
    #expect(FileManager.default.contents(atPath: path) == bytes)
  }

  @Test func aFolderThatIsMissingIsNamed() {
    let path = folder + "/none/key"
    let error = #expect(throws: SealKeyError.self) { _ = try SealKey.load(orCreateAt: path) }
    #expect(error?.description.contains(path) == true)
  }

  @Test func aFolderInTheKeysPlaceIsRefused() {
    #expect(throws: SealKeyError.self) { _ = try SealKey.load(orCreateAt: folder) }
  }
}
