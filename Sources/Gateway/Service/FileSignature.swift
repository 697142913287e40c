#if canImport(Glibc)
  import Glibc
#endif

/// What changes about a file when somebody writes to it or puts another in its place.
struct FileSignature: Sendable, Hashable {
  private var device: UInt64
  private var inode: UInt64
  private var size: Int64
  /// Seconds and nanoseconds of the last change of the content, then of the file.
  private var times: [Int]

  /// Follows links, since volumes of containers change what a link leads to. `nil` when there is no such file.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    device = UInt64(status.st_dev)
    inode = UInt64(status.st_ino)
    size = Int64(status.st_size)
    times = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec, status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
  }
}
