import SQLite

/// What the disk tier's thread owns: the open file, and what to do when it fails. Answers go on whatever happens here.
final class DiskState {
  /// How often a damaged file is replaced before the disk itself is held to be at fault.
  static let mostReplacements = 3

  private let file: CacheFile
  /// `nil`: turned off.
  private(set) var table: AnswerTable?
  private var identity: CacheFile.Identity?
  private var replacements = 0

  /// Opens the file.
  /// - Throws: ``CacheError/unusableFile(_:)``. Anything else that fails only turns the tier off.
  init(_ file: CacheFile) throws(CacheError) {
    self.file = file
    try open()
  }

  /// Runs `body` on the open file.
  /// - Throws: ``CacheError/fileOff``, or ``CacheError/file(_:)`` after having replaced the file or turned it off, if it must
  ///   be.
  func attempt<T>(_ body: (AnswerTable) throws(SQLiteError) -> T) throws(CacheError) -> T {
    guard let table else { throw .fileOff }
    do throws(SQLiteError) {
      return try body(table)
    } catch {
      if error.meansDamagedFile {
        replace(reason: error.description)
      } else if error.meansFailedStorage {
        turnOff(reason: error.description)
      }
      throw .file(error.description)
    }
  }

  private func replace(reason: String) {
    // Closes the connection: the last reference, but for statements that `attempt` has left by now, is here.
    table = nil
    replacements += 1
    guard replacements <= DiskState.mostReplacements else {
      return turnOff(reason: "replaced \(DiskState.mostReplacements) times, and now \(reason)")
    }
    do throws(CacheError) {
      // Another process that shares the file may have replaced it first; its fresh file is to be opened, not moved.
      if file.identity() == identity { try file.moveAside(reason: reason) }
      try open()
    } catch {
      turnOff(reason: error.description)
    }
  }

  private func open() throws(CacheError) {
    do {
      table = try file.open()
      identity = file.identity()
    } catch let error as CacheError {
      throw error
    } catch {
      turnOff(reason: "\(error)")
    }
  }

  private func turnOff(reason: String) {
    table = nil
    file.report(.turnedOff(reason: reason))
  }
}
