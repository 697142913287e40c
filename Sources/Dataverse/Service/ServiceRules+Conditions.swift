package import ODataURL

/// Rules on conditions: types of columns, values and functions, wildcards, keys.
extension ServiceRules {
  static func checkConditions(_ conditions: [Condition], _ table: Table?, into findings: inout [ServiceFinding]) {
    // By index: of nearly all nothing need be copied.
    for index in conditions.indices where !isTextWithText(conditions[index]) {
      checkCondition(conditions[index], table, into: &findings)
    }
    if let first = conditions.first, first.isKey { checkKeyColumns(conditions, table, into: &findings) }
  }

  /// Whether a column of text is compared with text: nothing here has anything to say about that.
  @inline(__always)
  private static func isTextWithText(_ condition: Condition) -> Bool {
    switch condition.operation {
    case .comparison: break
    case .text(.contains): break
    case .text, .queryFunction: return false
    }
    guard case .one(let value) = condition.values, case .string = value.literal, condition.other == nil,
      !condition.isKey
    else { return false }
    switch condition.column.type {
    case .text, .memo: return true
    default: return false
    }
  }

  private static func checkCondition(_ condition: Condition, _ table: Table?, into findings: inout [ServiceFinding]) {
    guard let column = condition.column.column else { return }
    switch condition.operation {
    case .comparison(let op):
      for value in condition.values {
        if case .null = value.literal {
          if condition.isKey || (op != .eq && op != .ne) {
            findings.append(
              ServiceFinding(
                rule: "DV008", span: value.span, message: "null can only be compared with `eq` and `ne`.",
                remedy: "Compare with a value."))
          }
        } else if !column.type.compares(with: value.literal) {
          findings.append(mismatch(column, value))
        } else if value.literal.isNotFinite {
          findings.append(
            ServiceFinding(
              rule: "DV008", span: value.span,
              message: "\(column.propertyName) holds numbers, and Dataverse has neither INF nor NaN among them.",
              remedy: "Compare with a number, or with null."))
        } else if column.type.isOutOfRange(value.literal) {
          findings.append(
            ServiceFinding(
              rule: "DV008", span: value.span,
              message: "\(column.propertyName) holds whole numbers from -2147483648 to 2147483647.",
              remedy: "Compare with one of these."))
        } else if value.literal.isBeforeFirstDate {
          findings.append(
            ServiceFinding(
              rule: "DV008", span: value.span, message: "Dataverse has no time before 1753-01-01.",
              remedy: "Compare with a later one."))
        }
      }
      if let type = condition.other?.column?.type, !column.type.compares(with: type) {
        findings.append(
          ServiceFinding(
            rule: "DV008", span: condition.span,
            message: "\(column.propertyName) is \(column.type.name), the other column \(type.name).",
            remedy: "Compare columns of one type."))
      }
      if condition.isKey { checkAlternateKey(condition, table, into: &findings) }
    case .text(let function):
      guard column.type == .text || column.type == .memo else {
        findings.append(
          ServiceFinding(
            rule: "DV008", span: condition.span,
            message: "`\(function.rawValue)` takes a text column; \(column.propertyName) is \(column.type.name).",
            remedy: "Compare it with `eq`, `gt` or `lt`."))
        return
      }
      for value in condition.values {
        guard case .string(let text) = value.literal else {
          findings.append(mismatch(column, value))
          continue
        }
        checkWildcard(function, text, value.span, into: &findings)
      }
    case .queryFunction(let name):
      guard let function = QueryFunction.named(name) else { return }
      guard let wanted = function.wantedTypes, !wanted.types.contains(column.type.name) else {
        return checkValues(of: function, condition, column, into: &findings)
      }
      findings.append(
        ServiceFinding(
          rule: "DV008", span: condition.column.span,
          message: "\(name) takes \(wanted.words); \(column.propertyName) is \(column.type.name).",
          remedy: "Name \(wanted.words), or use another function."))
    }
  }

  private static func checkValues(
    of function: QueryFunction, _ condition: Condition, _ column: Column, into findings: inout [ServiceFinding]
  ) {
    for value in condition.values {
      guard let wanted = function.valueForm(on: column.type), !wanted.takes(value.literal) else { continue }
      findings.append(
        ServiceFinding(
          rule: "DV008", span: value.span, message: "\(function.name) on \(column.propertyName) takes \(wanted.words).",
          remedy: "Write \(wanted.words)."))
    }
  }

  private static func mismatch(_ column: Column, _ value: Condition.Value) -> ServiceFinding {
    ServiceFinding(
      rule: "DV008", span: value.span,
      message: "\(column.propertyName) is \(column.type.name); this literal is of another type.",
      remedy: "Write \(column.type.literalForm).")
  }

  private static func checkWildcard(
    _ function: TextFunction, _ text: String, _ span: Span, into findings: inout [ServiceFinding]
  ) {
    let isOnTheOpenSide =
      switch function {
      case .contains: false
      case .startswith: text.utf8.first == UInt8(ascii: "%")
      case .endswith: text.utf8.last == UInt8(ascii: "%")
      }
    guard isOnTheOpenSide else { return }
    findings.append(
      ServiceFinding(
        rule: "DV009", span: span,
        message: "`\(function.rawValue)` takes no `%` at its open side, where Dataverse puts one itself.",
        remedy: "Use contains, or write [%] for the character itself."))
  }

  /// Whether there is a key of these columns that the schema knows. What a service makes of others is not documented for
  /// any table, so that one that is not known is none: a policy can name those of its organization.
  private static func checkKeyColumns(
    _ conditions: [Condition], _ table: Table?, into findings: inout [ServiceFinding]
  ) {
    // Of virtual tables each column is spoken of alone.
    guard let table, table.kind != .virtual else { return }
    let keys = conditions.filter(\.isKey)
    let names = Set(keys.map(\.column.name))
    // Of names that are no columns nothing is said here: a schema may be a part of what there is.
    guard keys.allSatisfy({ $0.column.name == table.primaryKey || $0.column.column != nil }),
      names.count < keys.count || !table.hasKey(of: names)
    else { return }
    findings.append(
      ServiceFinding(
        rule: "DV013", span: keys[0].span,
        message: table.alternateKeys.isEmpty
          ? "No alternate key of \(table.entitySetName) is known."
          : "\(table.entitySetName) has no alternate key of these columns.",
        remedy: "Use $filter with `eq`."))
  }

  private static func checkAlternateKey(
    _ condition: Condition, _ table: Table?, into findings: inout [ServiceFinding]
  ) {
    guard let table, condition.column.name != table.primaryKey else { return }
    if table.kind == .virtual {
      findings.append(
        ServiceFinding(
          rule: "DV013", span: condition.span, message: "A virtual table has no alternate keys.",
          remedy: "Use $filter with `eq`."))
    }
    for case .string(let text) in condition.values.map(\.literal)
    where text.utf8.contains(where: { "/<>*%&:\\?+".utf8.contains($0) }) {
      findings.append(
        ServiceFinding(
          rule: "DV013", span: condition.span,
          message: "Dataverse finds no row by an alternate key that holds one of / < > * % & : \\ ? +.",
          remedy: "Use $filter with `eq`."))
    }
  }
}

extension ColumnType {
  /// Whether a column of this type can be compared with a literal other than null.
  package func compares(with literal: Literal) -> Bool {
    switch (self, literal) {
    case (.text, .string), (.memo, .string), (.uniqueIdentifier, .guid), (.lookup, .guid), (.dateTime, .dateTimeOffset),
      (.dateTime, .date), (.dateOnly, .date), (.wholeNumber, .integer), (.bigInt, .integer), (.choice, .integer),
      (.decimal, .integer), (.decimal, .decimal), (.decimal, .double), (.money, .integer), (.money, .decimal),
      (.money, .double), (.double, .integer), (.double, .decimal), (.double, .double), (.boolean, .boolean),
      (.choices, .string):
      true
    default: false
    }
  }

  /// Whether a whole number is one that Dataverse cannot hold in a column of this type.
  fileprivate func isOutOfRange(_ literal: Literal) -> Bool {
    guard case .integer(let number) = literal else { return false }
    switch self {
    case .wholeNumber, .choice: return Int32(exactly: number) == nil
    default: return false
    }
  }

  /// Whether columns of both types can be compared with each other: those of one Edm type.
  package func compares(with other: ColumnType) -> Bool {
    switch (self, other) {
    case (.file, _), (.image, _): false
    case (.text, .memo), (.memo, .text), (.uniqueIdentifier, .lookup), (.lookup, .uniqueIdentifier),
      (.lookup, .lookup), (.wholeNumber, .choice), (.choice, .wholeNumber), (.decimal, .money), (.money, .decimal):
      true
    default: self == other
    }
  }

  fileprivate var literalForm: String {
    switch self {
    case .text, .memo: "text in single quotes"
    case .uniqueIdentifier, .lookup: "a GUID without quotes"
    case .dateTime: "a time like 2017-01-01T00:00:00Z, without quotes"
    case .dateOnly: "a date like 2017-01-01, without quotes"
    case .wholeNumber, .bigInt, .choice: "a whole number without quotes"
    case .decimal, .money, .double: "a number without quotes"
    case .choices: "numbers in one text, like '1,9'"
    case .file, .image: "nothing: it cannot be compared"
    case .boolean: "true or false"
    }
  }
}

extension Literal {
  /// Whether it is `INF`, `-INF` or `NaN`.
  var isNotFinite: Bool {
    guard case .double(let text) = self else { return false }
    return text == "INF" || text == "-INF" || text == "NaN"
  }

  fileprivate var isBeforeFirstDate: Bool {
    switch self {
    case .date(let date): date.year < 1753
    case .dateTimeOffset(let time): time.date.year < 1753
    default: false
    }
  }
}

extension QueryFunction {
  /// The types of column it works on, by name and in words; `nil` when that is not said anywhere.
  fileprivate var wantedTypes: (types: Set<String>, words: String)? {
    switch name {
    case "LastXHours", "NextXHours", "OlderThanXHours", "OlderThanXMinutes":
      ([ColumnType.dateTime.name], "a column of dates with times")
    case "On", "OnOrAfter", "OnOrBefore": ([ColumnType.dateTime.name, ColumnType.dateOnly.name], "a column of dates")
    case "ContainValues", "DoesNotContainValues": ([ColumnType.choices.name], "a column of several choices")
    case "EqualUserLanguage": ([ColumnType.wholeNumber.name], "a column of whole numbers")
    case _ where dependency == .caller, "Above", "AboveOrEqual", "Under", "UnderOrEqual", "NotUnder":
      ([ColumnType.uniqueIdentifier.name, ColumnType.lookup(target: "").name], "a column of ids")
    case "Contains": ([ColumnType.text.name, ColumnType.memo.name], "a column of text")
    default:
      dependency == .clock ? ([ColumnType.dateTime.name, ColumnType.dateOnly.name], "a column of dates") : nil
    }
  }
}
