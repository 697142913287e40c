import Glibc
import SQLite

/// The file itself: opening it with all checks, and moving it out of the way when it is not what it should be.
struct CacheFile {
  /// Files moved aside that are kept; the next one takes the place of the last.
  static let mostKeptAside = 9
  /// Larger files are not read through when they are opened: every row has its checksum, and SQLite reports damage
  /// between rows when it meets it.
  static let largestCheckedBytes: Int64 = 64 << 20

  let path: String
  let fileBytes: Int
  let report: @Sendable (CacheEvent) -> Void

  /// Opens the file, or a fresh one in its place.
  /// - Throws: ``CacheError/unusableFile(_:)`` when there can be no file, otherwise what SQLite said.
  func open() throws -> AnswerTable {
    try checkFolder()
    try closeToOthers()
    do {
      return try openSound()
    } catch let unsound as Unsound {
      try moveAside(reason: unsound.reason)
    } catch let error as SQLiteError where error.meansDamagedFile {
      try moveAside(reason: error.description)
    } catch let error as SQLiteError where error.meansUnusablePath {
      throw CacheError.unusableFile(error.message)
    }
    return try openSound()
  }

  /// The connection must be closed before.
  func moveAside(reason: String) throws(CacheError) {
    var number = 1
    while number < CacheFile.mostKeptAside, access("\(path).corrupt-\(number)", F_OK) == 0 { number += 1 }
    let place = "\(path).corrupt-\(number)"
    for suffix in ["", "-wal", "-shm"] {
      let isThere = rename(path + suffix, place + suffix) == 0
      guard isThere || errno == ENOENT else {
        throw .unusableFile(
          "\(path)\(suffix) is not usable and cannot be moved away: \(String(cString: strerror(errno)))")
      }
    }
    report(.movedAside(file: path, to: place, reason: reason))
  }

  /// Which file the path stands for just now.
  func identity() -> Identity? {
    var status = stat()
    return stat(path, &status) == 0 ? Identity(device: status.st_dev, node: status.st_ino) : nil
  }

  struct Identity: Equatable {
    var device: dev_t
    var node: ino_t
  }

  /// A database, and not our own of this version.
  private struct Unsound: Error, CustomStringConvertible {
    var reason: String
    var description: String { reason }
  }

  private func openSound() throws -> AnswerTable {
    let connection = try Connection(path: path)
    // The first statement that reads the file: it finds out what is no database at all.
    let applicationID = try connection.number("PRAGMA application_id")
    let version = try connection.number("PRAGMA user_version")
    let isEmpty = try connection.number("PRAGMA page_count") == 0
    guard isEmpty || applicationID == AnswerTable.applicationID else {
      throw Unsound(reason: "it is a database of another program")
    }
    guard isEmpty || version == AnswerTable.version else {
      throw Unsound(reason: "it has version \(version) and this program reads \(AnswerTable.version)")
    }
    try connection.execute(
      """
      PRAGMA cell_size_check = ON; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      PRAGMA journal_size_limit = \(4 << 20);
      """)
    if !isEmpty { try check(connection) }
    do throws(SQLiteError) {
      return try AnswerTable(connection, fileBytes: fileBytes)
    } catch {
      guard error.meansOtherTables else { throw error }
      throw Unsound(reason: "its tables are not those of a cache")
    }
  }

  private func check(_ connection: Connection) throws {
    let bytes = try connection.number("PRAGMA page_count") * connection.number("PRAGMA page_size")
    guard bytes <= CacheFile.largestCheckedBytes else { return }
    let statement = try connection.prepare("PRAGMA quick_check(1)")
    guard try statement.step(), statement.text(0) == "ok" else {
      throw Unsound(reason: "its check failed")
    }
  }

  /// Write-ahead log and shared memory are files of their own beside it, so its folder must be writable, too.
  private func checkFolder() throws(CacheError) {
    let folder = path.lastIndex(of: "/").map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
    guard access(folder, W_OK | X_OK) == 0 else {
      throw .unusableFile("the folder \(folder) cannot be written to: \(String(cString: strerror(errno)))")
    }
  }

  /// A file that is there already may have been made with other permissions.
  private func closeToOthers() throws(CacheError) {
    for suffix in ["", "-wal", "-shm"] {
      var status = stat()
      guard stat(path + suffix, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_mode & 0o077 != 0 else {
        continue
      }
      guard chmod(path + suffix, 0o600) == 0 else {
        throw .unusableFile(
          "others can read \(path)\(suffix) and that cannot be changed: \(String(cString: strerror(errno)))")
      }
    }
  }
}
