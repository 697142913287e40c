import Crypto

#if canImport(Glibc)
  import Glibc
#endif

/// What is wrong with the file of a sealing key.
package struct SealKeyError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String
}

/// The 32 random bytes that paging tokens are sealed with.
package struct SealKey: Sendable {
  let symmetric: SymmetricKey

  /// A key that ends with the process: links handed out before a restart no longer work after it.
  package static func random() -> SealKey { SealKey(symmetric: SymmetricKey(size: .bits256)) }

  /// The key in the file at `path`, which is made with mode 0600 when it is not there. It is written beside its place
  /// and linked into it, so that two processes that start together end up with one key, and a process that dies leaves
  /// no half a key.
  package static func load(orCreateAt path: String) throws(SealKeyError) -> SealKey {
    if let key = try read(path) { return key }
    let key = random()
    let temporary = "\(path).\(getpid()).\(UInt32.random(in: .min ... .max))"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw failure(path, "cannot be made") }
    let written = key.symmetric.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    let synced = fsync(descriptor)
    close(descriptor)
    defer { unlink(temporary) }
    guard written == 32, synced == 0 else { throw failure(path, "cannot be written") }
    if link(temporary, path) == 0 { return key }
    guard errno == EEXIST, let other = try read(path) else { throw failure(path, "cannot be made") }
    return other
  }

  private static func read(_ path: String) throws(SealKeyError) -> SealKey? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return nil }
      throw failure(path, "cannot be read")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw failure(path, "cannot be read") }
    guard status.st_mode & 0o077 == 0 else {
      throw SealKeyError(description: "The key file \(path) can be read by others; set its mode to 0600, or remove it.")
    }
    var bytes = [UInt8](repeating: 0, count: 33)
    let count = Glibc.read(descriptor, &bytes, bytes.count)
    guard count == 32 else {
      throw SealKeyError(
        description: "The key file \(path) is damaged; remove it, and a new one is made (links handed out before end).")
    }
    return SealKey(symmetric: SymmetricKey(data: bytes[..<32]))
  }

  private static func failure(_ path: String, _ what: String) -> SealKeyError {
    SealKeyError(description: "The key file \(path) \(what): \(String(cString: strerror(errno))).")
  }
}
