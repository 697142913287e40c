package import CustomerInsights
package import Identity
package import Upstream
package import YAMLFile

/// Everything `sluice serve` is told, checked whole before anything starts. Immutable; a change means a new value.
package struct Configuration: Sendable {
  package var server: Server
  /// In the order of the file, never empty; `upstream` and `sandbox` are one named ``usualOrganization``.
  package var organizations: [Organization]
  package var dataverse: Dataverse
  /// Instances that the legacy dialect answers for, besides the sandbox's own; none turns it off.
  package var instances: [Instance]
  /// Path of the policy file; `nil` for the one that ships with the program.
  package var policyFile: String?
  /// Path of the mapping of legacy entities; `nil` for the one that ships with the program.
  package var mappingFile: String?
  /// Path of a schema file that tells which tables and columns there are; `nil` to ask the organization at start.
  package var schemaFile: String?
  package var callers: Callers
  package var legacy: Legacy
  package var cache: Cache
  package var log: Log

  package struct Server: Sendable {
    package var listen: ListenAddress
    package var admin: ListenAddress?
    /// Scheme, host and port of links in answers; derived from `listen` when `nil`.
    package var publicURL: String?
    /// Event loops that serve clients.
    package var loops: Int
    package var limits: Limits
  }

  package struct Limits: Sendable {
    /// Connections at one time; further ones are closed at once.
    package var connections = 4096
    /// Bytes of one request's header section, request line included.
    package var headerBytes = 65_536
    /// Milliseconds a connection may wait for a complete request head.
    package var idleTimeout: Int64 = 60_000
    /// Milliseconds that requests in flight have after SIGTERM.
    package var drainTimeout: Int64 = 10_000
    /// Bytes of the largest answer that is kept, in memory and in the cache; also of one of the gateway's own metadata
    /// requests. Every long answer that may be cached takes up to as much until it is whole, or too long.
    package var answerBytes = 8 << 20
    /// Bytes of an answer beyond which it begins to go out before it is whole. At most ``answerBytes``.
    package var streamFromBytes = 256 << 10
    /// Bytes of one upstream answer; beyond, the answer is ended abnormally. At least ``answerBytes``.
    package var streamedBytes = 1 << 30
    /// Milliseconds that links to further pages lead on for.
    package var linkLifetime: Int64 = 86_400_000
    /// Bytes of remembered plans.
    package var planBytes = 32 << 20
  }

  /// The name of an organization that is given none.
  package static let usualOrganization = "default"

  /// A Dataverse organization, by the name that the rest of the configuration has for it.
  package struct Organization: Sendable {
    package var name: String
    package var upstream: Upstream
    /// Path of its own policy file; `nil` for that of all.
    package var policyFile: String?
    /// Path of its own schema file; `nil` for that of all.
    package var schemaFile: String?
  }

  /// An instance of Customer Insights: a legacy request names it, and so the organization that it is for.
  package struct Instance: Sendable {
    package var facts: LegacyInstance
    /// Path of its own mapping; `nil` for that of all.
    package var mappingFile: String?
  }

  package enum Upstream: Sendable {
    /// A sandbox that the gateway starts beside itself.
    case sandbox(customers: Int, seed: UInt64)
    case organization(Connection)
  }

  package struct Connection: Sendable {
    package var connection: UpstreamConfiguration
    /// `nil`: no `Authorization` is sent (a stand-in on loopback).
    package var entra: EntraConfiguration?
  }

  package struct Dataverse: Sendable {
    /// Versions of the Web API that paths may name; what is sent on, and links, name `v9.2`, which is one of them.
    package var versions: Set<String>
    /// Name of the organization that paths of the Web API are for.
    package var organization: String
  }

  package struct Callers: Sendable {
    package var keys: [SubscriptionKey]
    /// Policy scope of callers without a key; `nil` refuses them.
    package var anonymousScope: String?
    /// Claims of callers without a key.
    package var anonymousClaims: [String: String]
    /// The scopes that the configuration names.
    package var scopes: [Scope]
    /// What each caller may ask of the organization.
    package var budget: CallerBudget.Limits

    /// A name that only the policy can tell right from wrong.
    package struct Scope: Sendable {
      package var name: String
      /// What to say at its place when the policy does not know it.
      package var absence: Diagnostic
    }
  }

  /// What the legacy API gets beside its answers.
  package struct Legacy: Sendable {
    /// Since when it is deprecated, Unix seconds; `nil` leaves `Deprecation` out. By default the day on which the vendor
    /// first described the Dataverse tables that take its place, 2023-06-26.
    package var deprecation: Int64? = 1_687_737_600
    /// When it ends, Unix seconds; `nil` leaves `Sunset` out.
    package var sunset: Int64?
    package var calls = LegacyCalls()
  }

  /// How often each caller may call the legacy API.
  package struct LegacyCalls: Sendable, Hashable {
    /// Calls in any ``period``; 0 for any number.
    package var calls = 100
    /// Milliseconds.
    package var period: Int64 = 60_000

    package init(calls: Int = 100, period: Int64 = 60_000) {
      self.calls = calls
      self.period = period
    }
  }

  package struct Cache: Sendable {
    package var memoryBytes: Int
    /// SQLite file; `nil` keeps answers in memory only.
    package var file: String?
    package var fileBytes: Int
  }

  package struct Log: Sendable {
    package var access: Destination
    package var decisions: Destination
    /// What decisions tell of literals.
    package var literals: Literals

    package enum Literals: Sendable, Equatable {
      /// None but those of tables whose rule says `logLiterals: hashed`, by a key that ends with the process.
      case omitted
      /// A keyed hash of each; `keyFile` is made when it is not there, `nil` stands for a key that ends with the process.
      case hashed(keyFile: String?)
    }

    package enum Destination: Sendable, Equatable {
      case off, standardError
      case file(String)
    }
  }
}

extension Configuration {
  /// Where an organization is found.
  /// - Parameter name: by default that of the Dataverse dialect.
  package func upstream(of name: String?) -> Upstream? {
    organizations.first { $0.name == name ?? dataverse.organization }?.upstream
  }
}

extension Configuration.Organization {
  /// Its address; `nil` for a sandbox.
  var url: String? {
    if case .organization(let connection) = upstream { connection.connection.origin } else { nil }
  }
}

/// `HOST:PORT` to listen on; IPv6 hosts in brackets; port 0 picks a free one.
package struct ListenAddress: Sendable, Equatable, CustomStringConvertible {
  package var host: String
  package var port: Int

  package init(host: String, port: Int) {
    self.host = host
    self.port = port
  }

  /// `nil` unless `text` is `host:port`, `[v6]:port`, with a port of 0 to 65,535.
  package init?(_ text: String) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]),
      (0...65_535).contains(port)
    else { return nil }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else { return nil }
    self.init(host: String(host), port: port)
  }

  package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

  /// Listens on every interface, so that its own text is no address for links.
  package var isWildcard: Bool { host == "0.0.0.0" || host == "::" || host == "*" }
}
