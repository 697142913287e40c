import Synchronization
import Upstream

/// What the admin address tells of the policies that judge, and of attempts to load others.
final class PolicyMetrics: Sendable {
  /// The policy of an organization.
  struct Judge: Sendable, Hashable {
    var organization: String
    var name: String
    var version: String
  }

  private struct State {
    var loaded = 0
    var refused = 0
    var judges: [Judge] = []
    /// Unix time, milliseconds.
    var time: Int64 = 0
  }

  private let state = Mutex(State())

  /// The policies that judge from now on; of equal ones the first is told.
  func use(_ judges: [Judge], at time: Int64) {
    var told: [Judge] = []
    for judge in judges where !told.contains(judge) { told.append(judge) }
    state.withLock {
      $0.judges = told
      $0.time = time
    }
  }

  func countReload(isRefused: Bool) {
    state.withLock { if isRefused { $0.refused += 1 } else { $0.loaded += 1 } }
  }

  /// Prometheus' text format.
  func rendered() -> String {
    let state = state.withLock { $0 }
    let judges = state.judges.map { judge in
      "sluice_policy_info{name=\"\(MetricText.escaped(judge.name))\",version=\"\(MetricText.escaped(judge.version))\","
        + "organization=\"\(MetricText.escaped(judge.organization))\"} 1"
    }
    return """
      # HELP sluice_policy_reloads_total Attempts to load policy and mapping again.
      # TYPE sluice_policy_reloads_total counter
      sluice_policy_reloads_total{result="ok"} \(state.loaded)
      sluice_policy_reloads_total{result="refused"} \(state.refused)
      # HELP sluice_policy_info The policy that judges reads of an organization.
      # TYPE sluice_policy_info gauge
      \(judges.joined(separator: "\n"))
      # HELP sluice_policy_loaded_timestamp_seconds When the policies that judge were loaded.
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

  /// Requests to organizations.
  static func upstreams(_ organizations: [(name: String, counts: UpstreamGate.Counts)]) -> String {
    let head = """
      # HELP sluice_upstream_requests_total Requests to an organization, its metadata included.
      # TYPE sluice_upstream_requests_total counter

      """
    return head
      + organizations.map { name, counts in
        let label = "sluice_upstream_requests_total{organization=\"\(escaped(name))\",result="
        return "\(label)\"answered\"} \(counts.answered)\n\(label)\"failed\"} \(counts.failed)\n"
      }.joined()
  }

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
