/// Where the next page of a plan begins. Goes out sealed, as `$skiptoken`.
package struct LegacyCursor: Sendable, Hashable {
  /// A row among what a plan reads.
  package struct Place: Sendable, Hashable {
    /// Which query of ``LegacyRows/lists(_:)``, or of ``LegacyMembers/queries``; 0 for others.
    package var list: Int
    /// The service's own token of the page that holds the row; `nil` for the first page.
    package var skiptoken: String?
    /// Rows of that page in front of it.
    package var offset: Int

    /// The first row of all, unless told otherwise. Numbers count from 0 and are not negative.
    package init(list: Int = 0, skiptoken: String? = nil, offset: Int = 0) {
      self.list = list
      self.skiptoken = skiptoken
      self.offset = offset
    }
  }

  /// The first row of the next page.
  package var place: Place
  /// Whether the page before could not hold the rows of a whole page together with what is expanded in them: the next one
  /// begins with few.
  package var isCareful: Bool

  /// A cursor at a row; with few rows to begin with where `isCareful`.
  package init(place: Place, isCareful: Bool = false) {
    self.place = place
    self.isCareful = isCareful
  }

  /// `list.offset.skiptoken`, the last of which may be empty; ``LegacyCursor/isCareful`` is a mark in front.
  package var text: String {
    "\(isCareful ? LegacyCursor.mark : "")\(place.list).\(place.offset).\(place.skiptoken ?? "")"
  }

  private static let mark = "~"

  /// - Returns: `nil` for text that ``text`` did not make.
  package init?(text: String) {
    let isCareful = text.hasPrefix(LegacyCursor.mark)
    let parts = text.dropFirst(isCareful ? LegacyCursor.mark.count : 0).split(
      separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let list = Int(parts[0]), let offset = Int(parts[1]), list >= 0, offset >= 0 else {
      return nil
    }
    self.init(
      place: Place(list: list, skiptoken: parts[2].isEmpty ? nil : String(parts[2]), offset: offset),
      isCareful: isCareful)
  }
}
