#if canImport(Glibc)
  import Glibc
#endif

/// Why a secret cannot be had.
package struct SecretError: Error, Sendable, Hashable, CustomStringConvertible {
  package var description: String
}

/// A value that no description, log or reflection shows.
package struct Secret: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  /// Bytes of a secret file.
  package static let limit = 65_536

  let value: String

  package init(_ value: String) { self.value = value }

  /// The file's content without one line end at its end.
  /// - Throws: ``SecretError`` when it cannot be read, is empty, too large, no text, or readable by others.
  package init(fromFile path: String) throws(SecretError) {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else {
      throw SecretError(description: "The secret file \(path) cannot be read: \(String(cString: strerror(errno))).")
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & 0o077 == 0 else {
      throw SecretError(description: "The secret file \(path) can be read by others; set its mode to 0600.")
    }
    var bytes = [UInt8](repeating: 0, count: Secret.limit + 1)
    let count = read(descriptor, &bytes, bytes.count)
    guard count > 0, count <= Secret.limit else {
      throw SecretError(description: "The secret file \(path) is empty or larger than \(Secret.limit) bytes.")
    }
    var text = bytes[..<count]
    if text.last == 0x0A { text.removeLast() }
    if text.last == 0x0D { text.removeLast() }
    guard !text.isEmpty, let value = String(validating: text, as: UTF8.self) else {
      throw SecretError(description: "The secret file \(path) is empty or not UTF-8 text.")
    }
    self.value = value
  }

  /// - Throws: ``SecretError`` when the variable is not set or empty.
  package init(fromEnvironment name: String) throws(SecretError) {
    guard let text = getenv(name), text.pointee != 0 else {
      throw SecretError(description: "The environment variable \(name) is not set.")
    }
    value = String(cString: text)
  }

  package var description: String { "<secret>" }
  package var debugDescription: String { "<secret>" }
  package var customMirror: Mirror { Mirror(self, children: EmptyCollection<Mirror.Child>()) }
}
