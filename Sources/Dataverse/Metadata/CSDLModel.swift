/// What one pass over a CSDL document keeps, as the document says it.
struct CSDLModel {
  var types: [String: EntityType] = [:]
  /// Names of ``types`` in the order of the document.
  var order: [String] = []
  /// Entity set name → logical name.
  var sets: [String: String] = [:]
  /// Logical name → its first entity set.
  var setOfType: [String: String] = [:]
  var functions: Set<String> = []
  /// Navigation properties of types that are not kept (`type/property`): whether they are collections.
  var probed: [String: Bool] = [:]
  var notes: [String] = []
  /// Notes beyond ``mostNotes``.
  var furtherNotes = 0

  /// Notes that are kept; of the others, how many there are.
  static let mostNotes = 1000

  mutating func note(_ text: String) {
    if notes.count < CSDLModel.mostNotes { notes.append(text) } else { furtherNotes += 1 }
  }

  struct EntityType {
    var name: String
    /// Without namespace.
    var base: String?
    var isAbstract = false
    var key: [String] = []
    var properties: [Property] = []
    var navigations: [Navigation] = []
    var alternateKeys: [AlternateKey] = []
    var terms: [SluiceTerm: String] = [:]
  }

  struct Property {
    var name: String
    var type: String
    var maxLength: Int?
    var terms: [SluiceTerm: String] = [:]
  }

  struct Navigation {
    var name: String
    var type: String
    var partner: String?
    /// The `Property` of each referential constraint.
    var constraints: [String] = []
    var terms: [SluiceTerm: String] = [:]
  }
}
