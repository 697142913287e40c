/// A value of a YAML document and where it stands.
package struct YAMLNode: Sendable {
  /// 1-based line of the first character.
  package let line: Int
  /// 1-based column of the first character, in Unicode scalars.
  package let column: Int
  package let content: Content

  /// What the value is. Anchors, aliases and tags are refused before a node is made.
  package enum Content: Sendable {
    /// `isPlain`: written without quotes, so that YAML may take it for something other than text.
    case scalar(String, isPlain: Bool)
    case sequence([YAMLNode])
    /// In source order; keys are text and differ from one another.
    case mapping([Entry])
  }

  /// A key and its value.
  package struct Entry: Sendable {
    package let key: String
    package let keyNode: YAMLNode
    package let value: YAMLNode
  }

  package var isMapping: Bool {
    if case .mapping = content { true } else { false }
  }

  package var isSequence: Bool {
    if case .sequence = content { true } else { false }
  }

  package var isScalar: Bool {
    if case .scalar = content { true } else { false }
  }

  /// Nothing, `~` or `null`, unquoted.
  package var isNull: Bool {
    if case .scalar(let text, isPlain: true) = content { PlainScalar(text) == .null } else { false }
  }

  /// The kind of value, for messages.
  package var kind: String {
    switch content {
    case .mapping: "a mapping"
    case .sequence: "a list"
    case .scalar(_, isPlain: false): "text"
    case .scalar(let text, isPlain: true): PlainScalar(text).kind
    }
  }
}
