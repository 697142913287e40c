/// Why a target could not be read, and where.
///
/// The details live behind one reference, so that throwing costs the (deeply nested) parser frames a single word each.
public struct SyntaxError: Error, Hashable, Sendable {
  private let details: Details

  /// - Parameters:
  ///   - code: what kind of mistake it is; stable across releases.
  ///   - span: where it stands, in bytes of the raw target.
  ///   - message: one sentence for a person; must not quote the client's data.
  ///   - expected: what would have been legal at this place, if that is a short list.
  ///   - suggestion: the legal word nearest to what was written.
  public init(
    code: Code, span: Span, message: String, expected: [String] = [], suggestion: String? = nil
  ) {
    details = Details(code: code, span: span, message: message, expected: expected, suggestion: suggestion)
  }

  /// What kind of mistake it is; stable across releases, fit for metrics and for tests.
  public var code: Code { details.code }
  /// Where it stands, in bytes of the raw target (plus the `offset` that the parser was given).
  public var span: Span { details.span }
  /// One sentence for a person. Holds none of the client's data.
  public var message: String { details.message }
  /// What would have been legal at this place; empty when that is not a short list.
  public var expected: [String] { details.expected }
  /// The legal word nearest to what was written.
  public var suggestion: String? { details.suggestion }

  public static func == (left: Self, right: Self) -> Bool {
    left.code == right.code && left.span == right.span && left.message == right.message
      && left.expected == right.expected && left.suggestion == right.suggestion
  }

  public func hash(into hasher: inout Hasher) {
    hasher.combine(code)
    hasher.combine(span)
  }

  private final class Details: Sendable {
    let code: Code
    let span: Span
    let message: String
    let expected: [String]
    let suggestion: String?

    init(code: Code, span: Span, message: String, expected: [String], suggestion: String?) {
      self.code = code
      self.span = span
      self.message = message
      self.expected = expected
      self.suggestion = suggestion
    }
  }
}

extension SyntaxError {
  /// The closed set of mistakes.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    // Bytes.
    case strayPercent = "stray-percent"
    case invalidUTF8 = "invalid-utf8"
    case controlCharacter = "control-character"
    case fragment = "fragment"
    // Path.
    case emptySegment = "empty-segment"
    case invalidSegment = "invalid-segment"
    case keyAsSegment = "key-as-segment"
    case unknownKeyword = "unknown-keyword"
    case misplacedKeyword = "misplaced-keyword"
    case invalidKey = "invalid-key"
    // Query options.
    case emptyOption = "empty-option"
    case emptyValue = "empty-value"
    case missingValue = "missing-value"
    case strayOption = "stray-option"
    case unknownOption = "unknown-option"
    case repeatedOption = "repeated-option"
    case misplacedOption = "misplaced-option"
    case missingOption = "missing-option"
    case repeatedAlias = "repeated-alias"
    case invalidValue = "invalid-value"
    // Names and literals.
    case invalidName = "invalid-name"
    case nameTooLong = "name-too-long"
    case unterminatedString = "unterminated-string"
    case invalidLiteral = "invalid-literal"
    case literalOutOfRange = "literal-out-of-range"
    case obsoleteLiteral = "obsolete-literal"
    case invalidJSON = "invalid-json"
    case repeatedMember = "repeated-member"
    // Expressions.
    case expectedOperand = "expected-operand"
    case expectedOperator = "expected-operator"
    case unknownOperator = "unknown-operator"
    case expectedToken = "expected-token"
    case missingBlank = "missing-blank"
    case unexpectedText = "unexpected-text"
    case unknownFunction = "unknown-function"
    case argumentCount = "argument-count"
    case invalidArgument = "invalid-argument"
    case positionalArgument = "positional-argument"
    case repeatedParameter = "repeated-parameter"
    case repeatedVariable = "repeated-variable"
    case unsupported = "unsupported"
    /// Sound, but not of the rule that was asked for; see ``Parser/parse(_:as:encoding:)``.
    case ruleMismatch = "rule-mismatch"
    // Limits, one each.
    case limitTarget = "limit-target"
    case limitDepth = "limit-depth"
    case limitExpand = "limit-expand"
    case limitNodes = "limit-nodes"
    case limitList = "limit-list"
    case limitOptions = "limit-options"
    case limitSegments = "limit-segments"
  }
}
