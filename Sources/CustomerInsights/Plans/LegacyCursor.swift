/// Where the next page of a plan begins. Goes out sealed, as `$skiptoken`.
package struct LegacyCursor: Sendable, Hashable {
  /// A row among what a plan reads.
  package struct Place: Sendable, Hashable {
    /// Which query of ``LegacyRows/lists(_:)``; 0 for others.
    package var list: Int
    /// The service's own token of the page that holds the row; `nil` for the first page.
    package var skiptoken: String?
    /// Rows of that page in front of it.
    package var offset: Int

    package init(list: Int = 0, skiptoken: String? = nil, offset: Int = 0) {
      self.list = list
      self.skiptoken = skiptoken
      self.offset = offset
    }
  }

  package var place: Place

  package init(place: Place) { self.place = place }

  /// `list.offset.skiptoken`, the last of which may be empty.
  package var text: String { "\(place.list).\(place.offset).\(place.skiptoken ?? "")" }

  /// - Returns: `nil` for text that ``text`` did not make.
  package init?(text: String) {
    let parts = text.split(separator: ".", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, let list = Int(parts[0]), let offset = Int(parts[1]), list >= 0, offset >= 0 else {
      return nil
    }
    self.init(place: Place(list: list, skiptoken: parts[2].isEmpty ? nil : String(parts[2]), offset: offset))
  }
}
