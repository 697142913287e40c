import Glibc

/// A folder of a test's own, removed with all that is in it at the end of the test.
final class TemporaryFolder: Sendable {
  struct Failure: Error { var number: Int32 }

  let path: String

  init() throws {
    var template = Array(((getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp") + "/cache-tests-XXXXXX").utf8CString)
    guard mkdtemp(&template) != nil else { throw Failure(number: errno) }
    path = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  deinit {
    guard let folder = opendir(path) else { return }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { unlink(path + "/" + name) }
    }
    closedir(folder)
    rmdir(path)
  }

  func file(_ name: String) -> String { path + "/" + name }

  /// The permission bits of a file here; `nil` when it does not exist.
  func permissions(_ name: String) -> UInt32? {
    var status = stat()
    return stat(file(name), &status) == 0 ? status.st_mode & 0o777 : nil
  }

  /// The names in the folder, sorted.
  var names: [String] {
    var found: [String] = []
    guard let folder = opendir(path) else { return found }
    while let entry = readdir(folder) {
      let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name != ".", name != ".." { found.append(name) }
    }
    closedir(folder)
    return found.sorted()
  }

  func read(_ name: String) throws -> [UInt8] {
    guard let stream = fopen(file(name), "r") else { throw Failure(number: errno) }
    defer { fclose(stream) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 65_536)
    while case let count = fread(&chunk, 1, chunk.count, stream), count > 0 { bytes += chunk[..<count] }
    return bytes
  }

  func write(_ name: String, _ bytes: [UInt8]) throws {
    guard let stream = fopen(file(name), "w") else { throw Failure(number: errno) }
    defer { fclose(stream) }
    guard fwrite(bytes, 1, bytes.count, stream) == bytes.count else { throw Failure(number: errno) }
  }
}
