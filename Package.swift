// swift-tools-version: 6.1
import PackageDescription

/// Every room of the house and the rooms it may use; edges run one way, down the list.
/// `Tests/ArchitectureTests` reads this file and fails when an edge runs up.
let strict: [SwiftSetting] = [
  .swiftLanguageMode(.v6),
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("InternalImportsByDefault"),
]

let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")

let package = Package(
  name: "sluice",
  products: [
    .executable(name: "sluice", targets: ["sluice"]),
    .library(name: "ODataURL", targets: ["ODataURL"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  ],
  targets: [
    // The program.
    .executableTarget(
      name: "sluice",
      dependencies: [
        "Migration", "Comparison", "PolicyTools", "Lint", "Gateway", "Sandbox", "Planning", "Policy", "Dataverse",
        "Upstream", "Identity", "YAMLFile", "ODataURL", "JSONStream", "Terminal", logging,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: strict),

    // Help with the switch from the old API.
    .target(
      name: "Migration",
      dependencies: [
        "PolicyTools", "Planning", "CustomerInsights", "Policy", "Dataverse", "ODataURL", "JSONStream", "Terminal",
      ],
      swiftSettings: strict),
    .target(name: "Comparison", dependencies: ["JSONStream", "Terminal"], swiftSettings: strict),

    // The three uses.
    .target(name: "Lint", dependencies: ["Planning", "Terminal"], swiftSettings: strict),
    .target(
      name: "PolicyTools",
      dependencies: [
        "Lint", "Planning", "CustomerInsights", "YAMLFile", "JSONStream", "ODataURL", "Policy", "Dataverse",
      ],
      swiftSettings: strict),
    .target(
      name: "Gateway",
      dependencies: [
        "Sandbox", "Planning", "Cache", "Upstream", "Identity", "JSONStream", "YAMLFile",
        nioCore, nioPosix, nioHTTP1, logging,
      ],
      swiftSettings: strict),
    .target(
      name: "Sandbox",
      dependencies: ["Dataverse", "ODataURL", "SQLite", nioCore, nioPosix, nioHTTP1],
      swiftSettings: strict),

    // What a request means.
    .target(
      name: "Planning",
      dependencies: ["CustomerInsights", "Policy", "Dataverse", "JSONStream", "ODataURL", "YAMLFile"],
      // Links to the files in policies/, so that the program carries what it ships with.
      resources: [
        .embedInCode("Resources/customer-insights.yaml"), .embedInCode("Resources/mapping.yaml"),
      ],
      swiftSettings: strict),
    .target(
      name: "CustomerInsights",
      dependencies: ["Policy", "Dataverse", "ODataURL", "JSONStream", "YAMLFile"],
      swiftSettings: strict),
    .target(
      name: "Policy", dependencies: ["Dataverse", "ODataURL", "YAMLFile", "CPCRE2", crypto], swiftSettings: strict),
    .target(name: "Dataverse", dependencies: ["ODataURL", "JSONStream"], swiftSettings: strict),

    // Parts that know nothing of OData.
    .target(name: "Cache", dependencies: ["SQLite"], swiftSettings: strict),
    .target(name: "Upstream", dependencies: ["CCurl"], swiftSettings: strict),
    .target(name: "Identity", dependencies: [crypto], swiftSettings: strict),
    .target(name: "JSONStream", swiftSettings: strict),
    .target(name: "SQLite", dependencies: ["CSQLite"], swiftSettings: strict),
    .target(name: "YAMLFile", dependencies: ["Terminal", "Yams"], swiftSettings: strict),
    .target(name: "Terminal", swiftSettings: strict),

    // Text to tree and back; a library of its own.
    .target(name: "ODataURL", swiftSettings: strict),

    // What tests of several rooms share.
    .target(name: "TestSupport", dependencies: ["YAMLFile"], path: "Tests/TestSupport", swiftSettings: strict),

    // Tests, a target for each room; `SystemTests` drives the built program over sockets.
    .testTarget(name: "ArchitectureTests", swiftSettings: strict),
    .testTarget(name: "ODataURLTests", dependencies: ["TestSupport", "ODataURL"], swiftSettings: strict),
    .testTarget(name: "JSONStreamTests", dependencies: ["TestSupport", "JSONStream"], swiftSettings: strict),
    .testTarget(name: "SQLiteTests", dependencies: ["SQLite"], swiftSettings: strict),
    .testTarget(name: "CacheTests", dependencies: ["TestSupport", "Cache", "SQLite"], swiftSettings: strict),
    .testTarget(name: "IdentityTests", dependencies: ["Identity"], swiftSettings: strict),
    .testTarget(
      name: "UpstreamTests",
      dependencies: ["Upstream", nioCore, nioPosix, nioHTTP1, .product(name: "NIOSSL", package: "swift-nio-ssl")],
      exclude: ["Certificates"],
      swiftSettings: strict),
    .testTarget(name: "YAMLFileTests", dependencies: ["YAMLFile"], swiftSettings: strict),
    .testTarget(name: "TerminalTests", dependencies: ["Terminal"], swiftSettings: strict),
    .testTarget(name: "DataverseTests", dependencies: ["TestSupport", "Dataverse", "ODataURL"], swiftSettings: strict),
    .testTarget(
      name: "PolicyTests", dependencies: ["TestSupport", "Policy", "Dataverse", "ODataURL", "YAMLFile"],
      swiftSettings: strict),
    .testTarget(
      name: "CustomerInsightsTests",
      dependencies: ["TestSupport", "CustomerInsights", "Policy", "Dataverse", "ODataURL", "JSONStream", "YAMLFile"],
      swiftSettings: strict),
    .testTarget(
      name: "SandboxTests", dependencies: ["Sandbox", "Dataverse", "ODataURL", "SQLite"], swiftSettings: strict),
    .testTarget(
      name: "PlanningTests",
      dependencies: ["TestSupport", "Planning", "CustomerInsights", "Policy", "Dataverse", "ODataURL", "JSONStream"],
      swiftSettings: strict),
    .testTarget(
      name: "GatewayTests",
      dependencies: ["Gateway", "Planning", "CustomerInsights", "Identity", "Upstream", "YAMLFile", nioCore, nioHTTP1],
      swiftSettings: strict),
    .testTarget(name: "LintTests", dependencies: ["Lint", "Policy", "Planning", "Dataverse"], swiftSettings: strict),
    .testTarget(
      name: "PolicyToolsTests",
      dependencies: [
        "TestSupport", "PolicyTools", "Planning", "CustomerInsights", "YAMLFile", "ODataURL", "Policy", "Dataverse",
      ],
      swiftSettings: strict),
    .testTarget(
      name: "MigrationTests", dependencies: ["Migration", "PolicyTools", "Planning"], swiftSettings: strict),
    .testTarget(
      name: "ComparisonTests", dependencies: ["TestSupport", "Comparison", "JSONStream"], swiftSettings: strict),
    .testTarget(name: "SystemTests", dependencies: ["sluice"], exclude: ["Golden"], swiftSettings: strict),

    // System libraries.
    .systemLibrary(name: "CCurl", pkgConfig: "libcurl", providers: [.apt(["libcurl4-openssl-dev"])]),
    .systemLibrary(name: "CPCRE2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"])]),
    .systemLibrary(name: "CSQLite", pkgConfig: "sqlite3", providers: [.apt(["libsqlite3-dev"])]),
  ]
)

// Benchmarks: only where they are asked for (`Benchmarks/run.sh`), so that nobody else builds them.
if Context.environment["SLUICE_BENCHMARKS"] != nil {
  let sources = "Benchmarks/Sources/"
  let benchmarks: [String: [Target.Dependency]] = [
    "ParserBenchmark": ["ODataURL"],
    "JudgeBenchmark": ["Policy", "Dataverse", "ODataURL"],
    "RewriteBenchmark": ["Planning", "CustomerInsights", "Policy", "Dataverse", "JSONStream"],
    "PlanBenchmark": ["Planning", "CustomerInsights", "Policy", "Dataverse", "ODataURL"],
  ]
  package.targets.append(
    .target(name: "BenchmarkSupport", path: sources + "BenchmarkSupport", swiftSettings: strict))
  for (name, rooms) in benchmarks.sorted(by: { $0.key < $1.key }) {
    package.targets.append(
      .executableTarget(
        name: name, dependencies: ["BenchmarkSupport"] + rooms, path: sources + name, swiftSettings: strict))
  }
}
