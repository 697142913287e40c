import Foundation
import Testing

/// Reads the manifest and the imports, and holds the edges between rooms one-way.
@Suite struct RoomEdgesTests {
  /// The house from top to bottom: a room may import rooms of later lines only.
  static let floors: [[String]] = [
    ["sluice"],
    ["Migration"],
    ["PolicyTools"],
    ["Lint", "Gateway", "Comparison"],
    ["Sandbox", "Planning"],
    ["CustomerInsights"],
    ["Policy"],
    ["Dataverse"],
    ["Cache", "Upstream", "Identity", "JSONStream", "YAMLFile"],
    ["SQLite", "Terminal"],
    ["ODataURL"],
    ["CCurl", "CPCRE2", "CSQLite"],
  ]

  /// What only one room may import.
  static let keepers: [String: Set<String>] = [
    "Yams": ["YAMLFile"],
    "CCurl": ["Upstream"],
    "CPCRE2": ["Policy"],
    "CSQLite": ["SQLite"],
    "ArgumentParser": ["sluice"],
    "FoundationXML": ["Dataverse"],
    "NIOSSL": [],
  ]

  static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  static func floor(of room: String) -> Int? { floors.firstIndex { $0.contains(room) } }

  /// Room → what its files import.
  static func imports() throws -> [String: Set<String>] {
    var found: [String: Set<String>] = [:]
    let sources = root.appendingPathComponent("Sources")
    let pattern =
      /^(?:public |package |internal |private |fileprivate |@[A-Za-z_()]+ )*import (?:struct |class |enum |func )?([A-Za-z0-9_]+)/
    for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil) ?? .init()
    where file.pathExtension == "swift" {
      let room = file.path.dropFirst(sources.path.count + 1).prefix { $0 != "/" }
      let text = try String(contentsOf: file, encoding: .utf8)
      found[String(room), default: []].formUnion([])  // A room without imports is one, too.
      for line in text.split(separator: "\n") {
        if let match = line.firstMatch(of: pattern) { found[String(room), default: []].insert(String(match.1)) }
      }
    }
    return found
  }

  @Test func everyRoomOfTheHouseHasFiles() throws {
    let rooms = try Self.imports().keys
    for room in Self.floors.flatMap({ $0 }) where !room.hasPrefix("C") || room == "Cache" || room == "CustomerInsights"
    {
      #expect(rooms.contains(room), "\(room) has no source file")
    }
  }

  @Test func importsRunDownwards() throws {
    for (room, imported) in try Self.imports() {
      let own = try #require(Self.floor(of: room), "\(room) stands on no floor; add it to the list and to the docs")
      for name in imported {
        guard let other = Self.floor(of: name) else { continue }
        #expect(other > own, "\(room) imports \(name), which is not below it")
      }
    }
  }

  @Test func theManifestNamesNoEdgeThatRunsUp() throws {
    let manifest = try String(contentsOf: Self.root.appendingPathComponent("Package.swift"), encoding: .utf8)
    var room: String?
    var edges = 0
    for line in manifest.split(separator: "\n") {
      if let match = line.firstMatch(of: /name: "([A-Za-z0-9]+)"/), !line.contains("package:") {
        let name = String(match.1)
        room = Self.floor(of: name) == nil ? nil : name
      }
      // Benchmarks are above all rooms, as tests are.
      if line.contains("testTarget") || line.contains("SLUICE_BENCHMARKS") { room = nil }
      guard let room, let own = Self.floor(of: room) else { continue }
      for match in line.matches(of: /"([A-Za-z0-9]+)"/) where String(match.1) != room {
        guard let other = Self.floor(of: String(match.1)), !line.contains("package:") else { continue }
        edges += 1
        #expect(other > own, "Package.swift lets \(room) depend on \(match.1)")
      }
    }
    #expect(edges > 20, "the manifest was not understood: only \(edges) edges found")
  }

  @Test(arguments: keepers.keys.sorted())
  func librariesStayWithTheirKeeper(library: String) throws {
    let users = try Self.imports().filter { $0.value.contains(library) }.map(\.key)
    #expect(Set(users).isSubset(of: Self.keepers[library] ?? []), "\(library) is imported by \(users)")
  }

  @Test(arguments: ["ODataURL", "JSONStream", "Terminal"])
  func roomsThatStandAloneImportNothing(room: String) throws {
    let imported = try Self.imports()[room] ?? []
    #expect(imported.isEmpty, "\(room) imports \(imported)")
  }
}
