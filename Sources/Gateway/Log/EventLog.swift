package import Logging

/// The operator's log as JSON lines on standard error: events of the program's life and what went wrong upstream.
package struct JSONLinesLogHandler: LogHandler {
  package var metadata: Logger.Metadata = [:]
  package var logLevel: Logger.Level = .info
  private let label: String
  private let clock: @Sendable () -> Int64
  private let write: @Sendable (String) -> Void

  /// - Parameters:
  ///   - clock: Unix time in milliseconds.
  ///   - write: takes one whole line without its line end.
  package init(
    label: String, clock: @escaping @Sendable () -> Int64, write: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.clock = clock
    self.write = write
  }

  package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  package func log(event: LogEvent) {
    var line = "{\"time\":\"\(LogTime.format(clock()))\",\"level\":\"\(event.level.rawValue)\""
    line += ",\"event\":\(JSONLinesLogHandler.quoted(event.message.description))"
    let all = metadata.merging(event.metadata ?? [:]) { $1 }
    for (key, value) in all.sorted(by: { $0.key < $1.key }) {
      line += ",\(JSONLinesLogHandler.quoted(key)):\(JSONLinesLogHandler.quoted("\(value)"))"
    }
    write(line + "}")
  }

  private static func quoted(_ text: String) -> String {
    var out = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case _ where scalar.value < 0x20: out += " "
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out + "\""
  }
}
