import TestSupport
import Glibc
import SQLite
import Testing

@testable import Cache

@Suite(.timeLimit(.minutes(5))) struct CacheFileTests {
  private let folder: TemporaryFolder
  private let clock = FakeClock()
  private let events = Log<CacheEvent>()

  init() throws { folder = try TemporaryFolder() }

  private func open(fileBytes: Int = 16 << 20) throws -> DiskTier {
    try DiskTier(
      path: folder.file("c.db"), fileBytes: fileBytes, clock: clock.read, report: { [events] in events.append($0) })
  }

  private func write(_ tier: DiskTier, _ names: [String], body: String = "body of ", ttl: Int64 = 60_000) async throws {
    for name in names {
      tier.write(CachedAnswer(body + name, at: clock.now, ttl: ttl), for: CacheKey(name), isCurrent: { true })
    }
    try await tier.flush()
  }

  private func found(_ tier: DiskTier, _ name: String) async -> String {
    switch await tier.find(CacheKey(name)) {
    case .fresh(let answer): String(decoding: answer.body, as: UTF8.self)
    case .stale: "stale"
    case .nothing: "nothing"
    }
  }

  @Test func answersSurviveAReopening() async throws {
    let answer = CachedAnswer(
      status: 200, contentType: "text/plain; charset=utf-8", etag: nil, body: [0, 255, 10], storedAt: clock.now,
      timeToLive: 5000)
    let first = try open()
    try await write(first, ["a", "b"])
    first.write(answer, for: CacheKey("c\0é"), isCurrent: { true })
    await first.close()
    #expect(folder.names == ["c.db"])
    #expect(folder.permissions("c.db") == 0o600)
    let second = try open()
    #expect(await found(second, "a") == "body of a")
    guard case .fresh(let same) = await second.find(CacheKey("c\0é")) else { throw TestFailure() }
    #expect(same == answer)
    #expect(await found(second, "d") == "nothing")
    clock.now += 5000
    #expect(await found(second, "c\0é") == "stale")
    #expect(await found(second, "a") == "body of a")
    await second.close()
    #expect(events.values.isEmpty)
  }

  @Test func whatWaitsToBeWrittenIsFound() async throws {
    let tier = try open()
    tier.write(CachedAnswer("early"), for: CacheKey("a"), isCurrent: { true })
    #expect(await found(tier, "a") == "early")
    tier.write(CachedAnswer("refused"), for: CacheKey("b"), isCurrent: { false })
    #expect(await found(tier, "b") == "nothing")
    await tier.close()
    #expect(await found(tier, "a") == "nothing")
    tier.write(CachedAnswer("late"), for: CacheKey("c"), isCurrent: { true })
    #expect(tier.droppedWrites == 1)
    #expect(await found(tier, "c") == "nothing")
  }

  @Test func filesThatOthersCanReadAreClosedToThem() async throws {
    let tier = try open()
    try await write(tier, ["a"])
    await tier.close()
    chmod(folder.file("c.db"), 0o644)
    let again = try open()
    #expect(folder.permissions("c.db") == 0o600)
    try await write(again, ["b"])
    #expect(folder.permissions("c.db-wal") == 0o600)
    await again.close()
  }

  @Test(arguments: ["missing/c.db", "folder", "/proc/none/c.db"]) func pathsThatCannotBeFilesAreRefused(name: String)
    throws
  {
    mkdir(folder.file("folder"), 0o700)
    defer { rmdir(folder.file("folder")) }
    let path = name.hasPrefix("/") ? name : folder.file(name)
    let error = #expect(throws: CacheError.self) {
      try TextCache(CacheConfiguration(file: path), clock)
    }
    guard case .unusableFile(let reason)? = error else { throw TestFailure() }
    #expect(
      reason.hasSuffix(name == "folder" ? "is not a regular file" : "cannot be written to: No such file or directory"))
  }

  private static let header = Array("SQLite format 3\0".utf8)

  @Test(arguments: [
    ([UInt8]("no database at all".utf8), "file is not a database"),
    ([UInt8](repeating: 0, count: 5000), "file is not a database"),
    (header, "file is not a database"),
    (header + [UInt8](repeating: 0xff, count: 4080), "file is not a database"),
  ])
  func whatIsNoDatabaseIsMovedAside(content: [UInt8], reason: String) async throws {
    try folder.write("c.db", content)
    let tier = try open()
    try await write(tier, ["a"])
    #expect(await found(tier, "a") == "body of a")
    await tier.close()
    #expect(try folder.read("c.db.corrupt-1") == content)
    guard case .movedAside(folder.file("c.db"), folder.file("c.db.corrupt-1"), let text)? = events.values.first,
      events.values.count == 1
    else { throw TestFailure() }
    #expect(text.contains(reason))
  }

  private static func ours(version: Int) -> String {
    "PRAGMA application_id = \(AnswerTable.applicationID); PRAGMA user_version = \(version); "
  }

  @Test func anEmptyFileIsAFreshOne() async throws {
    try folder.write("c.db", [])
    let tier = try open()
    try await write(tier, ["a"])
    await tier.close()
    #expect(events.values.isEmpty)
    #expect(folder.names == ["c.db"])
  }

  @Test(arguments: [
    ("CREATE TABLE mine(a)", "it is a database of another program"),
    (ours(version: 2) + "CREATE TABLE answer(a)", "it has version 2 and this program reads 1"),
    (ours(version: 0) + "CREATE TABLE answer(a)", "it has version 0 and this program reads 1"),
    (ours(version: 1) + "CREATE TABLE answer(a, expires_at)", "its tables are not those of a cache"),
    (ours(version: 1) + "CREATE VIEW answer AS SELECT 1 AS expires_at", "its tables are not those of a cache"),
  ])
  func foreignAndNewerDatabasesAreMovedAsideWhole(sql: String, reason: String) async throws {
    try Connection(path: folder.file("c.db")).execute(sql)
    let content = try folder.read("c.db")
    let tier = try open()
    try await write(tier, ["a"])
    #expect(await found(tier, "a") == "body of a")
    await tier.close()
    // All of it, but perhaps for the journal mode in the header.
    #expect(try folder.read("c.db.corrupt-1").dropFirst(100) == content.dropFirst(100))
    #expect(
      events.values == [
        .movedAside(file: folder.file("c.db"), to: folder.file("c.db.corrupt-1"), reason: reason)
      ])
  }

  @Test func filesMovedAsideAreLimitedInNumber() async throws {
    for number in 1...11 {
      try folder.write("c.db", Array("number \(number)".utf8))
      await (try open()).close()
    }
    #expect(folder.names == ["c.db"] + (1...9).map { "c.db.corrupt-\($0)" })
    #expect(try folder.read("c.db.corrupt-1") == Array("number 1".utf8))
    #expect(try folder.read("c.db.corrupt-9") == Array("number 11".utf8))
  }

  /// A file cut at any place is no crash, and never gives a wrong answer.
  @Test(arguments: [0.01, 0.2, 0.5, 0.77, 0.99]) func aFileCutShortIsReplacedOrStillSound(part: Double) async throws {
    let names = (0..<50).map { "key\($0)" }
    let body = String(repeating: "long ", count: 500)
    let tier = try open()
    try await write(tier, names, body: body)
    await tier.close()
    let whole = try folder.read("c.db")
    try folder.write("c.db", Array(whole.prefix(Int(Double(whole.count) * part))))
    let again = try open()
    for name in names { #expect(["nothing", body + name].contains(await found(again, name))) }
    try await write(again, ["new"])
    #expect(await found(again, "new") == "body of new")
    await again.close()
    // A cut inside the last page may hit only what no row uses.
    if part < 0.9 { #expect(events.values.count == 1) }
  }

  /// Bytes changed at random places: never a crash, never a wrong answer, and the tier goes on.
  @Test(arguments: 0..<60 as Range<UInt64>) func damageAnywhereIsAMiss(seed: UInt64) async throws {
    var random = SeededGenerator(seed: seed)
    let names = (0..<40).map { "key\($0)" }
    let tier = try open()
    try await write(tier, names, body: String(repeating: "body ", count: 300))
    try await tier.withState { try $0.table?.setBlob("schema", Array("columns".utf8)) }
    await tier.close()
    var content = try folder.read("c.db")
    for _ in 0..<Int.random(in: 1...40, using: &random) {
      content[Int.random(in: 0..<content.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
    }
    try folder.write("c.db", content)
    let again = try open()
    for name in names {
      let text = await found(again, name)
      #expect(["nothing", "stale", String(repeating: "body ", count: 300) + name].contains(text))
    }
    let blob = try? await again.blob("schema")
    #expect(blob == nil || blob == .some(nil) || blob == .some(Array("columns".utf8)))
    try await write(again, ["new"])
    // Damage can show only now; then the file is replaced and the next write goes through.
    if await found(again, "new") != "body of new" { try await write(again, ["new"]) }
    #expect(await found(again, "new") == "body of new")
    await again.close()
  }

  /// Overwrites everything but the first page, behind the tier's back, and reads what was in it.
  private func damage(_ tier: DiskTier) async throws {
    let names = (0..<200).map { "key\($0)" }
    try await write(tier, names, body: String(repeating: "body ", count: 300))
    // Out of the log, into the file; and out of SQLite's own memory.
    try await tier.withState {
      try $0.table?.connection.execute("PRAGMA wal_checkpoint(TRUNCATE); PRAGMA shrink_memory")
    }
    let size = try folder.read("c.db").count
    let descriptor = Glibc.open(folder.file("c.db"), O_WRONLY)
    #expect(pwrite(descriptor, [UInt8](repeating: 0xee, count: size - 4096), size - 4096, 4096) == size - 4096)
    close(descriptor)
    for name in names { _ = await found(tier, name) }
  }

  @Test func damageFoundWhileRunningReplacesTheFileAFewTimes() async throws {
    let tier = try open()
    for number in 1...DiskState.mostReplacements {
      try await damage(tier)
      guard case .movedAside(_, folder.file("c.db.corrupt-\(number)"), _)? = events.values.last else {
        throw TestFailure(number: number)
      }
      try await write(tier, ["new"])
      #expect(await found(tier, "new") == "body of new")
    }
    try await damage(tier)
    guard case .turnedOff(let reason)? = events.values.last else { throw TestFailure() }
    #expect(reason.hasPrefix("replaced 3 times, and now "))
    #expect(await found(tier, "new") == "nothing")
    await tier.close()
  }

  @Test func aTornRowIsAMissAndGone() async throws {
    let tier = try open()
    try await write(tier, ["a", "b"])
    let key = Array(CacheKey("a").text.utf8)
    try await tier.withState { state in
      try state.table?.connection.prepare("UPDATE answer SET body = x'00' WHERE key = ?1").run([.blob(key)])
    }
    #expect(await found(tier, "a") == "nothing")
    #expect(await found(tier, "a") == "nothing")
    #expect(await found(tier, "b") == "body of b")
    #expect(events.values == [.tornRow])
    await tier.close()
  }

  @Test func aFullDiskTurnsTheTierOff() async throws {
    let tier = try open()
    try await write(tier, ["a"])
    try await tier.withState { try $0.table?.connection.execute("PRAGMA max_page_count = 1") }
    try await write(tier, (0..<20).map { "b\($0)" }, body: String(repeating: "x", count: 5000))
    #expect(tier.droppedWrites == 20)
    #expect(await found(tier, "a") == "nothing")
    try await write(tier, ["c"])
    #expect(await found(tier, "c") == "nothing")
    await #expect(throws: CacheError.fileOff) { try await tier.setBlob("n", []) }
    #expect(events.values.count == 2)
    guard case .turnedOff(let reason)? = events.values.first else { throw TestFailure() }
    #expect(reason.contains("full"))
    #expect(events.values.last.map { if case .writesDropped(20, _) = $0 { true } else { false } } == true)
    await tier.close()
  }

  /// What a kill at any moment leaves behind: file and log as they are on disk while writes go on.
  @Test func copiesMadeWhileWritingOpenSoundly() async throws {
    let tier = try open()
    let written = Log<Int>()
    let writer = Task {
      var number = 0
      while !Task.isCancelled {
        try await write(tier, (number..<number + 20).map { "key\($0)" }, body: String(repeating: "x", count: 700))
        number += 20
        written.append(number)
      }
    }
    for round in 1...8 {
      try await until { written.values.count >= round * 2 }
      // Log first: what a checkpoint moves meanwhile is then in both, never in neither.
      let log = try folder.read("c.db-wal")
      let base = try folder.read("c.db")
      let copy = try TemporaryFolder()
      try copy.write("c.db", base)
      try copy.write("c.db-wal", Array(log.prefix(log.count - round * 100)))
      let reopened = try DiskTier(
        path: copy.file("c.db"), fileBytes: 16 << 20, clock: clock.read, report: { [events] in events.append($0) })
      // As many looks each time, however far the writer has come: it does not wait for them.
      let count = written.values.last ?? 0
      for number in stride(from: 0, to: count, by: max(7, count / 100)) {
        let text = await found(reopened, "key\(number)")
        #expect(text == "nothing" || text == String(repeating: "x", count: 700) + "key\(number)")
      }
      try await write(reopened, ["new"])
      #expect(await found(reopened, "new") == "body of new")
      await reopened.close()
    }
    writer.cancel()
    try await writer.value
    await tier.close()
    #expect(events.values.isEmpty)
  }

  @Test func theFileStaysWithinItsLimit() async throws {
    let limit = 1 << 20
    let tier = try open(fileBytes: limit)
    for round in 0..<20 {
      // Later answers live longer, so the earlier ones go first.
      try await write(
        tier, (0..<50).map { "r\(round)k\($0)" }, body: String(repeating: "x", count: 4000),
        ttl: 60_000 + Int64(round))
      let used = try await tier.withState { try $0.table?.usedBytes() ?? 0 }
      #expect(used <= Int64(limit))
    }
    #expect(await found(tier, "r0k0") == "nothing")
    #expect(await found(tier, "r19k49").hasSuffix("r19k49"))
    let rows = try await tier.withState { try $0.table?.connection.number("SELECT count(*) FROM answer") ?? 0 }
    // 4 kB rows take about 5 kB with their overflow pages.
    #expect(rows > 120)
    await tier.close()
    #expect(try folder.read("c.db").count <= limit + 32 * 4096)
  }

  @Test func answersOverAQuarterOfTheFileAreNotKept() async throws {
    let tier = try open(fileBytes: 1 << 20)
    for (name, extra) in [("fits", 0), ("over", 1)] {
      let key = CacheKey(name)
      let rest = CachedAnswer("").byteCount + key.text.utf8.count
      let answer = CachedAnswer(String(repeating: "x", count: (1 << 18) - rest + extra))
      tier.write(answer, for: key, isCurrent: { true })
    }
    try await tier.flush()
    #expect(await found(tier, "fits") != "nothing")
    #expect(await found(tier, "over") == "nothing")
    await tier.close()
  }

  @Test func whatIsOverItsTimeLeavesTheDisk() async throws {
    let tier = try open()
    try await write(tier, (0..<200).map { "old\($0)" }, ttl: 1000)
    try await write(tier, ["young"], ttl: 10_000)
    clock.now += 1000
    await tier.close()
    // The start sweeps.
    let again = try open()
    let rows = try await again.withState { try $0.table?.connection.number("SELECT count(*) FROM answer") ?? 0 }
    #expect(rows == 1)
    #expect(await found(again, "young") == "body of young")
    await again.close()
  }

  @Test func twoProcessesMayShareAFile() async throws {
    let (first, second) = (try open(), try open())
    try await write(first, ["a"])
    #expect(await found(second, "a") == "body of a")
    try await write(second, ["b"])
    #expect(await found(first, "b") == "body of b")
    await first.close()
    await second.close()
    #expect(events.values.isEmpty)
  }
}
