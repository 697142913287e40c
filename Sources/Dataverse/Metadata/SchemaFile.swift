#if canImport(Glibc)
  import Glibc
#endif

/// A schema in a file: the CSDL document that ``CSDLWriter`` writes, or `$metadata` of Dataverse as it came.
package enum SchemaFile {
  /// Bytes that are read at a time.
  private static let chunkBytes = 65_536

  package struct Failure: Error, Sendable, CustomStringConvertible {
    /// One sentence, with the file's path.
    package var description: String
  }

  /// Reads a file. What it does not tell of tables that Customer Insights has everywhere is taken from those.
  /// - Throws: ``Failure`` for a file that cannot be read, is no CSDL, or goes beyond a limit.
  package static func load(
    path: String, _ selection: CSDLReader.Selection = .everything
  ) throws(Failure) -> CSDLDocument {
    var document: CSDLDocument
    do throws(CSDLReader.Failure) {
      document = try CSDLReader.read(selection) { try chunks(of: path) }
    } catch {
      if case .unreadable(let detail) = error { throw Failure(description: detail) }
      throw Failure(description: "\(path): \(error)")
    }
    document.schema = document.schema.completed(from: .customerInsights(profileColumns: []))
    return document
  }

  /// Writes tables in one step: whoever reads the file sees the old one or the new one, whole.
  /// - Throws: ``Failure``.
  package static func write(_ tables: [Table], to path: String) throws(Failure) {
    let bytes = CSDLWriter(tables: tables, purpose: .schemaFile).document()
    let temporary = "\(path).\(getpid()).new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
    guard descriptor >= 0 else { throw failure(temporary) }
    var problem: Failure?
    do throws(Failure) {
      try writeAll(bytes, to: descriptor, path: temporary)
      guard fsync(descriptor) == 0 else { throw failure(temporary) }
    } catch {
      problem = error
    }
    if close(descriptor) != 0, problem == nil { problem = failure(temporary) }
    if problem == nil, rename(temporary, path) != 0 { problem = failure(path) }
    guard let problem else { return }
    unlink(temporary)
    throw problem
  }

  /// Writes everything to an open file.
  package static func writeAll(_ bytes: [UInt8], to descriptor: Int32, path: String) throws(Failure) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { bytes in
        Glibc.write(descriptor, bytes.baseAddress?.advanced(by: done), bytes.count - done)
      }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { throw failure(path) }
      done += count
    }
  }

  /// The bytes of a file, one chunk after another.
  package static func chunks(of path: String) throws(Failure) -> CSDLReader.Chunks {
    let file = try OpenFile(path: path)
    return {
      var chunk = [UInt8](repeating: 0, count: chunkBytes)
      while true {
        let count = read(file.descriptor, &chunk, chunk.count)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw failure(path) }
        return count == 0 ? nil : Array(chunk[..<count])
      }
    }
  }

  private static func failure(_ path: String) -> Failure {
    Failure(description: "\(path): \(String(cString: strerror(errno)))")
  }

  /// Closes its descriptor when nobody reads any more.
  private final class OpenFile {
    let descriptor: Int32

    init(path: String) throws(Failure) {
      descriptor = open(path, O_RDONLY | O_CLOEXEC)
      guard descriptor >= 0 else { throw failure(path) }
    }

    deinit { close(descriptor) }
  }
}
