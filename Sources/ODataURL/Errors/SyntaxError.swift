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

  /// The same mistake at the same place, told in the same words.
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
  /// The closed set of mistakes. The words are stable across releases.
  public enum Code: String, Hashable, Sendable, CaseIterable {
    // Bytes.
    /// A `%` without two hexadecimal digits behind it.
    case strayPercent = "stray-percent"
    /// Bytes that are no UTF-8 once they are decoded.
    case invalidUTF8 = "invalid-utf8"
    /// A control character, encoded or not.
    case controlCharacter = "control-character"
    /// A `#`: the fragment of a URL is never sent to a server.
    case fragment = "fragment"
    // Path.
    /// Two slashes in a row, or one at an end of the path.
    case emptySegment = "empty-segment"
    /// A segment that does not begin as any segment does.
    case invalidSegment = "invalid-segment"
    /// A key as a segment of its own where settings do not allow it.
    case keyAsSegment = "key-as-segment"
    /// A segment that begins with `$` and is no word of the grammar.
    case unknownKeyword = "unknown-keyword"
    /// A word such as `$count` where the path cannot have it.
    case misplacedKeyword = "misplaced-keyword"
    /// A key predicate that cannot be read.
    case invalidKey = "invalid-key"
    // Query options.
    /// Nothing between two ampersands, or nothing in front of the `=`.
    case emptyOption = "empty-option"
    /// An option or an item of a list without its value.
    case emptyValue = "empty-value"
    /// A name without the `=` or the value that has to follow.
    case missingValue = "missing-value"
    /// Text between ampersands that looks like a condition, not like an option.
    case strayOption = "stray-option"
    /// A name with a `$` that is no system query option here.
    case unknownOption = "unknown-option"
    /// A system query option given twice.
    case repeatedOption = "repeated-option"
    /// A system query option where it cannot stand.
    case misplacedOption = "misplaced-option"
    /// An option that the resource needs is not there.
    case missingOption = "missing-option"
    /// A parameter alias given twice.
    case repeatedAlias = "repeated-alias"
    /// The value of an option is of another kind than the option takes.
    case invalidValue = "invalid-value"
    // Names and literals.
    /// A name that the grammar does not allow, or something else where a name must stand.
    case invalidName = "invalid-name"
    /// A name of more than 128 characters.
    case nameTooLong = "name-too-long"
    /// Quotes that are not closed.
    case unterminatedString = "unterminated-string"
    /// A literal that begins as one of a kind and is none.
    case invalidLiteral = "invalid-literal"
    /// A literal whose value its type does not hold, such as the 30th of February.
    case literalOutOfRange = "literal-out-of-range"
    /// A literal in the form of an older version, such as `guid'…'`.
    case obsoleteLiteral = "obsolete-literal"
    /// A JSON array or object that cannot be read.
    case invalidJSON = "invalid-json"
    /// A JSON object with two members of one name.
    case repeatedMember = "repeated-member"
    // Expressions.
    /// Something else where a value, a name or a bracket must stand.
    case expectedOperand = "expected-operand"
    /// A word that is no operator where one must stand.
    case unknownOperator = "unknown-operator"
    /// A bracket, a colon or a comma is missing.
    case expectedToken = "expected-token"
    /// An operator that touches its operand.
    case missingBlank = "missing-blank"
    /// Text behind the end of what could be read.
    case unexpectedText = "unexpected-text"
    /// A function that OData does not define, called without named parameters.
    case unknownFunction = "unknown-function"
    /// A function of OData with more or fewer arguments than it takes.
    case argumentCount = "argument-count"
    /// An argument of a kind that the function does not take.
    case invalidArgument = "invalid-argument"
    /// Arguments by position for a function of the service, which takes them by name.
    case positionalArgument = "positional-argument"
    /// Two parameters or key properties of one name.
    case repeatedParameter = "repeated-parameter"
    /// A lambda variable with the name of one round it, where settings do not allow it.
    case repeatedVariable = "repeated-variable"
    /// A form of the grammar that the library does not read.
    case unsupported = "unsupported"
    /// Sound, but not of the rule that was asked for; see ``Parser/parse(_:as:encoding:)``.
    case ruleMismatch = "rule-mismatch"
    // Limits, one each.
    /// Beyond ``Limits/targetBytes``.
    case limitTarget = "limit-target"
    /// Beyond ``Limits/depth``.
    case limitDepth = "limit-depth"
    /// Beyond ``Limits/stackBytes``.
    case limitStack = "limit-stack"
    /// Beyond ``Limits/expandDepth``.
    case limitExpand = "limit-expand"
    /// Beyond ``Limits/nodes``.
    case limitNodes = "limit-nodes"
    /// Beyond ``Limits/listItems``.
    case limitList = "limit-list"
    /// Beyond ``Limits/options``.
    case limitOptions = "limit-options"
    /// Beyond ``Limits/segments``.
    case limitSegments = "limit-segments"

    /// Whether the text is larger than ``Limits`` allow, right or wrong.
    public var isLimit: Bool { rawValue.hasPrefix("limit-") }
  }
}
