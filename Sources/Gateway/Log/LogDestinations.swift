import Identity

#if canImport(Glibc)
  import Glibc
#endif

/// The logs of requests, opened as the configuration says. What goes to one place goes there through one writer, so that
/// lines never run into each other.
struct LogDestinations: Sendable {
  var access: AccessLog
  var decisions: DecisionLog?

  /// - Throws: ``StartError`` or `SealKeyError` with one clear sentence.
  static func open(_ log: Configuration.Log) throws -> LogDestinations {
    let access = try lines(to: log.access, name: "access")
    let shared = log.decisions == log.access ? access : try lines(to: log.decisions, name: "decision")
    return LogDestinations(
      access: AccessLog(lines: access),
      decisions: try shared.map {
        DecisionLog(lines: $0, literals: try literalHash(log.literals), hashesAll: log.literals != .omitted)
      })
  }

  /// By the names of the logs, for the metrics.
  var droppedLines: [(log: String, lines: Int)] {
    [("access", access.lines), ("decisions", decisions?.lines)].compactMap { name, lines in
      lines.map { (name, $0.droppedLines) }
    }
  }

  /// Writes what waits; returns when it is written.
  func flush() {
    access.lines?.flush()
    decisions?.lines.flush()
  }

  private static func literalHash(_ literals: Configuration.Log.Literals) throws(SealKeyError) -> LiteralHash {
    switch literals {
    case .omitted, .hashed(nil): LiteralHash(key: .random())
    case .hashed(let path?): LiteralHash(key: try SealKey.load(orCreateAt: path))
    }
  }

  private static func lines(
    to destination: Configuration.Log.Destination, name: StaticString
  ) throws(StartError) -> LineLog? {
    switch destination {
    case .off: return nil
    case .standardError: return LineLog(name: name, descriptor: STDERR_FILENO)
    case .file(let path):
      let descriptor = Glibc.open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        throw StartError("The \(name) log \(path) cannot be opened: \(String(cString: strerror(errno))).")
      }
      return LineLog(name: name, descriptor: descriptor)
    }
  }
}
