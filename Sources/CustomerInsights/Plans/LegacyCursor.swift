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
  /// What is left of `$top`.
  package var top: Int?

  package init(place: Place, top: Int? = nil) {
    self.place = place
    self.top = top
  }

  /// `list.offset.top.skiptoken`, the last two of which may be empty.
  package var text: String {
    "\(place.list).\(place.offset).\(top.map(String.init) ?? "").\(place.skiptoken ?? "")"
  }

  /// - Returns: `nil` for text that ``text`` did not make.
  package init?(text: String) {
    let parts = text.split(separator: ".", maxSplits: 3, omittingEmptySubsequences: false)
    guard parts.count == 4, let list = Int(parts[0]), let offset = Int(parts[1]), list >= 0, offset >= 0,
      parts[2].isEmpty || Int(parts[2]) != nil
    else { return nil }
    self.init(
      place: Place(list: list, skiptoken: parts[3].isEmpty ? nil : String(parts[3]), offset: offset),
      top: Int(parts[2]))
  }
}
