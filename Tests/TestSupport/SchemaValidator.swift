package import YAMLFile

/// A value of JSON, or of YAML read by version 1.2 of it, with the order of members kept.
package indirect enum JSONValue: Hashable, Sendable {
  case null
  case bool(Bool)
  case int(Int)
  case string(String)
  case array([JSONValue])
  case object([Member])

  package struct Member: Hashable, Sendable {
    package var name: String
    package var value: JSONValue

    package init(name: String, value: JSONValue) {
      self.name = name
      self.value = value
    }
  }

  package init(_ node: YAMLNode) {
    switch node.content {
    case .mapping(let entries): self = .object(entries.map { Member(name: $0.key, value: JSONValue($0.value)) })
    case .sequence(let items): self = .array(items.map(JSONValue.init))
    case .scalar(let text, isPlain: false): self = .string(text)
    case .scalar("true", isPlain: true): self = .bool(true)
    case .scalar("false", isPlain: true): self = .bool(false)
    case .scalar("", isPlain: true), .scalar("null", isPlain: true), .scalar("~", isPlain: true): self = .null
    case .scalar(let text, isPlain: true): self = Int(text).map(JSONValue.int) ?? .string(text)
    }
  }

  package subscript(_ name: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  /// As JSON, which is YAML, too.
  package var text: String {
    switch self {
    case .null: return "null"
    case .bool(let value): return "\(value)"
    case .int(let value): return "\(value)"
    case .string(let value): return JSONValue.quoted(value)
    case .array(let items): return "[\(items.map(\.text).joined(separator: ", "))]"
    case .object(let members):
      return "{\(members.map { "\(JSONValue.quoted($0.name)): \($0.value.text)" }.joined(separator: ", "))}"
    }
  }

  private static func quoted(_ text: String) -> String {
    let escaped = text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    return "\"\(escaped)\""
  }

  /// Every value in it with the way there, outermost first.
  package var paths: [[Step]] {
    switch self {
    case .array(let items):
      [[]] + items.enumerated().flatMap { index, item in item.paths.map { [.index(index)] + $0 } }
    case .object(let members): [[]] + members.flatMap { member in member.value.paths.map { [.name(member.name)] + $0 } }
    default: [[]]
    }
  }

  package enum Step: Hashable, Sendable {
    case name(String)
    case index(Int)
  }

  package subscript(_ path: some Collection<Step>) -> JSONValue? {
    guard let step = path.first else { return self }
    switch (self, step) {
    case (.object, .name(let name)): return self[name]?[path.dropFirst()]
    case (.array(let items), .index(let index)): return items[index][path.dropFirst()]
    default: return nil
    }
  }

  package func replacing(_ path: some Collection<Step>, with value: JSONValue) -> JSONValue {
    guard let step = path.first else { return value }
    switch (self, step) {
    case (.object(let members), .name(let name)):
      return .object(
        members.map {
          $0.name == name ? Member(name: name, value: $0.value.replacing(path.dropFirst(), with: value)) : $0
        })
    case (.array(var items), .index(let index)):
      items[index] = items[index].replacing(path.dropFirst(), with: value)
      return .array(items)
    default: return self
    }
  }
}

/// The part of JSON Schema 2020-12 that the schemas of policies and mappings use; any other keyword is a failure.
package final class SchemaValidator {
  package let schema: JSONValue
  /// Properties of the schema that values were found for: `definition.name`.
  package private(set) var used: Set<String> = []
  package private(set) var unknownKeywords: Set<String> = []

  package init(_ schema: JSONValue) { self.schema = schema }

  package func admits(_ value: JSONValue) -> Bool { admits(value, schema, "") }

  package func definition(_ name: String) -> JSONValue? { schema["$defs"]?[name] }

  private func admits(_ value: JSONValue, _ schema: JSONValue, _ place: String) -> Bool {
    guard case .object(let keywords) = schema else { return schema == .bool(true) }
    var isGood = true
    for keyword in keywords { isGood = admits(value, keyword, in: schema, place) && isGood }
    return isGood
  }

  private func admits(_ value: JSONValue, _ keyword: JSONValue.Member, in schema: JSONValue, _ place: String) -> Bool {
    switch (keyword.name, keyword.value) {
    case ("description", _), ("title", _), ("default", _), ("$schema", _), ("$defs", _): return true
    case ("$ref", .string(let reference)):
      let name = String(reference.dropFirst("#/$defs/".count))
      return definition(name).map { admits(value, $0, name) } ?? false
    case ("oneOf", .array(let schemas)): return schemas.count { admits(value, $0, place) } == 1
    case ("const", let wanted): return value == wanted
    case ("enum", .array(let values)): return values.contains(value)
    case ("type", .string(let type)): return value.type == type
    case (let name, let argument): return admits(value, name, argument, schema, place)
    }
  }

  /// Keywords that hold for values of one type.
  private func admits(
    _ value: JSONValue, _ name: String, _ argument: JSONValue, _ schema: JSONValue, _ place: String
  ) -> Bool {
    switch (name, argument, value) {
    case ("properties", _, .object(let members)):
      return members.allSatisfy { member in
        guard let inner = argument[member.name] else { return true }
        used.insert("\(place).\(member.name)")
        return admits(member.value, inner, place)
      }
    case ("required", .array(let names), .object): return names.allSatisfy { $0.word.map { value[$0] != nil } ?? false }
    case ("additionalProperties", _, .object(let members)):
      return members.allSatisfy { schema["properties"]?[$0.name] != nil || admits($0.value, argument, place) }
    case ("propertyNames", _, .object(let members)):
      return members.allSatisfy { admits(.string($0.name), argument, place) }
    case ("minProperties", .int(let least), .object(let members)): return members.count >= least
    case ("maxProperties", .int(let most), .object(let members)): return members.count <= most
    case ("items", _, .array(let items)): return items.allSatisfy { admits($0, argument, place) }
    case ("minItems", .int(let least), .array(let items)): return items.count >= least
    case ("maxItems", .int(let most), .array(let items)): return items.count <= most
    case ("uniqueItems", .bool(true), .array(let items)): return Set(items).count == items.count
    case ("minimum", .int(let least), .int(let number)): return number >= least
    case ("maximum", .int(let most), .int(let number)): return number <= most
    case ("minLength", .int(let least), .string(let text)): return text.unicodeScalars.count >= least
    case ("maxLength", .int(let most), .string(let text)): return text.unicodeScalars.count <= most
    case ("pattern", .string(let pattern), .string(let text)):
      guard let regex = try? Regex(pattern) else { return false }
      return text.firstMatch(of: regex) != nil
    default:
      if !SchemaValidator.typed.contains(name) { unknownKeywords.insert(name) }
      return true
    }
  }

  private static let typed: Set<String> = [
    "properties", "required", "additionalProperties", "propertyNames", "minProperties", "maxProperties", "items",
    "minItems", "maxItems", "uniqueItems", "minimum", "maximum", "minLength", "maxLength", "pattern",
  ]
}

extension JSONValue {
  package var type: String {
    switch self {
    case .null: "null"
    case .bool: "boolean"
    case .int: "integer"
    case .string: "string"
    case .array: "array"
    case .object: "object"
    }
  }

  package var word: String? { if case .string(let text) = self { text } else { nil } }
  package var items: [JSONValue] { if case .array(let items) = self { items } else { [] } }
  package var members: [Member] { if case .object(let members) = self { members } else { [] } }
}
