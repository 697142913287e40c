import JSONStream

/// The list of segments in a row of the membership table: `{"Segments":["A","B"]}` as text in a column.
///
/// The filter that finds such rows looks for the quoted name without case and takes some characters for wildcards; this
/// says whether the list really holds the segment.
package enum SegmentList {
  /// Whether the list holds the segment.
  /// - Parameters:
  ///   - token: the column's value, a JSON string token.
  ///   - segment: the name of the segment, compared byte for byte once escapes are undone.
  ///   - member: the name of the object's member that holds the list, compared the same way. A list without an object
  ///     around it is taken, too.
  /// - Returns: `false` also for null, for text that is no JSON, and when the member stands twice: what cannot be read
  ///   makes nobody a member.
  package static func holds(_ token: [UInt8], segment: String, member: String) -> Bool {
    var finder = Finder(segment: segment, member: member)
    guard JSONObjectText.read(token, into: &finder) else { return false }
    return finder.isFound
  }

  /// The names in the list, in its order; none where ``holds(_:segment:member:)`` would find none.
  package static func names(_ token: [UInt8], member: String) -> [String] {
    var finder = Finder(segment: nil, member: member)
    return JSONObjectText.read(token, into: &finder) ? finder.names : []
  }

  private struct Finder: JSONEventHandler {
    /// `nil` to gather all.
    let segment: String?
    let member: String
    private(set) var isFound = false
    private(set) var names: [String] = []
    private var depth = 0
    /// Levels at which the items of the list stand; 0 while no list is open.
    private var listDepth = 0
    private var isMember = false
    private var sawMember = false

    init(segment: String?, member: String) {
      self.segment = segment
      self.member = member
    }

    mutating func handle(_ event: JSONEvent, _ text: UnsafeBufferPointer<UInt8>) throws(JSONStreamError) {
      switch event {
      case .beginArray:
        depth += 1
        if depth == 1 || depth == 2 && isMember { listDepth = depth }
      case .beginObject: depth += 1
      case .endArray, .endObject:
        if depth == listDepth { listDepth = 0 }
        depth -= 1
      case .name where depth == 1:
        isMember = JSONText.equals(text, member)
        guard !isMember || !sawMember else {
          throw JSONStreamError(.unexpected, at: 0, "The list stands twice.")
        }
        sawMember = sawMember || isMember
      case .string where depth == listDepth && depth > 0:
        if let segment {
          isFound = isFound || JSONText.equals(text, segment)
        } else {
          names.append(String(decoding: try JSONText.decode(text), as: UTF8.self))
        }
      case .name, .string, .number, .bool, .null: return
      }
    }
  }
}
