/// What the configuration says of an instance of Customer Insights: all that the old API told of one that an
/// organization's own tables do not.
package struct LegacyInstance: Sendable, Hashable {
  /// A GUID with dashes, in lower case.
  package var id: String
  /// The instance's name; its id where the configuration gives none.
  package var friendlyName: String
  /// `production` unless the configuration says otherwise.
  package var instanceType = "production"
  /// `region` of the instance, such as `westeurope`; `nil` where the configuration says nothing, and `null` is answered.
  package var region: String?
  /// `azureRegion`, by the same rule.
  package var azureRegion: String?
  /// `scaleUnitId`, by the same rule. No address of the old service: clients are told this gateway's.
  package var scaleUnitID: String?
  /// `tenantId`, by the same rule.
  package var tenantID: String?
  /// `tenantName`, by the same rule.
  package var tenantName: String?
  /// An environment for business accounts; for individual consumers otherwise.
  package var isB2B = false
  /// The name of the organization in the configuration, and its address; `nil` where it must not be told.
  package var organization: String
  /// Scheme and host of the organization, without a slash at the end.
  package var organizationURL: String?

  /// An instance of which no more is said.
  /// - Parameter id: a GUID with dashes, in any case.
  package init(id: String, friendlyName: String? = nil, organization: String) {
    self.id = id.lowercased()
    self.friendlyName = friendlyName ?? id.lowercased()
    self.organization = organization
  }

  /// Whether a text is an instance id: 32 hex digits in groups of 8-4-4-4-12.
  package static func isID(_ text: some StringProtocol) -> Bool { isID(bytes: text.utf8) }

  /// ``isID(_:)`` of text in UTF-8.
  static func isID(bytes: some Collection<UInt8>) -> Bool {
    var place = 0
    for byte in bytes {
      switch place {
      case 8, 13, 18, 23: guard byte == UInt8(ascii: "-") else { return false }
      case 36...: return false
      default:
        guard (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte | 0x20) else { return false }
      }
      place += 1
    }
    return place == 36
  }

  /// The instance that a request target names, in lower case: the segment behind the first one that is `instances`, in
  /// any case. It only tells which organization a request is for; what the path means is decided by ``LegacyRoute``.
  package static func id(inTarget target: String) -> String? {
    var isNext = false
    for segment in target.prefix(while: { $0 != "?" }).split(separator: "/").prefix(3) {
      if isNext { return isID(segment) ? segment.lowercased() : nil }
      isNext = segment.lowercased() == "instances"
    }
    return nil
  }
}
