// swift-tools-version: 6.1
import PackageDescription

// A package of its own, so that nothing of it reaches a user of Sluice.
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
