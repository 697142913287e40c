import JSONStream

/// Runs a management read and makes its answer: UTF-8 JSON without an envelope.
package struct ManagementRun: Sendable {
  private let read: ManagementRead
  private let source: LegacyReads

  /// - Parameters:
  ///   - limits: what it may cost; only the list of segments takes more than one read.
  ///   - clock: what the time limit goes by, which begins now.
  ///   - reader: sends one read and reads its answer.
  package init(
    _ read: ManagementRead, limits: LegacyPlanLimits,
    clock: @escaping @Sendable () -> ContinuousClock.Instant = { .now }, reader: @escaping LegacyRun.Reader
  ) {
    self.read = read
    source = LegacyReads(limits: limits, clock: clock, read: reader)
  }

  /// - Throws: `LegacyError` for what the caller must be told; what the reader throws.
  package func body() async throws -> [UInt8] {
    switch read.answer {
    case .keyring(let mapping):
      try keyring(await source.page(LegacyRead(query: read.query)), mapping)
    case .entitySize(let name, let pageSize):
      size(try await count(of: name, pageSize: pageSize), name)
    case .segments(let mapping, let limit): segments(try await source.all(read.query), mapping, limit)
    }
  }

  /// `KeyRingResponse`
  private func keyring(_ page: RowPage, _ mapping: KeyringMapping) throws(LegacyError) -> [UInt8] {
    let customers = page.rows.compactMap { $0.string(mapping.customer) }
    guard let row = page.rows.first, let customer = customers.first else {
      throw LegacyError(
        status: 404, errorCode: "keyNotFound", message: "No customer has this key.", style: .apiErrorResult)
    }
    guard Set(customers.map { FoldedText($0) }).count == 1 else {
      throw LegacyError(
        status: 501, errorCode: "keyNotUnique",
        message: "Dataverse compares keys without case, and more than one customer has this one.",
        remedy: "Read the customer under /data/Customer by the column of the source's key.", style: .apiErrorResult)
    }
    var out = JSONWriter()
    out.beginObject()
    out.member("instanceId", read.instanceID)
    out.name("customerId")
    let id = JSONText.encode(customer)
    out.raw(id.withUnsafeBufferPointer { mapping.customerForm.shown($0) } ?? id)
    out.name("keyRing")
    if let ring = row[mapping.ring] {
      out.raw(JSONDocumentText.document(inStringToken: ring) ?? ring)
    } else {
      out.null()
    }
    out.endObject()
    return out.take()
  }

  /// The number of rows. Dataverse counts to 5,000, and some tables no further than a page of theirs has rows: at such a
  /// number, the rows are counted page by page, within the limits of a plan.
  private func count(of name: String, pageSize: Int) async throws -> Int {
    let page = try await source.page(LegacyRead(query: read.query))
    guard let digits = page.count, let count = Int(String(decoding: digits, as: UTF8.self)) else {
      throw LegacyError(
        status: 502, errorCode: "upstream.shape",
        message: "The organization's answer was not in the expected form.", style: .apiErrorResult)
    }
    guard count == pageSize || count >= ManagementRun.countLimit else { return count }
    let tooMany = ManagementRun.uncounted(
      name, count, "all rows are more than one request may read",
      "Read the rows under /data and count those of the pages.")
    guard count < ManagementRun.countLimit else { throw tooMany }
    do {
      return try await source.count(read.pages)
    } catch let error as LegacyError where error.errorCode == LegacyError.planTooLargeCode {
      throw tooMany
    } catch is any RefusedRead {
      // Of pages the client wrote nothing: in what words they are refused would mean nothing to it.
      throw ManagementRun.uncounted(
        name, count, "the policy does not let the pages behind be read",
        "Whoever runs this gateway can allow it with `$skiptoken` among the `options` of the table.")
    }
  }

  private static func uncounted(_ name: String, _ count: Int, _ why: String, _ remedy: String) -> LegacyError {
    LegacyError(
      status: 501, errorCode: "countLimit",
      message:
        "\(name) has more rows than are counted here: Dataverse says \(count), where it counts no further, and \(why).",
      remedy: remedy, style: .apiErrorResult)
  }

  /// `EntitySize`; how many bytes the rows take is not known.
  private func size(_ count: Int, _ name: String) -> [UInt8] {
    var out = JSONWriter()
    out.beginObject()
    out.member("qualifiedEntityName", name)
    out.nulls(["size"])
    out.name("rowCount")
    out.integer(count)
    out.endObject()
    return out.take()
  }

  /// Where `$count=true` of Dataverse ends.
  package static let countLimit = 5000

  /// An array of `SegmentMetadata`, in the order of the names: the first of them, where a number was asked for.
  private func segments(_ rows: [DataverseRow], _ mapping: SegmentMapping, _ limit: Int) -> [UInt8] {
    // By their bytes, as they are compared where members of a segment are looked for.
    var names: Set<[UInt8]> = []
    for row in rows {
      guard let token = row[mapping.list] else { continue }
      names.formUnion(SegmentList.names(token, member: mapping.member).map { Array($0.utf8) })
    }
    var out = JSONWriter()
    out.beginArray()
    for name in names.sorted(by: { $0.lexicographicallyPrecedes($1) }).prefix(limit) {
      let name = String(decoding: name, as: UTF8.self)
      out.beginObject()
      out.member("name", name)
      out.member("friendlyName", name)
      out.member("state", read.words.word("active"))
      out.nulls(["description", "segmentQueryExpression", "evaluationStatus"])
      out.member("instanceId", read.instanceID)
      out.endObject()
    }
    out.endArray()
    return out.take()
  }
}

/// A JSON document that lies as text in a string.
private enum JSONDocumentText {
  /// The document as it stands in the text; `nil` when the string holds something else.
  static func document(inStringToken token: [UInt8]) -> [UInt8]? {
    var copy = Copy()
    return JSONObjectText.read(token, into: &copy) ? copy.writer.take() : nil
  }

  private struct Copy: JSONEventHandler {
    var writer = JSONWriter()

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      writer.write(event, text)
    }
  }
}
