import JSONStream

/// How rows of a Dataverse answer become legacy rows.
package struct LegacyShape: Sendable {
  /// The legacy entity.
  package var entity: String
  /// Property name → legacy name; what is not here is dropped.
  package var columns: [String: String]
  /// The column whose JSON object becomes members of the row.
  package var unfold: String?
  /// Which of its members to show, as they were asked for; all when `nil`. No two are the same but for case.
  package var unfoldMembers: [String]?
  /// The properties that hold points in time: an offset that the service may write there becomes UTC. All other values
  /// stay as they are, digit for digit; of the members of a JSON column nobody knows which are times.
  package var times: Set<String>
  /// The properties that hold ids of customers, which are shown as 32 hexadecimal digits: without the dashes of a GUID.
  package var ids: Set<String>
  /// Whether the answer shows how many rows there are. What was not asked for is not shown.
  package var hasCount = false
  /// Whether it can do without that number: a page behind the first one, whose number the client has. Dataverse need not
  /// give it again.
  package var mayLackCount = false

  /// Tells shapes of one Dataverse query apart: the query says which columns are read, and so which are shown, but not
  /// which members of a JSON column are.
  package var identity: String { "\(entity)|\(unfoldMembers?.joined(separator: ",") ?? "*")" }

  /// A shape without a number of rows. Names of columns are those of the schema; nothing is checked.
  package init(
    entity: String, columns: [String: String], unfold: String? = nil, unfoldMembers: [String]? = nil,
    times: Set<String> = [], ids: Set<String> = []
  ) {
    self.entity = entity
    self.columns = columns
    self.unfold = unfold
    self.unfoldMembers = unfoldMembers
    self.times = times
    self.ids = ids
  }

  /// Whether rows of one are written as rows of the other.
  package func writesRows(like other: LegacyShape) -> Bool {
    columns == other.columns && unfold == other.unfold && unfoldMembers == other.unfoldMembers && times == other.times
      && ids == other.ids
  }

  /// Whether a member of a JSON column would be read as one of the answer's annotations (OData JSON 4.01, section 4.5).
  static func isAnnotation(_ name: String) -> Bool { name.utf8.contains(UInt8(ascii: "@")) }

  /// In which form the values of a property are shown.
  func form(of property: String) -> ShownForm {
    times.contains(property) ? .time : ids.contains(property) ? .id : .plain
  }
}

/// The form in which rows show the values of a column.
enum ShownForm: Sendable {
  /// As it is.
  case plain
  /// A point in time, in UTC.
  case time
  /// The id of a customer.
  case id

  /// - Parameter token: a JSON token.
  /// - Returns: `nil` for what is shown as it is.
  @inline(__always)
  func shown(_ token: UnsafeBufferPointer<UInt8>) -> [UInt8]? {
    switch self {
    case .plain: nil
    case .time: Timestamp.utc(ofToken: token)
    case .id: CustomerID.digits(ofToken: token)
    }
  }
}
