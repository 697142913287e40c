import Dataverse
import ODataURL
import Policy
import Synchronization

/// What a planner has made for the scopes of its policy: made when first asked for, kept as long as the planner.
/// Bounded by the policy: three parts for each of its scopes.
final class MetadataStore: Sendable {
  private let scopes = Mutex<[String: ServedScope]>([:])

  func scope(_ rule: ScopeRule) -> ServedScope {
    if let known = scopes.withLock({ $0[rule.name] }) { return known }
    // Outside the lock, since it takes a while; of two that come together the first stays.
    let new = ServedScope(rule)
    return scopes.withLock { known in
      if let first = known[rule.name] { return first }
      known[rule.name] = new
      return new
    }
  }
}

/// The tables of one scope as its callers are told of them, with the documents about all of them.
final class ServedScope: Sendable {
  let rule: ScopeRule
  /// In the order of the policy.
  let tables: [VisibleTable]
  private let byLogicalName: [String: Int]
  private let byID: [GUID: Int]
  private let rendered = Mutex<[MetadataDocument: [UInt8]]>([:])

  init(_ rule: ScopeRule) {
    self.rule = rule
    tables = rule.tables.map { VisibleTable($0, scope: rule) }
    byLogicalName = Dictionary(
      tables.enumerated().map { ($1.table.logicalName, $0) }, uniquingKeysWith: { first, _ in first })
    byID = Dictionary(
      tables.enumerated().map { (DefinitionID.table($1.table), $0) }, uniquingKeysWith: { first, _ in first })
  }

  /// The table that a key of `EntityDefinitions` names; `nil` when the scope has none such.
  func table(_ key: DefinitionKey) -> VisibleTable? {
    switch key {
    case .logicalName(let name): byLogicalName[name].map { tables[$0] }
    case .metadataID(let id): byID[id].map { tables[$0] }
    }
  }

  /// A whole document, made once.
  func document(_ document: MetadataDocument, make: (ServedScope) -> [UInt8]) -> [UInt8] {
    if let known = rendered.withLock({ $0[document] }) { return known }
    let new = make(self)
    return rendered.withLock { known in
      if let first = known[document] { return first }
      known[document] = new
      return new
    }
  }
}
