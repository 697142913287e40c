import CustomerInsights
import ODataURL

extension QueryPlanner {
  /// Bytes of a link: it goes into a header field.
  static let longestSuccessor = 4096

  /// The Dataverse query that a client can send in place of a legacy one. It is printed from the plan as it was before the
  /// policy looked at it: what the client asked for, in other names. Row filters, claims and injected columns are not in
  /// it; they are put in again when it comes. Columns that the plan would read only to answer better are not in it either:
  /// the policy may hide them.
  ///
  /// A plan of several reads has the one that tells the rows; what stands inside them (`$expand`) has reads of its own. Of
  /// customers of a segment it is the vendor's own: the rows of the membership table.
  /// - Parameter plan: that the policy allows.
  /// - Returns: `nil` where no single query takes the place: for several segments, and lists that are split.
  func successor(of plan: LegacyPlan) -> String? {
    var query: RelativeURI
    switch plan.rows {
    case .query(let rows):
      query = rows
      if plan.result == .collection { query.options.top = plan.window.top }
    case .members(let members):
      guard members.rows.count == 1, let only = members.onlyQuery else { return nil }
      query = only
    case .lists: return nil
    }
    return successor(query.printed())
  }

  /// The same of a management read that is answered from rows; the first read, where it takes several.
  /// - Parameter read: that the policy allows.
  func successor(of read: ManagementRead) -> String? { successor(read.query.printed()) }

  /// The same of an operation that takes no row and was answered.
  /// - Parameter mapping: narrowed to what the caller may know.
  func successor(of call: LegacyCall, _ mapping: LegacyMapping) -> String? {
    ManagementSuccessor.query(of: call, mapping).flatMap { successor($0) }
  }

  /// - Parameter query: what stands behind the service root.
  /// - Returns: `nil` for what cannot stand in a header field.
  private func successor(_ query: String) -> String? {
    let url = successorOrigin + Route.serviceRoot + query
    let isField = url.utf8.allSatisfy { byte in
      byte > 0x20 && byte < 0x7F && byte != UInt8(ascii: "<") && byte != UInt8(ascii: ">")
    }
    return isField && url.utf8.count <= QueryPlanner.longestSuccessor ? url : nil
  }
}
