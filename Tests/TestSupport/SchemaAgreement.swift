package import YAMLFile

/// A schema for editors and the loader of the same files, asked side by side.
package struct SchemaAgreement {
  package let validator: SchemaValidator
  /// A file with every key.
  package let sample: JSONValue
  private let diagnostics: (JSONValue) -> [Diagnostic]

  /// What the loader says of the form of a value, not of its meaning.
  private static let formMessages = [
    "is wanted here, ", "A duration is wanted", "is not a key", "is missing here", "none of the words",
    "has to be from", "stands twice in this list", "no name for",
  ]

  /// - Parameters:
  ///   - schema: text of the schema.
  ///   - sample: text of the file with every key.
  ///   - diagnostics: what the loader says of a file.
  package init(
    schema: String, sample: String, diagnostics: @escaping (_ text: String) -> [Diagnostic]
  ) throws(DiagnosticList) {
    validator = SchemaValidator(JSONValue(try YAMLDocument(text: schema, file: "schema.json").root))
    self.sample = JSONValue(try YAMLDocument(text: sample, file: "sample.yaml").root)
    self.diagnostics = { diagnostics($0.text) }
  }

  /// Mistakes that the loader finds in the sample.
  package var mistakesOfSample: [String] { diagnostics(sample).map(\.message) }

  package func accepts(_ value: JSONValue) -> Bool { diagnostics(value).isEmpty }

  /// Every key of the schema: `definition.name`.
  package var keys: Set<String> {
    let definitions = (validator.schema["$defs"]?.members ?? []).map { ($0.name, $0.value) }
    return Set(
      ([("", validator.schema)] + definitions).flatMap { place, schema in
        (schema["properties"]?.members ?? []).map { "\(place).\($0.name)" }
      })
  }

  /// The keys that the loader names where it meets an unknown one at a place of the sample, and those of the schema.
  /// - Parameter definition: of the schema, for that place; empty for its root.
  /// - Returns: `nil` when the place is none, when schema or loader admit the unknown key, or the loader gives no help.
  package func knownKeys(
    at place: [JSONValue.Step], _ definition: String
  ) -> (loader: Set<String>, schema: Set<String>)? {
    guard let members = sample[place]?.members,
      let schema = definition.isEmpty ? validator.schema : validator.definition(definition)
    else { return nil }
    let strange = JSONValue.Member(name: "zzzzzzzzzzzz", value: .int(1))
    let broken = sample.replacing(place, with: .object(members + [strange]))
    guard !validator.admits(broken),
      let help = diagnostics(broken).first(where: { $0.message.contains(strange.name) })?.help
    else { return nil }
    let known = help.split(separator: "`").filter { $0.allSatisfy(\.isLetter) }.map(String.init)
    return (Set(known), Set((schema["properties"]?.members ?? []).map(\.name)))
  }

  /// Tells where schema and loader differ about a value: what the schema refuses the loader refuses, and what the schema
  /// admits has the right form for the loader, if not always a meaning.
  package func difference(about value: JSONValue) -> String? {
    let mistakes = diagnostics(value).map(\.message)
    guard validator.admits(value) else { return mistakes.isEmpty ? "Only the schema refuses this." : nil }
    let forms = mistakes.filter { message in SchemaAgreement.formMessages.contains { message.contains($0) } }
    return forms.isEmpty ? nil : "Only the loader refuses this: \(forms)"
  }

  /// Every integer of the sample set to each of the numbers.
  /// - Parameter numbers: rising.
  /// - Returns: how often the schema turns from one number to the next, and where the loader does not turn with it.
  package func ranges(_ numbers: [Int]) -> (turns: Int, differences: [String]) {
    var turns = 0
    var differences: [String] = []
    for path in sample.paths {
      guard case .int = sample[path] else { continue }
      let values = numbers.map { sample.replacing(path, with: .int($0)) }
      for (value, next) in zip(values, values.dropFirst()) where validator.admits(value) != validator.admits(next) {
        turns += 1
        differences += [value, next].compactMap(difference).map { "\(path): \($0)" }
      }
    }
    return (turns, differences)
  }
}
