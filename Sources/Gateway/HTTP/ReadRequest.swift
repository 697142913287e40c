import NIOHTTP1
import Planning

/// A request that the guard has passed: GET or HEAD, sound framing, and only the header fields that mean something here.
struct ReadRequest: Sendable {
  /// Request target in origin-form.
  var target: String
  var isHead: Bool
  /// Told by the path.
  let dialect: Dialect
  var subscriptionKey: String?
  /// Values of all `Prefer` lines.
  var prefer: [String] = []
  /// Values of all `If-None-Match` lines.
  var ifNoneMatch: [String] = []
  /// Names, in lower case, of the fields that would mean something to Dataverse. They are sent on in no case; whether the
  /// request is refused for them is the policy's to say.
  var meaningfulFields: [String] = []
  /// Whether another protocol is offered for what follows on the connection.
  var offersUpgrade = false
  /// Values of `Accept` that name CSV, and of such that name JSON or anything; no other is looked at.
  var acceptedForms: AcceptedForms = []

  struct AcceptedForms: OptionSet, Sendable {
    var rawValue: UInt8
    static let csv = AcceptedForms(rawValue: 1)
    static let json = AcceptedForms(rawValue: 2)
  }

  /// CSV is accepted, and JSON is not.
  var wantsCSV: Bool { acceptedForms == .csv }

  init(target: String, isHead: Bool) {
    self.target = target
    self.isHead = isHead
    dialect = Dialect(target: target)
  }
}

/// Why a request does not become a ``ReadRequest``.
struct GuardRefusal: Error, Equatable {
  enum Kind: Equatable {
    /// Malformed or contradictory framing: 400, and the connection closes.
    case malformed(String)
    /// A method other than GET and HEAD, or one tunnelled through a header: 405.
    case write(method: String)
    /// Content on a read: 400, and the connection closes unread.
    case content
    /// Request target over the limit: 414.
    case targetTooLong
  }
  var kind: Kind
  /// As far as it is known; the refusal's dialect depends on it.
  var target: String
}

/// First stage: method, framing and header fields (RFC 9110, RFC 9112).
enum RequestGuard {
  static func admit(_ head: HTTPRequestHead, targetBytes: Int) throws(GuardRefusal) -> ReadRequest {
    let target = originForm(head.uri)
    var request = ReadRequest(target: target, isHead: head.method == .HEAD)
    guard head.method == .GET || head.method == .HEAD else {
      throw GuardRefusal(kind: .write(method: head.method.rawValue), target: target)
    }
    var hosts = 0
    var keys = 0
    for (name, value) in head.headers {
      // Lengths first: most fields of a request are told apart from ours without looking at a byte.
      switch name.utf8.count {
      case 4 where same(name, "host"): hosts += 1
      case 6 where same(name, "prefer"): request.prefer.append(value)
      case 6 where request.dialect == .legacy && same(name, "accept"): request.acceptedForms.formUnion(forms(value))
      case 7 where same(name, "upgrade"): request.offersUpgrade = true
      case 13 where same(name, "if-none-match"): request.ifNoneMatch.append(value)
      case 17 where same(name, "transfer-encoding"):
        throw GuardRefusal(kind: .content, target: target)
      case 14 where same(name, "content-length"):
        if value != "0" { throw GuardRefusal(kind: .content, target: target) }
      case 25 where same(name, "ocp-apim-subscription-key"):
        keys += 1
        request.subscriptionKey = trimmed(value)
      default:
        switch name.utf8.first.map({ $0 | 0x20 }) {
        case UInt8(ascii: "x") where isOverride(name):
          throw GuardRefusal(
            kind: .write(method: "\(head.method.rawValue) tunnelling a write by \(name)"), target: target)
        case UInt8(ascii: "m") where isMeaningful(name), UInt8(ascii: "c") where isMeaningful(name):
          request.meaningfulFields.append(name.lowercased())
        default: continue
        }
      }
    }
    if hosts > 1 || (hosts == 0 && head.version == .http1_1) {
      throw GuardRefusal(kind: .malformed("Exactly one Host header field is needed."), target: target)
    }
    if keys > 1 {
      throw GuardRefusal(kind: .malformed("The subscription key is given more than once."), target: target)
    }
    guard target.utf8.first == UInt8(ascii: "/") else {
      throw GuardRefusal(
        kind: .malformed("The request target must be in origin-form or absolute-form."), target: target)
    }
    guard target.utf8.count <= targetBytes else {
      throw GuardRefusal(kind: .targetTooLong, target: String(target.prefix(RequestGuard.shownTarget)))
    }
    return request
  }

  /// Characters of a target that is too long, which are enough to tell whose error shape its client looks for.
  private static let shownTarget = 128

  /// Header fields by which clients of older protocols tunnel a write through another method.
  private static func isOverride(_ name: String) -> Bool {
    begins(name, "x-http-method") || same(name, "x-method-override")
  }

  /// Header fields that tell Dataverse to act for another user, to skip logic, or what to take rows from. `mscrm` begins
  /// a family (`MSCRMCallerID`, `MSCRM.BypassCustomPluginExecution`) that grows with the service.
  private static func isMeaningful(_ name: String) -> Bool {
    begins(name, "mscrm") || same(name, "callerobjectid") || same(name, "consistency")
  }

  /// Media types are told apart as far as the legacy API once had two (RFC 9110, section 12.5.1). Of weights only zero
  /// counts: it says that a type is not accepted.
  private static func forms(_ accept: String) -> ReadRequest.AcceptedForms {
    // Nearly every value ends here, without a copy of it.
    guard accept.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "v") }) || accept.utf8.contains(UInt8(ascii: "*"))
    else { return .json }
    var forms: ReadRequest.AcceptedForms = []
    for range in accept.lowercased().split(separator: ",") {
      let parts = range.split(separator: ";", omittingEmptySubsequences: false).map { $0.filter { $0 != " " } }
      guard let type = parts.first, !parts.dropFirst().contains(where: isWeightOfZero) else { continue }
      if type == "text/csv" { forms.insert(.csv) }
      if type.hasSuffix("json") || type == "*/*" || type == "application/*" { forms.insert(.json) }
    }
    return forms
  }

  /// `q=0`, `q=0.`, `q=0.000` (RFC 9110, section 12.4.2).
  private static func isWeightOfZero(_ parameter: String) -> Bool {
    parameter.hasPrefix("q=0") && parameter.dropFirst(3).allSatisfy { $0 == "." || $0 == "0" }
  }

  /// Absolute-form (RFC 9112, section 3.2.2) without its scheme and authority; anything else as it is.
  static func originForm(_ uri: String) -> String {
    guard uri.utf8.first != UInt8(ascii: "/") else { return uri }
    let lower = uri.prefix(8).lowercased()
    let scheme = lower.hasPrefix("http://") ? 7 : lower.hasPrefix("https://") ? 8 : 0
    guard scheme > 0 else { return uri }
    let rest = uri.utf8.dropFirst(scheme)
    guard let end = rest.firstIndex(where: { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") }) else { return "/" }
    return rest[end] == UInt8(ascii: "/") ? String(uri[end...]) : "/" + uri[end...]
  }

  /// Without the blanks around it, which are no part of a field's value (RFC 9110, section 5.5).
  private static func trimmed(_ value: String) -> String {
    let isBlank: (UInt8) -> Bool = { $0 == 0x20 || $0 == 0x09 }
    guard let first = value.utf8.first, let last = value.utf8.last, isBlank(first) || isBlank(last) else {
      return value
    }
    var bytes = value.utf8.drop(while: isBlank)
    while let last = bytes.last, isBlank(last) { bytes.removeLast() }
    return String(Substring(bytes))
  }

  /// Whether a field name equals a lower-case one, ignoring ASCII case.
  private static func same(_ name: String, _ lowercase: String) -> Bool {
    name.utf8.elementsEqual(lowercase.utf8) { isSame($0, $1) }
  }

  /// Whether a field name begins with a lower-case text, ignoring ASCII case.
  private static func begins(_ name: String, _ lowercase: String) -> Bool {
    name.utf8.starts(with: lowercase.utf8) { isSame($0, $1) }
  }

  private static func isSame(_ byte: UInt8, _ lowercase: UInt8) -> Bool {
    (byte | (byte &- 65 < 26 ? 0x20 : 0)) == lowercase
  }
}
