import Synchronization

/// What the admin address tells of the policy that judges, and of attempts to load another.
final class PolicyMetrics: Sendable {
  private struct State {
    var loaded = 0
    var refused = 0
    var name = ""
    var version = ""
    /// Unix time, milliseconds.
    var time: Int64 = 0
  }

  private let state = Mutex(State())

  /// The policy that judges from now on.
  func use(name: String, version: String, at time: Int64) {
    state.withLock {
      $0.name = name
      $0.version = version
      $0.time = time
    }
  }

  func countReload(isRefused: Bool) {
    state.withLock { if isRefused { $0.refused += 1 } else { $0.loaded += 1 } }
  }

  /// Prometheus' text format.
  func rendered() -> String {
    let state = state.withLock { $0 }
    return """
      # HELP sluice_policy_reloads_total Attempts to load policy and mapping again.
      # TYPE sluice_policy_reloads_total counter
      sluice_policy_reloads_total{result="ok"} \(state.loaded)
      sluice_policy_reloads_total{result="refused"} \(state.refused)
      # HELP sluice_policy_info The policy that judges.
      # TYPE sluice_policy_info gauge
      sluice_policy_info{name="\(MetricText.escaped(state.name))",version="\(MetricText.escaped(state.version))"} 1
      # HELP sluice_policy_loaded_timestamp_seconds When the policy that judges was loaded.
      # TYPE sluice_policy_loaded_timestamp_seconds gauge
      sluice_policy_loaded_timestamp_seconds \(state.time / 1000).\(MetricText.thousandths(state.time))

      """
  }
}

/// Values in Prometheus' text format.
enum MetricText {
  /// Of a label.
  static func escaped(_ text: String) -> String {
    var out = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": out += "\\\\"
      case "\"": out += "\\\""
      case "\n": out += "\\n"
      default: out.unicodeScalars.append(scalar)
      }
    }
    return out
  }

  /// The three digits behind the point of so many milliseconds.
  static func thousandths(_ milliseconds: Int64) -> String { String(String(1000 + milliseconds % 1000).dropFirst()) }

  /// Lines that logs could not take.
  static func droppedLines(_ logs: [(log: String, lines: Int)]) -> String {
    guard !logs.isEmpty else { return "" }
    let head = """
      # HELP sluice_log_dropped_lines_total Lines that a log was too slow or too full for.
      # TYPE sluice_log_dropped_lines_total counter

      """
    return head + logs.map { "sluice_log_dropped_lines_total{log=\"\($0.log)\"} \($0.lines)\n" }.joined()
  }
}
