extension Rule {
  /// How the text of a rule is read.
  enum Form: Sendable {
    /// Path and query below a service root.
    case relative
    /// The same behind a service root.
    case absolute
    /// ABNF `context` with its number sign, `contextFragment` without.
    case context(hasSign: Bool)
    case path
    case options
    /// One option with its name.
    case option(OptionKind)
    /// The value of an option without its name.
    case value(SystemOption, isItem: Bool)
    /// `$levels` as it stands inside the brackets of `$expand`.
    case levels
    case expression(ExpressionShape)
    /// `any(…)` or `all(…)` without the collection in front.
    case lambda(LambdaOperator)
    case list
    case parameters
    case parameter
    case keyPredicate
    case simpleKey
    case compoundKey
    case parameterNames
    /// A string in double quotes, as JSON has it.
    case jsonString
    /// An enumeration value whose type may be left out.
    case enumeration
    /// A duration whose prefix may be left out.
    case duration
    /// What stands between the quotes of a literal that has a prefix.
    case bare(LiteralKind)
    case geographic(space: String, shape: String?)
    case name(NameShape)
    /// What is read with something of another construct round it; see ``Part``.
    case part(Part)
    /// The first of these that takes the text.
    indirect case oneOf([Form])
  }

  enum OptionKind: Sendable {
    case system(SystemOption)
    case anySystem, custom, alias
  }

  enum NameShape: Sendable { case plain, dotted, qualified }

  /// What the root of an expression must be.
  enum ExpressionShape: Sendable {
    case any, boolean, firstMember, member, propertyPath, root, methodCall, booleanMethodCall
    case call(String)
    case function, not, negate, json, alias, implicit
    case literal(LiteralKind)
    /// A literal in the range of its type.
    case value(LiteralKind)
    /// What a path may be inside of a longer one.
    case variable, memberOrCall, annotation, array, object, unquoted

    /// Whether it is a number that has no sign.
    var isUnsigned: Bool {
      switch self {
      case .literal(.byte), .value(.byte): true
      default: false
      }
    }
  }
}

extension Rule.Form {
  /// Whether a raw number sign has a place in the text.
  var hasFragment: Bool {
    switch self {
    case .relative, .absolute, .context: true
    default: false
    }
  }

  /// Whether options are cut apart at the ampersands of the text.
  var hasOptions: Bool {
    switch self {
    case .relative, .absolute, .options, .option: true
    default: false
    }
  }
}

/// The primitive types that have a literal form of their own.
enum LiteralKind: CaseIterable, Sendable {
  case any, null, boolean, string, sbyte, byte, int16, int32, int64, decimal, single, double, guid, date
  case dateTimeOffset, timeOfDay, duration, binary, enumeration

  /// What the names of its rules begin with.
  var stem: String {
    switch self {
    case .any: "primitive"
    case .null: "null"
    case .boolean: "boolean"
    case .string: "string"
    case .sbyte: "sbyte"
    case .byte: "byte"
    case .int16: "int16"
    case .int32: "int32"
    case .int64: "int64"
    case .decimal: "decimal"
    case .single: "single"
    case .double: "double"
    case .guid: "guid"
    case .date: "date"
    case .dateTimeOffset: "dateTimeOffset"
    case .timeOfDay: "timeOfDay"
    case .duration: "duration"
    case .binary: "binary"
    case .enumeration: "enum"
    }
  }

  /// With its article, for messages.
  var title: String {
    switch self {
    case .any: "a primitive literal"
    case .null: "null"
    case .boolean: "true or false"
    case .string: "text in single quotes"
    case .sbyte: "an integer of at most 3 digits"
    case .byte: "an integer of at most 3 digits and without sign"
    case .int16: "an integer of at most 5 digits"
    case .int32: "an integer of at most 10 digits"
    case .int64: "an integer of at most 19 digits"
    case .decimal, .single, .double: "a number"
    case .guid: "a GUID"
    case .date: "a date"
    case .dateTimeOffset: "a point in time"
    case .timeOfDay: "a time of day"
    case .duration: "a duration"
    case .binary: "binary data"
    case .enumeration: "an enumeration value"
    }
  }

  /// The digits that the grammar gives a literal of an integer type; `nil` for the others. What the type holds is told
  /// only in remarks of the grammar, whose own test cases have `+128` as a literal of `Edm.SByte`: only the rules of
  /// values keep to ``range``.
  var digits: Int? {
    switch self {
    case .sbyte, .byte: 3
    case .int16: 5
    case .int32: 10
    case .int64: 19
    default: nil
    }
  }

  /// The numbers that an integer type holds; `nil` for the others.
  var range: ClosedRange<Int64>? {
    switch self {
    case .sbyte: Int64(Int8.min)...Int64(Int8.max)
    case .byte: Int64(UInt8.min)...Int64(UInt8.max)
    case .int16: Int64(Int16.min)...Int64(Int16.max)
    case .int32: Int64(Int32.min)...Int64(Int32.max)
    case .int64: Int64.min...Int64.max
    default: nil
    }
  }

  /// Whether a number with an exponent or a fraction is of a size that the type holds; any that is too small for it is
  /// zero.
  func holds(_ number: String) -> Bool {
    switch self {
    case .single: Float(number)?.isFinite ?? true
    case .double: Double(number)?.isFinite ?? true
    default: true
    }
  }

  /// Whether `literal` is written in the form of this type; integers with too many digits count as of this form.
  func admits(_ literal: Literal) -> Bool {
    switch (self, literal) {
    case (.any, _), (.null, .null), (.boolean, .boolean), (.string, .string), (.guid, .guid), (.date, .date),
      (.dateTimeOffset, .dateTimeOffset), (.timeOfDay, .timeOfDay), (.duration, .duration), (.binary, .binary),
      (.enumeration, .enumeration):
      true
    case (.decimal, .integer), (.decimal, .decimal), (.decimal, .double), (.single, .integer), (.single, .decimal),
      (.single, .double), (.double, .integer), (.double, .decimal), (.double, .double):
      true
    case (_, .integer): digits != nil
    // Digits without fraction that no Int64 holds.
    case (_, .decimal(let text)): digits != nil && !text.utf8.contains(ASCII.dot)
    default: false
    }
  }
}

extension Literal {
  /// The type that the literal is written as, for messages.
  var title: String {
    switch self {
    case .string: "text"
    case .integer: "an integer"
    case .decimal, .double: "a number"
    case .guid: "a GUID"
    case .date: "a date"
    case .dateTimeOffset: "a point in time"
    case .timeOfDay: "a time of day"
    case .duration: "a duration"
    case .binary: "binary data"
    default: "a literal of another type"
    }
  }
}
