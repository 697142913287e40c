package import ODataURL

/// What the judge says of one query.
package enum Verdict: Sendable {
  case allow(Obligations)
  /// At least one finding; never empty.
  case deny([Finding])
}

/// What must be done to an allowed query before it is sent, and to its answer.
package struct Obligations: Sendable {
  /// The query as it may be sent: `$select` injected or kept, caps and row filters put in, aliases substituted.
  package var query: RelativeURI
  /// Logical name of the table that is read.
  package var table: String
  /// What the path addresses.
  package var result: ResultShape
  /// What may leave in each row; everything else is dropped from the answer.
  package var members: MemberTree
  /// `Prefer: odata.maxpagesize` to send; nil when `$top` is there (Dataverse wants one or the other).
  package var pageSize: Int?
  /// Annotation terms the caller asked for and may have (`odata.include-annotations`).
  package var annotations: [String]
  /// The tags of rows (`@odata.etag`) may leave: they are made of `versionnumber`, which tells of every change of a row.
  package var hasTags: Bool
  /// How long an answer may be served from the cache, in seconds; 0 for never.
  package var timeToLive: Int
  /// Id of the policy rule that allowed the table, for logs.
  package var rule: String
  /// Names that `$apply` gives, in the order of the query; empty without it.
  package var outputs: [String]
  /// What would have been refused but for a rule that only reports, and what linters advise; never an error.
  package var findings: [Finding]

  package init(
    query: RelativeURI, table: String, result: ResultShape, members: MemberTree, pageSize: Int?,
    annotations: [String] = [], hasTags: Bool = false, timeToLive: Int, rule: String, outputs: [String] = [],
    findings: [Finding] = []
  ) {
    self.query = query
    self.table = table
    self.result = result
    self.members = members
    self.pageSize = pageSize
    self.annotations = annotations
    self.hasTags = hasTags
    self.timeToLive = timeToLive
    self.rule = rule
    self.outputs = outputs
    self.findings = findings
  }
}

/// Members that rows may have, and those of the rows expanded in them.
package struct MemberTree: Sendable, Hashable {
  /// Property names, and names that `$apply` gives.
  package var names: MemberNames
  /// Those of ``names`` whose annotations may leave.
  package var annotated: Set<String>
  /// What may leave of expanded rows, by navigation property.
  package var expanded: [String: MemberTree]

  package init(_ names: Set<String>, annotated: Set<String> = [], expanded: [String: MemberTree] = [:]) {
    self.init(.names(names), annotated: annotated, expanded: expanded)
  }

  package init(_ names: MemberNames, annotated: Set<String> = [], expanded: [String: MemberTree] = [:]) {
    self.names = names
    self.annotated = annotated
    self.expanded = expanded
  }
}

/// Names of members.
package enum MemberNames: Sendable {
  case names(Set<String>)
  /// Those of a `$select` that names columns alone, none of them twice: the list that is sent, so that a judgement need
  /// not make another.
  case selected([SelectItem])

  /// Each once, in no particular order.
  package var all: Set<String> {
    switch self {
    case .names(let names): names
    // A key path in place of the closure costs more than the set.
    case .selected(let items): Set(items.lazy.compactMap { $0.path.first })
    }
  }

  /// Where names are looked for one by one.
  package var index: Index {
    switch self {
    case .names(let names): .names(names)
    case .selected(let items): items.count > MemberNames.few ? .names(all) : .selected(items)
    }
  }

  /// Columns up to which a look at each of them is cheaper than a set.
  private static let few = 16

  /// What tells whether a name is there.
  package enum Index: Sendable {
    case names(Set<String>)
    /// Few.
    case selected([SelectItem])

    package func contains(_ name: String) -> Bool {
      switch self {
      case .names(let names): names.contains(name)
      case .selected(let items): items.contains { $0.path.first == name }
      }
    }
  }

  /// The names one by one, where they come from a list each once and in its order.
  package var list: [String] {
    switch self {
    case .names(let names): return Array(names)
    case .selected(let items):
      var list: [String] = []
      list.reserveCapacity(items.count)
      for item in items { list.append(contentsOf: item.path.prefix(1)) }
      return list
    }
  }
}

extension MemberNames: Hashable {
  package static func == (left: MemberNames, right: MemberNames) -> Bool { left.all == right.all }
  package func hash(into hasher: inout Hasher) { hasher.combine(all) }
}

/// The form of the answer that a resource path asks for.
package enum ResultShape: Sendable, Hashable {
  /// `{"@odata.context","value":[…]}`
  case collection
  /// One row.
  case entity
  /// `/$count`: a number as text.
  case count
}

/// One thing wrong with a query.
package struct Finding: Sendable, Hashable {
  package enum Severity: String, Sendable {
    /// The query is refused.
    case error
    case warning, advice
    /// The query would have been refused; the rule only reports.
    case report
  }

  /// Stable id: a policy rule (`policy.column.filter`) or a lint rule (`DV003`).
  package var rule: String
  package var severity: Severity
  /// Where in the request target the client sent.
  package var span: Span
  /// What is wrong, one sentence, no literal of the query.
  package var message: String
  /// What would pass.
  package var remedy: String
  /// Where the operator explains more.
  package var link: String?
  /// Logical name of the table that it is about, where it is about one.
  package var table: String?
  /// Property name of the column that it is about, where the schema has it; no text of the query.
  package var column: String?

  package init(
    rule: String, severity: Severity = .error, span: Span, message: String, remedy: String, link: String? = nil
  ) {
    self.rule = rule
    self.severity = severity
    self.span = span
    self.message = message
    self.remedy = remedy
    self.link = link
  }
}
