import Dataverse
package import ODataURL

/// A management read that is answered from rows of Dataverse.
package struct ManagementRead: Sendable {
  /// What becomes of the rows.
  enum Answer: Sendable {
    case keyring(KeyringMapping)
    case entitySize(name: String, pageSize: Int)
    /// - Parameter limit: names that are listed at most.
    case segments(SegmentMapping, limit: Int)
  }

  let answer: Answer
  let words: ManagementWords
  /// In lower case.
  let instanceID: String
  /// What is read, as it is to be judged.
  package private(set) var query: RelativeURI
  /// Rows of a page to ask for; `nil` where the query has a `$top`.
  package let pageSize: Int?
  /// Tells answers apart that are made of the same query.
  package var identity: String {
    let kind =
      switch answer {
      case .keyring: "keyring"
      case .entitySize(let name, _): "entitysize|\(name)"
      case .segments(_, let limit): "segments|\(limit)"
      }
    return "\(kind)|\(instanceID)|\(words.front.rawValue)"
  }

  private init(_ answer: Answer, _ call: LegacyCall, query: RelativeURI, pageSize: Int? = nil) {
    self.answer = answer
    self.query = query
    self.pageSize = pageSize
    words = ManagementWords(front: call.front)
    instanceID = call.instanceID?.lowercased() ?? ""
  }

  /// The read behind an operation.
  /// - Parameters:
  ///   - call: of ``LegacyOperation/Answer/keyring``, `entitySize` or `segments`.
  ///   - mapping: narrowed to what the caller may know, where a refusal must not tell more.
  /// - Returns: `nil` for an operation that is answered without rows.
  /// - Throws: why it cannot be answered.
  package static func read(_ call: LegacyCall, _ mapping: LegacyMapping) throws(LegacyError) -> ManagementRead? {
    switch call.answer {
    case .keyring: try keyring(call, mapping)
    case .entitySize: try entitySize(call, mapping)
    case .segments: try segments(call, mapping)
    case .instances, .instance, .entities, .entity, .searchConfiguration, .dataService, .dataModel, .role,
      .storeState, .absent, .write:
      nil
    }
  }

  // MARK: Operations

  private static func keyring(_ call: LegacyCall, _ mapping: LegacyMapping) throws(LegacyError) -> ManagementRead {
    guard let keyring = mapping.keyring else {
      throw LegacyError(
        status: 501, errorCode: "notSupported", message: "Key rings are not served here.",
        remedy: "The gateway's mapping has to name the table of alternate keys under `keyring`.", style: .apiErrorResult
      )
    }
    var tests: [Expression] = []
    let wanted = [("dataSourceName", keyring.dataSource), ("entityName", keyring.entity), ("key", keyring.key)]
    for (name, column) in wanted {
      guard let value = call.parameters[name.lowercased()], !value.isEmpty else {
        throw LegacyError(
          status: 400, errorCode: "parameterMissing", message: "The parameter `\(name)` is missing.",
          remedy: "Send dataSourceName, entityName and key.", target: name, style: .apiErrorResult)
      }
      if let test = LegacyFilter.anyOf(column, [.string(value)]) { tests.append(test) }
    }
    var query = RelativeURI(path: [PathSegment(.name(keyring.table.entitySetName, keys: nil))])
    query.options.select = Spanned([SelectItem([keyring.customer]), SelectItem([keyring.ring])])
    query.options.filter = LegacyFilter.all(tests).map { Spanned($0) }
    // One row is looked for; a second one tells that the key is not unique.
    query.options.top = Spanned(2)
    return ManagementRead(.keyring(keyring), call, query: query)
  }

  /// The number of rows is what Dataverse counts beside one row, of which one column is read.
  private static func entitySize(_ call: LegacyCall, _ mapping: LegacyMapping) throws(LegacyError) -> ManagementRead {
    let name = call.arguments.first ?? ""
    guard let entity = mapping.entity(name) else {
      guard mapping.segments?.name(name) == nil else {
        throw LegacyError(
          status: 501, errorCode: "notSupported",
          message: "Dataverse cannot count the members of a segment.",
          remedy: "Read them under /data and count the rows of the pages.", style: .apiErrorResult)
      }
      throw LegacyError(
        status: 404, errorCode: "entityNotFound", message: "No entity of this name is served.",
        remedy: "…/manage/entities lists those that are.", style: .apiErrorResult)
    }
    var query = RelativeURI(path: [PathSegment(.name(entity.table.entitySetName, keys: nil))])
    query.options.filter = LegacyFilter.all(entity.tests).map { Spanned($0) }
    query.options.count = Spanned(true)
    query.options.top = Spanned(1)
    query.options.select = entity.key.map { Spanned([SelectItem([$0])]) }
    return ManagementRead(
      .entitySize(name: entity.name, pageSize: entity.table.pageSize), call, query: query)
  }

  /// The same without the one column, for policies that do not let it be read; `nil` where it names none.
  package var withAnyColumns: ManagementRead? {
    guard case .entitySize = answer, query.options.select != nil else { return nil }
    var copy = self
    copy.query.options.select = nil
    return copy
  }

  /// The same with one column, of a read that names none.
  package func selecting(_ column: SelectItem) -> ManagementRead {
    var copy = self
    copy.query.options.select = Spanned([column])
    return copy
  }

  /// The rows themselves, page by page, where Dataverse does not count them.
  var pages: RelativeURI {
    var pages = query
    pages.options.count = nil
    pages.options.top = nil
    return pages
  }

  /// The names that stand in the membership table: those of active segments with members.
  private static func segments(_ call: LegacyCall, _ mapping: LegacyMapping) throws(LegacyError) -> ManagementRead {
    guard mapping.privateMetadata, let segments = mapping.segments else {
      throw LegacyError(
        status: 501, errorCode: "notSupported",
        message: "Definitions of segments stay inside Customer Insights; Dataverse has their members alone.",
        remedy:
          "Read members under /data/Customer with IsMemberOfSegment. The gateway's mapping can allow a list of names "
          + "(`privateMetadata`), which reads the whole table of members. See \(LegacyError.vendorPage)",
        style: .apiErrorResult)
    }
    var query = RelativeURI(path: [PathSegment(.name(segments.table.entitySetName, keys: nil))])
    query.options.select = Spanned([SelectItem([segments.list])])
    let limit = try count(call, "numberOfSegments")
    return ManagementRead(.segments(segments, limit: limit), call, query: query, pageSize: LegacyRead.wholePage)
  }

  /// How many things a parameter asks for; all of them without it, and where clients send it with nothing behind the sign.
  private static func count(_ call: LegacyCall, _ name: String) throws(LegacyError) -> Int {
    guard let text = call.parameters[name.lowercased()], !text.isEmpty else { return .max }
    let isNumber = text.utf8.allSatisfy { (0x30...0x39).contains($0) }
    guard isNumber, let count = Int(text), count > 0 else {
      throw LegacyError(
        status: 400, errorCode: "parameterInvalid", message: "The parameter `\(name)` is no number from 1 on.",
        remedy: "Send a whole number, or leave it out to get all.", target: name, style: .apiErrorResult)
    }
    return count
  }
}
