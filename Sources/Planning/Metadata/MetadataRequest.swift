import ODataURL
import Policy

/// What a request about tables and columns asks for.
enum MetadataRequest: Sendable {
  case service
  case csdl
  /// `EntityDefinitions`
  case tables(select: [String]?, filter: DefinitionFilter?)
  /// `EntityDefinitions(key)`
  case table(DefinitionKey, select: [String]?)
  /// `EntityDefinitions(key)/Attributes`
  case columns(DefinitionKey, select: [String]?, filter: DefinitionFilter?)

  var document: MetadataDocument {
    switch self {
    case .service: .service
    case .csdl: .csdl
    case .tables, .table, .columns: .definitions
    }
  }
}

/// How `EntityDefinitions` names one table.
enum DefinitionKey: Sendable, Hashable {
  case logicalName(String)
  case metadataID(GUID)
}

extension MetadataRequest {
  /// Entity sets and functions of Dataverse that are about tables and columns. Of these only
  /// ``MetadataDocument/definitions`` is answered.
  private static let names: Set<String> = [
    MetadataDocument.definitions.rawValue, "GlobalOptionSetDefinitions", "RelationshipDefinitions",
    "ManagedPropertyDefinitions", "RetrieveMetadataChanges", "RetrieveAllEntities", "RetrieveEntity",
    "RetrieveAttribute", "RetrieveRelationship",
  ]

  /// Whether a target may be about metadata, by its first segment alone: spares every other request a second parse.
  /// - Parameter relative: what stands behind the service root.
  static func isLikely(_ relative: UnsafeBufferPointer<UInt8>) -> Bool {
    let ends: Set<UInt8> = [UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "(")]
    let segment = relative.prefix { !ends.contains($0) }
    guard let first = segment.first else { return true }
    // A name can be percent-encoded, and `$metadata` is the only word behind a root that begins with a `$`.
    if first == UInt8(ascii: "$") || segment.contains(UInt8(ascii: "%")) { return true }
    return names.contains { $0.utf8.elementsEqual(segment) }
  }

  /// Reads a request; `nil` for one that is about rows.
  /// - Throws: ``Refusal`` with `policy.metadata` for everything about metadata that has no answer here. It depends on
  ///   the request alone, never on what the scope has.
  static func read(_ uri: RelativeURI, limits: PolicyLimits) throws(Refusal) -> MetadataRequest? {
    guard let first = uri.path.first else {
      try refuse(uri.options, but: [], "The service document takes no query options.")
      return .service
    }
    switch first.kind {
    case .keyword("$metadata"):
      if uri.path.count > 1 {
        // Behind this word stands nothing but the context of an answer.
        throw refusal(
          uri.path[1].span, "What follows a number sign describes an answer; a request has none.",
          "Leave out the number sign and what follows it.")
      }
      var options = uri.options
      // Dataverse's own option of this address; the document has its annotations in any case.
      options.custom.removeAll { $0 == CustomOption(name: "annotations", value: "true") }
      try refuse(options, but: [], "`$metadata` takes no query options but annotations=true.")
      return .csdl
    case .name(MetadataDocument.definitions.rawValue, let keys):
      return try definitions(uri, keys: keys, span: first.span, limits)
    case .name(let name, _), .function(let name, _, _):
      if names.contains(name) { throw unserved(first.span) }
      return nil
    default: return nil
    }
  }

  private static func definitions(
    _ uri: RelativeURI, keys: KeyPredicate?, span: Span, _ limits: PolicyLimits
  ) throws(Refusal) -> MetadataRequest {
    let key = try keys.map { (keys) throws(Refusal) in try definitionKey(keys, span: span) }
    var isColumns = false
    if uri.path.count > 1 {
      guard key != nil, uri.path.count == 2, case .name("Attributes", keys: nil) = uri.path[1].kind else {
        throw unserved(uri.path[1].span)
      }
      isColumns = true
    }
    let isRow = key != nil && !isColumns
    try refuse(
      uri.options, but: isRow ? ["$select"] : ["$select", "$filter"],
      "Definitions take \(isRow ? "$select" : "$select and $filter") alone.")
    let properties = isColumns ? ColumnDefinition.allCases.map(\.rawValue) : TableDefinition.allCases.map(\.rawValue)
    let select = try select(uri.options.select, from: properties)
    let comparable: [String: DefinitionFilter.Kind] =
      isColumns ? ColumnDefinition.comparable : TableDefinition.comparable
    let filter = try uri.options.filter.map { (filter) throws(Refusal) in
      try DefinitionFilter(filter.value, properties: comparable, limits: limits)
    }
    guard let key else { return .tables(select: select, filter: filter) }
    return isColumns ? .columns(key, select: select, filter: filter) : .table(key, select: select)
  }

  private static func definitionKey(_ keys: KeyPredicate, span: Span) throws(Refusal) -> DefinitionKey {
    let (name, value): (String, Expression)
    switch keys {
    case .single(let single): (name, value) = ("MetadataId", single)
    case .compound(let arguments):
      guard arguments.count == 1 else { throw unserved(span) }
      (name, value) = (arguments[0].name, arguments[0].value)
    }
    switch (name, value[value.root]) {
    case ("LogicalName", .literal(.string(let text))): return .logicalName(text)
    case ("MetadataId", .literal(.guid(let id))): return .metadataID(id)
    default: throw unserved(span)
    }
  }

  private static func select(
    _ select: Spanned<[SelectItem]>?, from properties: [String]
  ) throws(Refusal) -> [String]? {
    guard let select, !select.value.isEmpty else { return nil }
    var names: [String] = []
    for item in select.value {
      guard item.path.count == 1, item.parameters == nil, item.options == QueryOptions(),
        let name = properties.first(where: { $0 == item.path[0] })
      else {
        throw refusal(
          item.span, "This property of definitions is not served.", "Served: \(properties.joined(separator: ", ")).")
      }
      if !names.contains(name) { names.append(name) }
    }
    return names
  }

  /// Refuses options other than those that are named.
  private static func refuse(
    _ options: QueryOptions, but allowed: Set<String>, _ message: String
  ) throws(Refusal) {
    let given: [(String, Span?)] =
      [
        ("$select", options.select?.span), ("$expand", options.expand?.span), ("$filter", options.filter?.span),
        ("$orderby", options.orderby?.span), ("$top", options.top?.span), ("$skip", options.skip?.span),
        ("$count", options.count?.span), ("$search", options.search?.span), ("$format", options.format?.span),
        ("$skiptoken", options.skiptoken?.span), ("$deltatoken", options.deltatoken?.span),
        ("$compute", options.compute?.span), ("$apply", options.apply?.span),
      ] + (options.unparsed + options.custom).map { ($0.name, $0.span) } + options.aliases.map { ("@", $0.span) }
    for (name, span) in given {
      if let span, !allowed.contains(name) { throw refusal(span, message, "Leave this option out.") }
    }
  }

  private static func unserved(_ span: Span) -> Refusal {
    refusal(
      span, "This part of the metadata is not served.",
      "Served: the service document, $metadata, EntityDefinitions, EntityDefinitions(LogicalName='…') and its "
        + "Attributes, with $select and $filter.")
  }

  static func refusal(_ span: Span, _ message: String, _ remedy: String) -> Refusal {
    Refusal(
      findings: [Finding(rule: FindingRule.metadata.rawValue, span: span, message: message, remedy: remedy)],
      dialect: .dataverse)
  }
}
