/// How a target is read: which leniencies hold, and the limits.
///
/// Start from ``strict``, ``dataverse`` or ``legacy`` and change what differs.
public struct ParserSettings: Sendable, Hashable {
  /// Deviations from the grammar that are let through.
  public var leniencies: Leniencies
  /// What one target may cost.
  public var limits: Limits
  /// Whether collections in expressions may have a key predicate, `Orders(1)/Amount`, and functions of the service a name
  /// without namespace, `Rank(by=Amount)`. Where a service has neither, such a thing is a misspelt function, and better
  /// told so.
  public var keysInExpressions = true
  /// Whether a lambda variable may have the name of one of an enclosing lambda, `a/any(x:x/b/any(x:x/c))`; inside, the
  /// name stands for the inner one. The grammar allows it; where it is off, it is refused, since a service that resolved
  /// the name otherwise would answer another question.
  public var shadowedVariables = true
  /// Functions of the service that are called like those of OData, without namespace and with arguments by position; in
  /// lower case, found in any case. Their arguments are not checked: ``Expression/Node/call(name:arguments:)`` with one of
  /// these names is for the service to understand.
  public var positionalFunctions: [String] = []

  /// Settings from their parts; without any, those of ``strict``.
  public init(
    leniencies: Leniencies = [], limits: Limits = Limits(), keysInExpressions: Bool = true,
    shadowedVariables: Bool = true, positionalFunctions: [String] = []
  ) {
    self.leniencies = leniencies
    self.limits = limits
    self.keysInExpressions = keysInExpressions
    self.shadowedVariables = shadowedVariables
    self.positionalFunctions = positionalFunctions
  }

  /// The same for threads with a stack of 4 MB and more, which on Linux is what a thread gets by default:
  /// ``Limits/stackBytes`` is 2 MB, so that ``Limits/depth`` alone decides.
  public var onLargeStacks: ParserSettings {
    var settings = self
    settings.limits.stackBytes = max(limits.stackBytes, 2 << 20)
    return settings
  }

  /// The grammar of OData 4.01, with system query options in their one spelling: with `$` and in lower case.
  public static let strict = ParserSettings()
  /// What the Dataverse Web API is documented to accept beyond the grammar.
  public static let dataverse = ParserSettings(
    leniencies: .dataverse, keysInExpressions: false, shadowedVariables: false)
  /// What clients of the Customer Insights API send.
  public static let legacy = ParserSettings(
    leniencies: .legacy, keysInExpressions: false, shadowedVariables: false,
    positionalFunctions: ["ismemberofsegment"])
}

/// Deviations from the grammar, each off unless named.
public struct Leniencies: OptionSet, Sendable, Hashable {
  /// One bit for each leniency; the numbers are no part of any format.
  public let rawValue: UInt32
  /// A set from the bits that ``rawValue`` gave.
  public init(rawValue: UInt32) { self.rawValue = rawValue }

  /// `+` in the query part means a space (HTML form encoding; every `urlencode` does it).
  public static let plusAsSpace = Leniencies(rawValue: 1 << 0)
  /// System query options without `$` (OData 4.01 allows it; Dataverse does not).
  public static let optionsWithoutDollar = Leniencies(rawValue: 1 << 1)
  /// System query option names in any case (`Filter`, `$Top`).
  public static let caseInsensitiveOptions = Leniencies(rawValue: 1 << 2)
  /// Operators in any case (`AND`, `Eq`).
  public static let caseInsensitiveOperators = Leniencies(rawValue: 1 << 3)
  /// Blanks around `&` and `=` between options.
  public static let blanksAroundOptions = Leniencies(rawValue: 1 << 4)
  /// U+2018 and U+2019 as `'`.
  public static let typographicQuotes = Leniencies(rawValue: 1 << 5)
  /// `Set$filter=…`: the `?` before the first option left out.
  public static let missingQuestionMark = Leniencies(rawValue: 1 << 6)
  /// `Set%3F$filter=…`: the `?` percent-encoded inside the path, its options percent-encoded once more or not.
  public static let encodedQuestionMark = Leniencies(rawValue: 1 << 7)
  /// Names of members in single quotes (`{'a':1}`), as Dataverse's documentation prints JSON. As values, text in single
  /// quotes is of the grammar.
  public static let singleQuotedJSON = Leniencies(rawValue: 1 << 8)
  /// Blanks around `=`, `;` and `,` inside nested options and argument lists, line feeds counting as blanks.
  public static let blanksInLists = Leniencies(rawValue: 1 << 9)
  /// A `/` at the end of the path before `?`.
  public static let trailingSlash = Leniencies(rawValue: 1 << 10)
  /// Keys as path segments, `Customers/17` (URL Conventions 4.01, section 4.3.6).
  public static let keysAsSegments = Leniencies(rawValue: 1 << 11)
  /// JSON arrays and objects as arguments in the path, as Dataverse's documentation prints them; the standard wants them
  /// behind an alias (URL Conventions 4.01, section 5.1.1.14).
  public static let jsonInPaths = Leniencies(rawValue: 1 << 12)
  /// `Set%2F$count`: the `/` between segments percent-encoded, as clients do that encode the whole path as one parameter.
  /// Inside quotes and brackets it is part of an argument, here as everywhere.
  public static let encodedSlash = Leniencies(rawValue: 1 << 13)
  /// `$filter=a eq 1&contains(b,'c')`: a condition between ampersands, as one more that `and` joins to `$filter`.
  public static let conditionsAsOptions = Leniencies(rawValue: 1 << 14)

  /// The leniencies of ``ParserSettings/dataverse``.
  public static let dataverse: Leniencies = [
    .plusAsSpace, .singleQuotedJSON, .blanksInLists, .trailingSlash, .jsonInPaths,
  ]
  /// The leniencies of ``ParserSettings/legacy``.
  public static let legacy: Leniencies = [
    .plusAsSpace, .optionsWithoutDollar, .caseInsensitiveOptions, .caseInsensitiveOperators, .blanksAroundOptions,
    .typographicQuotes, .missingQuestionMark, .encodedQuestionMark, .singleQuotedJSON, .blanksInLists, .trailingSlash,
    .jsonInPaths, .encodedSlash, .conditionsAsOptions,
  ]
}

/// What one target may cost. Exceeding a limit is an error that names it.
public struct Limits: Sendable, Hashable {
  /// Bytes of the target; Dataverse takes 32,768.
  public var targetBytes = 32_768
  /// Nesting of brackets, prefix operators, lambdas, transformations and expands. What a level takes of the stack differs
  /// by construct, 1 to 6 KB and more in debug builds, and is limited by ``stackBytes``; chains of infix operators take
  /// none.
  public var depth = 64
  /// Bytes of the call stack that reading may take, counted from the call of the parser and looked at where something
  /// nests. The default leaves room for the rest on a thread with a stack of 128 KB, the smallest that threads usually
  /// have; whoever reads on larger stacks may raise it, so that ``depth`` alone decides.
  public var stackBytes = 80 * 1024
  /// Levels of `$expand` inside `$expand`.
  public var expandDepth = 16
  /// Nodes of all expressions together.
  public var nodes = 10_000
  /// Items of one list (`in`, array, `$select`, `$orderby`, `$expand`, transformations, arguments).
  public var listItems = 1_000
  /// Query options, nested ones not counted.
  public var options = 64
  /// Segments of the path.
  public var segments = 32

  /// The default of every limit.
  public init() {}
}
