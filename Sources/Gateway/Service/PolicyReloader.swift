import CustomerInsights
import Dataverse
import Dispatch
import Logging
import Planning
import Policy
import Synchronization
import YAMLFile

/// Loads policy, mapping and schema again when their files change, or when it is told to.
///
/// Files are looked at every ``interval`` and loaded when they have kept still from one look to the next: editors write in
/// several steps or put another file in place, and not every file system tells of it. What cannot be loaded is refused,
/// and the rules that were there judge on. Everything happens on one queue, one load at a time.
final class PolicyReloader: Sendable {
  /// Milliseconds.
  static let interval = 500

  /// What a reload needs of the gateway.
  struct Actions: Sendable {
    /// Reads the files and checks them against what the configuration names.
    var load: @Sendable () throws(DiagnosticList) -> [RuleBook]
    /// Judges by these rules from now on.
    var use: @Sendable ([RuleBook]) -> Void
    var clock: @Sendable () -> Int64
  }

  private struct State {
    /// Of the files as they were loaded last, whether that went well or not.
    var loaded: [FileSignature?]
    /// Of the files at the last look.
    var seen: [FileSignature?]
    var versions: [Versions]
    var isStopped = false
  }

  /// Of the rules of one environment.
  private struct Versions: Equatable {
    var policy: String
    var mapping: String
    var schema: String

    init(_ rules: RuleBook) {
      policy = rules.policy.version
      schema = rules.policy.schema.version
      mapping = rules.mapping.version
    }
  }

  private let files: [String]
  /// Names, one for each environment.
  private let organizations: [String]
  private let actions: Actions
  private let metrics: PolicyMetrics
  private let log: Logger
  private let state: Mutex<State>
  private let queue = DispatchQueue(label: "sluice.policy-reload")

  /// - Parameters:
  ///   - files: those of policy, mapping and schema that are files; none leaves nothing to reload.
  ///   - organizations: names of those that the rules are for, in the order of `rules`.
  ///   - signatures: of the files, taken before `rules` were loaded from them, so that no change is missed.
  init(
    files: [String], signatures: [FileSignature?], organizations: [String], rules: [RuleBook], actions: Actions,
    metrics: PolicyMetrics, log: Logger
  ) {
    self.files = files
    self.organizations = organizations
    self.actions = actions
    self.metrics = metrics
    self.log = log
    state = Mutex(State(loaded: signatures, seen: signatures, versions: rules.map(Versions.init)))
    tell(of: rules)
  }

  static func signatures(of files: [String]) -> [FileSignature?] { files.map { FileSignature(path: $0) } }

  /// Looks at the files from now on.
  func watch() {
    guard !files.isEmpty else { return }
    queue.asyncAfter(deadline: .now() + .milliseconds(PolicyReloader.interval)) { [weak self] in
      guard let self, !self.state.withLock({ $0.isStopped }) else { return }
      self.look()
      self.watch()
    }
  }

  /// Loads the files at once, changed or not; returns before it is done.
  func reload() {
    guard !files.isEmpty else {
      log.notice(
        "policy-reload-nothing",
        metadata: ["detail": "The policy and the mapping are those that ship with the program; no file is configured."])
      return
    }
    queue.async { self.load(trigger: "SIGHUP") }
  }

  /// Ends the watch.
  func stop() { state.withLock { $0.isStopped = true } }

  private func look() {
    let now = PolicyReloader.signatures(of: files)
    let isSettledChange = state.withLock { state in
      defer { state.seen = now }
      return now != state.loaded && now == state.seen
    }
    if isSettledChange { load(trigger: "file") }
  }

  private func load(trigger: String) {
    let before = PolicyReloader.signatures(of: files)
    do throws(DiagnosticList) {
      let rules = try actions.load()
      state.withLock { $0.loaded = before }
      // Written to while it was read: the watch sees a change and loads what is there then.
      guard PolicyReloader.signatures(of: files) == before else { return }
      replace(by: rules, trigger: trigger)
    } catch {
      let versions = state.withLock { state in
        state.loaded = before
        return state.versions.map(\.policy).joined(separator: ",")
      }
      metrics.countReload(isRefused: true)
      log.error(
        "policy-reload-refused",
        metadata: [
          "trigger": "\(trigger)", "version": "\(versions)",
          "diagnostics": "\(error.rendered().prefix(PolicyReloader.diagnosticLimit))",
        ])
    }
  }

  /// Characters of a log line's diagnostics.
  private static let diagnosticLimit = 8192

  private func replace(by rules: [RuleBook], trigger: String) {
    let new = rules.map(Versions.init)
    let old = state.withLock { state in
      defer { state.versions = new }
      return state.versions
    }
    actions.use(rules)
    tell(of: rules)
    metrics.countReload(isRefused: false)
    for (index, organization) in organizations.enumerated() {
      log.notice(
        "policy-reloaded",
        metadata: [
          "trigger": "\(trigger)", "organization": "\(organization)", "policy": "\(rules[index].policy.name)",
          "from": "\(old[index].policy)", "to": "\(new[index].policy)", "mappingFrom": "\(old[index].mapping)",
          "mappingTo": "\(new[index].mapping)", "schemaFrom": "\(old[index].schema)",
          "schemaTo": "\(new[index].schema)",
        ])
    }
  }

  private func tell(of rules: [RuleBook]) {
    metrics.use(
      zip(organizations, rules).map {
        PolicyMetrics.Judge(organization: $0, name: $1.policy.name, version: $1.policy.version)
      }, at: actions.clock())
  }
}
