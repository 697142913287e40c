/// Seals and opens paging tokens, so that a client can neither read, forge nor carry one over to another caller, query
/// or policy. The gateway gives the real one; tools without a network give ``NoPagingTokens``.
package protocol PagingTokens: Sendable {
  /// - Throws: when the token is too large to seal.
  func seal(_ token: String, boundTo context: [String]) throws -> String
  /// - Throws: when `sealed` was not made by `seal` with the same context.
  func open(_ sealed: String, boundTo context: [String]) throws -> String
}

/// For the linter and `explain`: no token can be opened or made.
package struct NoPagingTokens: PagingTokens {
  package struct Unavailable: Error {}

  package init() {}
  package func seal(_ token: String, boundTo context: [String]) throws -> String { throw Unavailable() }
  package func open(_ sealed: String, boundTo context: [String]) throws -> String { throw Unavailable() }
}

/// What a sealed token holds: the page size of the first page (Dataverse wants the same on every page) and the
/// `$skiptoken` of Dataverse's own next link, decoded once.
struct PagingPayload: Equatable {
  var pageSize: Int?
  var skiptoken: String

  init(pageSize: Int?, skiptoken: String) {
    self.pageSize = pageSize
    self.skiptoken = skiptoken
  }

  /// `pageSize|skiptoken`; an empty page size means none was sent.
  init?(text: String) {
    guard let bar = text.firstIndex(of: "|") else { return nil }
    let size = text[..<bar]
    guard size.isEmpty || Int(size) != nil else { return nil }
    pageSize = Int(size)
    skiptoken = String(text[text.index(after: bar)...])
  }

  var text: String { "\(pageSize.map(String.init) ?? "")|\(skiptoken)" }
}
