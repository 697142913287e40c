import Dataverse
import Foundation
import Testing

/// Documents that are not meant well, and sizes at the limit and one beyond.
@Suite struct CSDLHostileTests {
  private static func document(_ types: String, sets: String = "", head: String = "") -> [UInt8] {
    Array(
      """
      \(head)<edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx"><edmx:DataServices>\
      <Schema Namespace="N" xmlns="http://docs.oasis-open.org/odata/ns/edm">\(types)\
      <EntityContainer Name="C">\(sets)</EntityContainer></Schema></edmx:DataServices></edmx:Edmx>
      """.utf8)
  }

  private static func type(_ name: String, _ more: String = "", attributes: String = "") -> String {
    "<EntityType Name=\"\(name)\"\(attributes)><Key><PropertyRef Name=\"id\"/></Key>"
      + "<Property Name=\"id\" Type=\"Edm.Guid\"/>\(more)</EntityType>"
  }

  private static func set(_ name: String) -> String { "<EntitySet Name=\"\(name)s\" EntityType=\"N.\(name)\"/>" }

  private static let laughs =
    "<!DOCTYPE edmx:Edmx [<!ENTITY a \"ha\">"
    + zip("bcdefghij", "abcdefghi").map { "<!ENTITY \($0) \"\(String(repeating: "&\($1);", count: 10))\">" }.joined()
    + "]>"

  static let refused: [(String, [UInt8], CSDLReader.Failure)] = [
    ("nothing", [], .notCSDL), ("blank", Array("  \n".utf8), .notCSDL), ("JSON", Array("{}".utf8), .malformed(line: 1)),
    ("HTML", Array("<html><body/></html>".utf8), .notCSDL),
    (
      "OData 2", Array("<edmx:Edmx Version='1.0' xmlns:edmx='http://schemas.microsoft.com/ado/2007/06/edmx'/>".utf8),
      .notCSDL
    ),
    (
      "other version", Array("<e:Edmx Version='5.0' xmlns:e='http://docs.oasis-open.org/odata/ns/edmx'/>".utf8),
      .notCSDL
    ),
    ("no namespace", Array("<Edmx Version='4.0'/>".utf8), .notCSDL),
    ("billion laughs", document("<EntityType Name=\"&j;\"/>", head: laughs), .declaration),
    ("external", document("", head: "<!DOCTYPE a SYSTEM \"file:///etc/passwd\">"), .declaration),
    ("in the middle", document("<!ENTITY x \"y\">"), .declaration),
    ("lower case", document("", head: "<!doctype html>"), .declaration),
    ("unknown entity", document("<EntityType Name=\"&x;\"/>"), .malformed(line: 1)),
    ("UTF-16", Array("<?xml version=\"1.0\"?><a/>".utf16.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] }), .encoding),
    ("UTF-16 with a mark", [0xFF, 0xFE, 0x3C, 0], .encoding), ("EBCDIC", [0x4C, 0x6F, 0xA7, 0x94], .encoding),
    ("Latin 1", document("", head: "<?xml version='1.0' encoding='iso-8859-1'?>"), .encoding),
    ("UTF-7", document("", head: "<?xml version=\"1.0\" encoding = \"UTF-7\"?>"), .encoding),
    ("NUL", document("<a>\0</a>"), .encoding),
    ("not UTF-8", document("") + [0xC3, 0x28], .malformed(line: 1)),
    ("attribute twice", document("<EntityType Name=\"a\" Name=\"b\"/>"), .malformed(line: 1)),
    ("crossed", document("<EntityType Name=\"a\"><Key></EntityType></Key>"), .malformed(line: 1)),
    ("two roots", document("") + document(""), .malformed(line: 1)),
    ("deep", Array(String(repeating: "<a>", count: 100_000).utf8), .notCSDL),
    (
      "deep inside", document(String(repeating: "<a>", count: 100_000)),
      .tooMany("elements inside one another", limit: 32)
    ),
    ("long tag", document("<EntityType Name=\"\(String(repeating: "a", count: 70_000))\"/>"), .tooLarge(limit: 65_536)),
    ("long comment", document("<!-- \(String(repeating: "a", count: 70_000)) -->"), .tooLarge(limit: 65_536)),
  ]

  @Test(arguments: refused)
  func isRefused(name: String, bytes: [UInt8], failure: CSDLReader.Failure) {
    #expect(throws: failure) { try CSDLReader.read(bytes) }
    // Byte by byte, too: what is refused is not a matter of how it comes.
    #expect(throws: failure) {
      try CSDLReader.read {
        var rest = bytes[...]
        return { rest.popFirst().map { [$0] } }
      }
    }
  }

  @Test func badBytesInAnAttributeAreRefused() {
    var bytes = Self.document(Self.type("aXb"), sets: Self.set("aXb"))
    for (index, byte) in bytes.enumerated() where byte == UInt8(ascii: "X") { bytes[index] = 0xE9 }
    #expect(throws: CSDLReader.Failure.malformed(line: 1)) { try CSDLReader.read(bytes) }
  }

  @Test func namesThatCouldNotStandInAURLAreLeftOut() throws {
    let names = ["a,b", "a'b", "a b", "a/b", "a%20b", "ä", "a.b", "", String(repeating: "a", count: 129)]
    for name in names {
      let document = try CSDLReader.read(
        Self.document(
          Self.type(name)
            + Self.type(
              "t",
              "<Property Name=\"\(name)\" Type=\"Edm.String\"/><NavigationProperty Name=\"\(name)\" Type=\"N.t\"/>"
                + "<NavigationProperty Name=\"n\" Type=\"N.\(name)\"/>"),
          sets: Self.set("t") + "<EntitySet Name=\"\(name)\" EntityType=\"N.t\"/>"
            + "<EntitySet Name=\"x\" EntityType=\"N.\(name)\"/><FunctionImport Name=\"\(name)\"/>"))
      let table = try #require(document.schema.tables.first)
      #expect(document.schema.tables.count == 1, "\(name)")
      #expect(table.columns.map(\.logicalName) == ["id"], "\(name)")
      // `a.b` is `b` of another namespace, and a good name.
      #expect(table.navigations.map(\.target) == (name == "a.b" ? ["b"] : []), "\(name)")
      #expect(document.notes.count >= 3, "\(name)")
    }
  }

  @Test func duplicatesAreNotedAndTheFirstIsTaken() throws {
    let document = try CSDLReader.read(
      Self.document(
        Self.type("a", "<Property Name=\"x\" Type=\"Edm.String\"/><Property Name=\"x\" Type=\"Edm.Int32\"/>")
          + Self.type("a", "<Property Name=\"y\" Type=\"Edm.String\"/>"),
        sets: Self.set("a") + Self.set("a") + "<EntitySet Name=\"more\" EntityType=\"N.a\"/>"))
    #expect(document.schema.tables.map { $0.columns.map(\.logicalName) } == [["id", "x"]])
    #expect(document.schema.tables.first?.column("x")?.type == .text)
    #expect(
      document.notes == [
        "a is there twice; the first is taken.", "The entity set as is there twice.",
        "a has a second entity set, more; the first is taken.", "a has x twice.",
      ])
  }

  @Test func inheritanceThatLeadsNowhereEnds() throws {
    let document = try CSDLReader.read(
      Self.document(
        Self.type("a", attributes: " BaseType=\"N.b\"") + Self.type("b", attributes: " BaseType=\"N.a\"")
          + Self.type("c", attributes: " BaseType=\"N.gone\""), sets: Self.set("a") + Self.set("c")))
    #expect(document.schema.tables.map(\.logicalName) == ["a", "c"])
    #expect(document.notes.contains("a is its own base type."))
    #expect(document.notes.contains("gone, the base type of c, is not in the document."))
    let long = (0..<20).map { Self.type("t\($0)", attributes: " BaseType=\"N.t\($0 + 1)\"") }.joined()
    #expect(throws: CSDLReader.Failure.tooMany("levels of base types", limit: 12)) {
      try CSDLReader.read(Self.document(long, sets: Self.set("t0")), .tables(["t0"], neighbours: false))
    }
  }

  @Test func elementsOfOtherVocabulariesAreNotRead() throws {
    let document = try CSDLReader.read(
      Self.document(
        Self.type("a", "<x:Property xmlns:x=\"urn:x\" Name=\"no\" Type=\"Edm.String\"/>")
          + "<x:EntityType xmlns:x=\"urn:x\" Name=\"b\"><Property Name=\"no\" Type=\"Edm.String\"/></x:EntityType>"
          + "<EntityType Name=\"c\"><EntityType Name=\"d\"/><Key><PropertyRef Name=\"id\"/></Key></EntityType>",
        sets: Self.set("a") + Self.set("b") + Self.set("c") + Self.set("d")))
    #expect(document.schema.tables.map(\.logicalName) == ["a", "c"])
    #expect(document.schema.tables.first?.columns.map(\.logicalName) == ["id"])
  }

  // MARK: Limits

  /// A limit → documents with exactly as many, and one more.
  @Test func limitsHoldAtTheLastAndNotBeyond() throws {
    func properties(_ count: Int, _ element: String = "Property", _ type: String = "Edm.String") -> String {
      (0..<count).map { "<\(element) Name=\"p\($0)\" Type=\"\(type)\"/>" }.joined()
    }
    func types(_ count: Int) -> [UInt8] {
      let names = (0..<count).map { "t\($0)" }
      return Self.document(names.map { Self.type($0) }.joined(), sets: names.map { Self.set($0) }.joined())
    }
    func with(_ change: (inout CSDLReader.Limits) -> Void) -> CSDLReader.Limits {
      var limits = CSDLReader.Limits()
      change(&limits)
      return limits
    }
    func holds(_ limits: CSDLReader.Limits, _ last: [UInt8], _ beyond: [UInt8], _ failure: CSDLReader.Failure) throws {
      _ = try CSDLReader.read(last, limits: limits)
      #expect(throws: failure) { try CSDLReader.read(beyond, limits: limits) }
    }
    func one(_ count: Int) -> [UInt8] { Self.document(Self.type("a", properties(count)), sets: Self.set("a")) }
    func inherited(_ count: Int) -> [UInt8] {
      Self.document(
        Self.type("a", properties(count), attributes: " BaseType=\"N.b\"")
          + "<EntityType Name=\"b\"><Property Name=\"q\" Type=\"Edm.String\"/></EntityType>", sets: Self.set("a"))
    }
    func navigations(_ count: Int) -> [UInt8] {
      Self.document(Self.type("a", properties(count, "NavigationProperty", "N.a")), sets: Self.set("a"))
    }
    func functions(_ count: Int) -> [UInt8] {
      Self.document((0..<count).map { "<Function Name=\"f\($0)\"/>" }.joined())
    }
    try holds(with { $0.columns = 10 }, one(9), one(10), .tooMany("properties in a", limit: 10))
    try holds(with { $0.columns = 10 }, inherited(8), inherited(9), .tooMany("properties in a", limit: 10))
    try holds(with { $0.members = 10 }, one(9), one(10), .tooMany("properties", limit: 10))
    try holds(
      with { $0.navigations = 10 }, navigations(10), navigations(11), .tooMany("navigation properties in a", limit: 10))
    try holds(with { $0.tables = 10 }, types(10), types(11), .tooMany("tables", limit: 10))
    try holds(with { $0.names = 10 }, types(10), types(11), .tooMany("entity sets", limit: 10))
    try holds(with { $0.names = 10 }, functions(10), functions(11), .tooMany("functions", limit: 10))
    let size = one(1).count
    try holds(with { $0.bytes = size }, one(1), one(1) + [0x20], .tooLarge(limit: size))
    func padded(_ count: Int) -> [UInt8] { Self.document("<a>\(String(repeating: " ", count: count))</a>") }
    // `<a>` and blanks up to the next `<`.
    try holds(with { $0.markupBytes = 200 }, padded(197), padded(198), .tooLarge(limit: 200))
    func nested(_ count: Int) -> [UInt8] {
      Self.document(String(repeating: "<a>", count: count) + String(repeating: "</a>", count: count))
    }
    try holds(
      with { $0.depth = 10 }, nested(7), nested(8), .tooMany("elements inside one another", limit: 10))
  }

  @Test func notesAreLimitedToo() throws {
    let bad = (0..<1500).map { _ in "<Property Name=\"-\" Type=\"Edm.String\"/>" }.joined()
    let document = try CSDLReader.read(Self.document(Self.type("a", bad), sets: Self.set("a")))
    #expect(document.notes.count == 1001)
    #expect(document.notes.last == "And 500 more of the kind.")
  }

  @Test func aSourceThatFailsSaysWhy() {
    struct Broken: Error, CustomStringConvertible { var description: String { "The line went dead." } }
    #expect(throws: CSDLReader.Failure.unreadable("The line went dead.")) {
      try CSDLReader.read { { throw Broken() } }
    }
    #expect(throws: CSDLReader.Failure.unreadable("The line went dead.")) { try CSDLReader.read { throw Broken() } }
  }

  /// Thirty megabytes of tables that nobody asked for, with one in the middle that somebody did.
  @Test func aLargeDocumentIsNotKept() throws {
    let filler = Array(
      (0..<20).map { index in
        Self.type(
          "filler\(index)", (0..<40).map { "<Property Name=\"column\($0)\" Type=\"Edm.String\"/>" }.joined())
      }.joined().utf8)
    let ends = String(decoding: Self.document("|", sets: Self.set("wanted")), as: UTF8.self).split(separator: "|")
    let rounds = 30_000_000 / filler.count
    // Other tests of this process take memory meanwhile, now and then. A document that is kept takes several times its size
    // whenever it is read.
    var growth: [Int] = []
    while growth.count < 5, growth.last ?? .max >= 24 << 20 {
      try Memory.forget()
      let before = try Memory.peak()
      let document = try CSDLReader.read(.tables(["wanted"], neighbours: false)) {
        var round = -1
        return {
          round += 1
          switch round {
          case 0: return Array(ends[0].utf8)
          case rounds / 2: return Array(Self.type("wanted").utf8)
          case ...rounds: return filler
          case rounds + 1: return Array(ends[1].utf8)
          default: return nil
          }
        }
      }
      #expect(document.schema.tables.map(\.logicalName) == ["wanted"])
      #expect(document.notes == [])
      growth.append(try Memory.peak() - before)
    }
    #expect(growth.contains { $0 < 24 << 20 }, "bytes: \(growth)")
  }
}

/// What this process holds.
private enum Memory {
  /// Gives back what is free, and lets the highest be counted from now on (proc(5), `clear_refs`).
  static func forget() throws {
    // Glibc's module does not show it.
    typealias Trim = @convention(c) (Int) -> Int32
    let trim = try #require(dlsym(UnsafeMutableRawPointer(bitPattern: 0), "malloc_trim"))
    _ = unsafeBitCast(trim, to: Trim.self)(0)
    let file = try FileHandle(forWritingTo: URL(fileURLWithPath: "/proc/self/clear_refs"))
    try file.write(contentsOf: Data("5".utf8))
    try file.close()
  }

  /// Bytes at the highest since ``forget()``.
  static func peak() throws -> Int {
    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
    return try #require(Int(line.filter(\.isNumber))) * 1024
  }
}
