/// An error in the shape in which the Dataverse Web API answers (OData JSON 4.0, section 19).
package struct DataverseError: Error, Sendable, Hashable {
  /// HTTP status code.
  package var status: Int
  /// `0x…` for Dataverse's own, a rule id for ours; may be empty.
  package var code: String
  package var message: String
  /// What in the request is to blame.
  package var target: String?
  package var details: [Detail]
  /// Annotations inside `error`: term, without the `@`, and text.
  package var annotations: [Annotation]

  /// One of several errors.
  package struct Detail: Sendable, Hashable {
    package var code: String
    package var message: String
    package var target: String?

    package init(code: String, message: String, target: String? = nil) {
      self.code = code
      self.message = message
      self.target = target
    }
  }

  /// An instance annotation with a text as its value.
  package struct Annotation: Sendable, Hashable {
    package var term: String
    package var value: String

    package init(term: String, value: String) {
      self.term = term
      self.value = value
    }
  }

  package init(
    status: Int, code: String, message: String, target: String? = nil, details: [Detail] = [],
    annotations: [Annotation] = []
  ) {
    self.status = status
    self.code = code
    self.message = message
    self.target = target
    self.details = details
    self.annotations = annotations
  }

  /// `{"error":{"code":"…","message":"…"}}`, UTF-8 JSON in ASCII, so that no front end can mistake its encoding.
  package func body() -> [UInt8] {
    var out = JSONText()
    out.raw("{\"error\":{")
    out.pair("code", code)
    out.raw(",")
    out.pair("message", message)
    if let target {
      out.raw(",")
      out.pair("target", target)
    }
    if !details.isEmpty {
      out.raw(",\"details\":[")
      for (index, detail) in details.enumerated() {
        out.raw(index == 0 ? "{" : ",{")
        out.pair("code", detail.code)
        out.raw(",")
        out.pair("message", detail.message)
        if let target = detail.target {
          out.raw(",")
          out.pair("target", target)
        }
        out.raw("}")
      }
      out.raw("]")
    }
    for annotation in annotations {
      out.raw(",")
      out.pair("@\(annotation.term)", annotation.value)
    }
    out.raw("}}")
    return out.bytes
  }
}

/// Writes JSON strings (RFC 8259, section 7) in ASCII.
private struct JSONText {
  private(set) var bytes: [UInt8] = []

  mutating func raw(_ text: String) { bytes += text.utf8 }

  mutating func pair(_ name: String, _ value: String) {
    string(name)
    raw(":")
    string(value)
  }

  private mutating func string(_ text: String) {
    raw("\"")
    for unit in text.utf16 {
      switch unit {
      case 0x22: raw("\\\"")
      case 0x5C: raw("\\\\")
      case 0x0A: raw("\\n")
      case 0x0D: raw("\\r")
      case 0x09: raw("\\t")
      // `<`, `>`, `&` too: browsers that guess at HTML find nothing to guess.
      case 0x20..<0x7F where unit != 0x3C && unit != 0x3E && unit != 0x26: bytes.append(UInt8(truncatingIfNeeded: unit))
      default:
        let digits = String(unit, radix: 16)
        raw("\\u" + String(repeating: "0", count: 4 - digits.count) + digits)
      }
    }
    raw("\"")
  }
}
