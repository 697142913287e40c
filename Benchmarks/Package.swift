// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nothing of it reaches a user of Sluice. JudgeBenchmark is not of it: what it measures only
// Sluice's own package can see, whose manifest has it where SLUICE_BENCHMARKS is set.
let package = Package(
  name: "Benchmarks",
  dependencies: [.package(name: "sluice", path: "..")],
  targets: [
    .executableTarget(
      name: "ParserBenchmark",
      dependencies: [.product(name: "ODataURL", package: "sluice")],
      swiftSettings: [.swiftLanguageMode(.v6)])
  ]
)
