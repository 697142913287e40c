/// One thing that two answers do not have in common.
package struct Difference: Sendable {
  /// What is different; the names stand in JSON reports and stay as they are.
  package enum Kind: String, Sendable, Hashable, CaseIterable {
    /// Statuses of different classes (RFC 9110, section 15).
    case status
    /// Stable codes of two errors.
    case code
    /// One body is JSON, a collection or there, and the other is not; or two that are no JSON differ.
    case body
    /// Two values of one JSON type, or of two.
    case value, type
    /// A member that one side lacks.
    case onlyLeft, onlyRight
    /// A row without a counterpart.
    case rowOnlyLeft, rowOnlyRight
    /// Rows that both have, in another order than was asked for.
    case order
    /// Pages that one side could not give.
    case paging
  }

  /// What is different.
  package var kind: Kind
  /// Where it stands.
  package var place: Place
  /// `nil` where that side has nothing.
  package var left: Side?
  /// The same of the other side.
  package var right: Side?

  /// What one side has.
  package struct Side: Sendable, Hashable {
    /// What it is, without telling it.
    package var word: String
    /// The value itself; `nil` where the word says it all.
    package var value: String?
  }

  /// Where in the answers.
  package struct Place: Sendable {
    /// One step from the outside to the inside.
    package enum Step: Sendable {
      /// Into the member of an object with this name.
      case member(String)
      /// 0-based places of one row on both sides, and what names it, which may be personal data.
      case row(left: Int?, right: Int?, name: String?)
    }

    /// From the outermost; none for an answer as a whole.
    package var steps: [Step] = []

    func appending(_ step: Step) -> Place { Place(steps: steps + [step]) }

    var names: [String] {
      steps.compactMap { if case .member(let name) = $0 { name } else { nil } }
    }

    /// `value[3]/FullName`; of a row that stands elsewhere on the right side `value[3→5]`; with values
    /// `value[3 CustomerId=…]`. Empty for the answer as a whole.
    package func text(showsValues: Bool) -> String {
      var out = ""
      for step in steps {
        switch step {
        case .member(let name): out += out.isEmpty ? name : "/\(name)"
        case .row(let left, let right, let name):
          out += "[\(left.map(String.init) ?? "")"
          if left != right { out += "→\(right.map(String.init) ?? "")" }
          if showsValues, let name { out += " \(name)" }
          out += "]"
        }
      }
      return out
    }
  }
}

extension Difference.Side {
  /// Characters of a value that are shown.
  static let length = 120

  init(_ value: JSONValue, rules: ComparisonRules) {
    word = ValueWords.word(value, rules)
    self.value = ValueWords.shown(value)
  }

  /// Something that is no value of the data, and so no secret.
  init(open word: String) { self.word = word }
}

/// Values for people.
private enum ValueWords {
  static func word(_ value: JSONValue, _ rules: ComparisonRules) -> String {
    switch value {
    case .null: return "null"
    case .bool: return "boolean"
    case .number: return "number"
    case .array(let items): return "array of \(items.count)"
    case .object: return "object"
    case .string(let text):
      return switch TextKind(text, rules: rules) {
      case .id: "id"
      case .instant: "date and time"
      case .text: "text"
      }
    }
  }

  static func shown(_ value: JSONValue) -> String? {
    switch value {
    case .null: return nil
    case .bool(let value): return value ? "true" : "false"
    case .number(let text): return cut(text)
    case .string(let text): return "\"\(cut(text))\""
    case .array, .object: return nil
    }
  }

  private static func cut(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard scalars.count > Difference.Side.length else { return text }
    return String(String.UnicodeScalarView(scalars.prefix(Difference.Side.length))) + "…"
  }
}
