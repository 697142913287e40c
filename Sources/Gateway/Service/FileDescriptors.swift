#if canImport(Glibc)
  import Glibc
#endif

/// The process's share of file descriptors. Whoever accepts connections until there are none left can accept no more, nor
/// close what it cannot accept, and spins; so connections end before descriptors do.
enum FileDescriptors {
  /// Kept for the upstream, the cache's files, the log, the sandbox and the admin address.
  static let reserve = 256

  /// Raises the soft limit to the hard one.
  /// - Returns: the limit then; `nil` when the system does not say.
  static func raiseLimit() -> Int? {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
    if limit.rlim_cur < limit.rlim_max {
      var raised = limit
      raised.rlim_cur = limit.rlim_max
      if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
    }
    return Int(clamping: limit.rlim_cur)
  }

  /// How many of the connections asked for can be held.
  static func connections(_ wanted: Int, limit: Int?) -> Int {
    guard let limit else { return wanted }
    return min(wanted, max(limit - reserve, limit / 4, 1))
  }
}
