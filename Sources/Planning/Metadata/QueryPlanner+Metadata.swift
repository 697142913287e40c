import CustomerInsights
import Dataverse
import ODataURL
import Policy

extension QueryPlanner {
  /// Answers a target about tables and columns from the caller's scope: the service document, `$metadata`, and
  /// definitions of tables; of the legacy API everything that takes no row. Such a target is never sent upstream.
  ///
  /// To be asked before ``plan(_:scope:preferences:)``, by whoever answers or judges requests.
  /// - Parameter target: in origin-form.
  /// - Returns: `nil` for a target that is about rows.
  /// - Throws: ``Refusal``: `policy.metadata` for everything about metadata that has no answer; 404 for a table that the
  ///   scope does not have, whether or not the organization has it.
  package func metadata(
    _ target: UnsafeBufferPointer<UInt8>, scope: PlanScope
  ) throws(Refusal) -> MetadataAnswer? {
    let offset: Int
    switch Route.match(target, versions: versions) {
    case .operation(let call): return try management(call, scope)
    case .dataverse(let start) where MetadataRequest.isLikely(UnsafeBufferPointer(rebasing: target[start...])):
      offset = start
    case .dataverse, .legacy, .refused: return nil
    }
    let uri = try parse(target, range: offset..<target.count, with: dataverseParser, dialect: .dataverse)
    guard let request = try MetadataRequest.read(uri, limits: policy.limits) else { return nil }
    guard let rule = policy.scope(scope.policy) else {
      throw Refusal(
        findings: [
          Finding(
            rule: FindingRule.scope.rawValue, span: .none,
            message: "The policy has no scope of this caller's name.",
            remedy: "Ask the operator of this gateway for one that it has.")
        ], dialect: .dataverse)
    }
    guard policy.metadata.contains(request.document) else {
      throw MetadataRequest.refusal(
        uri.path.first?.span ?? .none, "This document is not served here.",
        "Ask the operator of this gateway for the names to use.")
    }
    return try answer(request, documents.scope(rule))
  }

  /// ``metadata(_:scope:)`` of a string.
  package func metadata(_ target: String, scope: PlanScope) throws(Refusal) -> MetadataAnswer? {
    let bytes = Array(target.utf8)
    let result = bytes.withUnsafeBufferPointer { buffer in
      Result { () throws(Refusal) in try metadata(buffer, scope: scope) }
    }
    return try result.get()
  }

  private func answer(_ request: MetadataRequest, _ scope: ServedScope) throws(Refusal) -> MetadataAnswer {
    let root = origin + Route.serviceRoot
    let definitions = Definitions(scope: scope, root: root)
    switch request {
    case .service:
      let body = scope.document(.service) { ServiceDocument.render($0, root: root) }
      return MetadataAnswer(contentType: MetadataAnswer.json, body: body, document: .service)
    case .csdl:
      let body = scope.document(.csdl) { $0.csdl() }
      return MetadataAnswer(contentType: MetadataAnswer.xml, body: body, document: .csdl)
    case .tables(let select, let filter):
      return MetadataAnswer(
        contentType: MetadataAnswer.json, body: definitions.tables(select: select, filter: filter))
    case .table(let key, let select):
      let table = try known(key, scope)
      return MetadataAnswer(contentType: MetadataAnswer.json, body: definitions.table(table, select: select))
    case .columns(let key, let select, let filter):
      let table = try known(key, scope)
      return MetadataAnswer(
        contentType: MetadataAnswer.json, body: definitions.columns(of: table, select: select, filter: filter))
    }
  }

  /// The same words for a table that the scope does not have and one that nobody has.
  private func known(_ key: DefinitionKey, _ scope: ServedScope) throws(Refusal) -> VisibleTable {
    if let table = scope.table(key) { return table }
    throw Refusal(
      dialect: .dataverse, status: 404, code: "0x80040217", message: "There is no table with this key.",
      remedy: "EntityDefinitions lists those that there are.")
  }
}

extension ServedScope {
  /// The CSDL document of the scope, with what may be done as annotations.
  fileprivate func csdl() -> [UInt8] {
    let byName = Dictionary(
      tables.map { ($0.table.logicalName, $0) }, uniquingKeysWith: { first, _ in first })
    return CSDLWriter(
      tables: tables.map(\.table),
      annotations: { table in
        byName[table.logicalName].map { Capabilities.entitySet($0, limits: self.rule.limits) } ?? []
      },
      columnAnnotations: { table, column in
        byName[table.logicalName].map { Capabilities.property(column, of: $0) } ?? []
      },
      containerAnnotations: Capabilities.container
    ).document()
  }
}
