import SQLite

/// The open cache file: its tables, and the statements on them. Confined to the thread of its connection.
final class AnswerTable {
  /// "Sluc": how a cache file tells itself from other SQLite files.
  static let applicationID: Int64 = 0x536C_7563
  /// Version of the tables below. A change of them needs a new number; files of another number are not read.
  static let version: Int64 = 1

  enum Found {
    case answer(CachedAnswer)
    case nothing
    /// There was a row that did not match its checksum; it is deleted.
    case torn
  }

  let connection: Connection
  private let fileBytes: Int64
  private let pageSize: Int64
  private let statements: Statements

  /// Rows that one statement deletes at most, so that no write holds up the reads behind it for long.
  private static let deletedAtOnce = 64

  /// Makes the tables if there are none, and prepares what runs on them. Either all fits, or nothing is changed.
  init(_ connection: Connection, fileBytes: Int) throws(SQLiteError) {
    self.connection = connection
    self.fileBytes = Int64(fileBytes)
    statements = try connection.transaction { () throws(SQLiteError) in
      try connection.execute(
        """
        PRAGMA application_id = \(AnswerTable.applicationID);
        PRAGMA user_version = \(AnswerTable.version);
        CREATE TABLE IF NOT EXISTS answer(
          key BLOB PRIMARY KEY NOT NULL, stored_at INTEGER NOT NULL, time_to_live INTEGER NOT NULL,
          expires_at INTEGER NOT NULL, content_type TEXT NOT NULL, etag TEXT, checksum INTEGER NOT NULL,
          body BLOB NOT NULL
        ) WITHOUT ROWID;
        CREATE INDEX IF NOT EXISTS answer_by_expiry ON answer(expires_at);
        CREATE TABLE IF NOT EXISTS blob(
          name TEXT PRIMARY KEY NOT NULL, checksum INTEGER NOT NULL, value BLOB NOT NULL
        ) WITHOUT ROWID;
        """)
      return try Statements(connection)
    }
    pageSize = try connection.number("PRAGMA page_size")
  }

  private struct Statements {
    let select: Statement
    let insert: Statement
    let delete: Statement
    let deleteExpired: Statement
    let deleteOldest: Statement
    let selectBlob: Statement
    let insertBlob: Statement
    let countBlobs: Statement
    let pageCount: Statement
    let freeCount: Statement

    init(_ connection: Connection) throws(SQLiteError) {
      select = try connection.prepare(
        "SELECT stored_at, time_to_live, content_type, etag, checksum, body FROM answer WHERE key = ?1")
      insert = try connection.prepare(
        """
        INSERT OR REPLACE INTO answer(key, stored_at, time_to_live, expires_at, content_type, etag, checksum, body)
        VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
        """)
      delete = try connection.prepare("DELETE FROM answer WHERE key = ?1")
      deleteExpired = try connection.prepare(
        "DELETE FROM answer WHERE key IN (SELECT key FROM answer WHERE expires_at <= ?1 LIMIT ?2)")
      deleteOldest = try connection.prepare(
        "DELETE FROM answer WHERE key = (SELECT key FROM answer ORDER BY expires_at LIMIT 1)")
      selectBlob = try connection.prepare("SELECT checksum, value FROM blob WHERE name = ?1")
      insertBlob = try connection.prepare("INSERT OR REPLACE INTO blob(name, checksum, value) VALUES(?1, ?2, ?3)")
      countBlobs = try connection.prepare("SELECT count(*) FROM blob WHERE name <> ?1")
      pageCount = try connection.prepare("PRAGMA page_count")
      freeCount = try connection.prepare("PRAGMA freelist_count")
    }
  }

  // MARK: Answers

  func find(_ key: CacheKey) throws(SQLiteError) -> Found {
    let select = statements.select
    try select.bind([.blob(Array(key.text.utf8))])
    guard try select.step() else { return .nothing }
    let answer = CachedAnswer(
      status: 200, contentType: select.text(2), etag: select.isNull(3) ? nil : select.text(3), body: select.bytes(5),
      storedAt: select.integer(0), timeToLive: select.integer(1))
    let checksum = select.integer(4)
    select.reset()
    guard checksum == Int64(AnswerTable.checksum(of: answer, key: key)) else {
      try statements.delete.run([.blob(Array(key.text.utf8))])
      return .torn
    }
    return .answer(answer)
  }

  /// Writes answers in one transaction, which also removes what is over its time and what the limit leaves no room for.
  func write(_ answers: [(key: CacheKey, answer: CachedAnswer)], now: Int64) throws(SQLiteError) {
    try connection.transaction { () throws(SQLiteError) in
      try statements.deleteExpired.run([.integer(now), .integer(Int64(AnswerTable.deletedAtOnce))])
      for (key, answer) in answers {
        try statements.insert.run([
          .blob(Array(key.text.utf8)), .integer(answer.storedAt), .integer(answer.timeToLive),
          .integer(answer.freshness.expiresAt), .text(answer.contentType), answer.etag.map { .text($0) } ?? .null,
          .integer(Int64(AnswerTable.checksum(of: answer, key: key))), .blob(answer.body),
        ])
        try makeRoom()
      }
    }
  }

  /// Removes what is over its time, a part at a time. `false`: there may be more.
  func sweep(now: Int64) throws(SQLiteError) -> Bool {
    try statements.deleteExpired.run([.integer(now), .integer(Int64(AnswerTable.deletedAtOnce))])
    return connection.changes < AnswerTable.deletedAtOnce
  }

  /// Removes all answers, from the file and from its log.
  func removeAll() throws(SQLiteError) {
    try connection.execute("DELETE FROM answer; PRAGMA wal_checkpoint(TRUNCATE)")
  }

  /// Bytes of the pages in use.
  func usedBytes() throws(SQLiteError) -> Int64 {
    (try AnswerTable.number(statements.pageCount) - AnswerTable.number(statements.freeCount)) * pageSize
  }

  /// Gives up answers, those soonest stale first, until a little of the limit is free again: then the next writes need
  /// not do the same. Pages that get free are used again, so that the file stays within its limit.
  private func makeRoom() throws(SQLiteError) {
    guard try usedBytes() > fileBytes else { return }
    let target = fileBytes - fileBytes / 64
    repeat {
      try statements.deleteOldest.run()
      if connection.changes == 0 { return }
    } while try usedBytes() > target
  }

  private static func checksum(of answer: CachedAnswer, key: CacheKey) -> UInt32 {
    var sum = CRC32()
    sum.update(key.text)
    sum.update(answer.storedAt)
    sum.update(answer.timeToLive)
    sum.update(answer.contentType)
    sum.update(answer.etag == nil ? 0 : 1)
    sum.update(answer.etag ?? "")
    answer.body.withUnsafeBytes { sum.update($0) }
    return sum.value
  }

  // MARK: Named blobs

  /// `nil` when there is none, or it does not match its checksum.
  func blob(_ name: String) throws(SQLiteError) -> [UInt8]? {
    try statements.selectBlob.bind([.text(name)])
    guard try statements.selectBlob.step() else { return nil }
    let checksum = statements.selectBlob.integer(0)
    let bytes = statements.selectBlob.bytes(1)
    statements.selectBlob.reset()
    return checksum == Int64(AnswerTable.checksum(of: bytes, name: name)) ? bytes : nil
  }

  func setBlob(_ name: String, _ bytes: [UInt8]) throws(SQLiteError) {
    try statements.insertBlob.run([
      .text(name), .integer(Int64(AnswerTable.checksum(of: bytes, name: name))), .blob(bytes),
    ])
  }

  func blobCount(without name: String) throws(SQLiteError) -> Int64 {
    try statements.countBlobs.bind([.text(name)])
    return try AnswerTable.number(statements.countBlobs)
  }

  private static func checksum(of bytes: [UInt8], name: String) -> UInt32 {
    var sum = CRC32()
    sum.update(name)
    bytes.withUnsafeBytes { sum.update($0) }
    return sum.value
  }

  private static func number(_ statement: Statement) throws(SQLiteError) -> Int64 {
    defer { statement.reset() }
    return try statement.step() ? statement.integer(0) : 0
  }
}

extension Connection {
  /// The first column of the first row; 0 without a row.
  func number(_ sql: String) throws(SQLiteError) -> Int64 {
    let statement = try prepare(sql)
    return try statement.step() ? statement.integer(0) : 0
  }
}
