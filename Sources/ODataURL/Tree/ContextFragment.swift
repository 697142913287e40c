/// ABNF `contextFragment`: what an answer says of its payload behind the `$metadata#` of its context URL (OData Protocol
/// 4.01, section 10). No request has one.
///
/// Which of the forms a name stands for only a schema knows: an entity set, a singleton, what they contain, or a
/// property.
public struct ContextFragment: Hashable, Sendable {
  /// What the payload is made of.
  public var subject: Subject
  /// ABNF `selectList`: the properties that the payload has; `nil` for those that it has by default.
  public var select: [ContextItem]?
  /// The word that stands last.
  public var suffix: Suffix?

  /// What a payload is made of.
  public enum Subject: Hashable, Sendable {
    /// ABNF `contextFragment`: `$ref`, one entity reference, or `Collection($ref)`.
    case references(isCollection: Bool)
    /// ABNF `qualifiedTypeName`: a value of the type by its qualified name, or a collection of them.
    case type(String, isCollection: Bool)
    /// ABNF `entitySet`, `singletonEntity`, `contextPropertyPath`: names, types and keys, at least one; never anything
    /// else.
    case path([PathSegment])
  }

  /// What of a resource the payload is.
  public enum Suffix: String, Hashable, Sendable, CaseIterable {
    /// ABNF `contextFragment`: one entity.
    case entity = "$entity"
    /// ABNF `contextFragment`: changes.
    case delta = "$delta"
    /// ABNF `contextFragment`: an entity that is no more.
    case deletedEntity = "$deletedEntity"
    /// ABNF `contextFragment`: a relation that is new.
    case link = "$link"
    /// ABNF `contextFragment`: a relation that is no more.
    case deletedLink = "$deletedLink"
  }

  /// A fragment from its parts.
  public init(_ subject: Subject, select: [ContextItem]? = nil, suffix: Suffix? = nil) {
    self.subject = subject
    self.select = select
    self.suffix = suffix
  }
}

/// ABNF `selectListItem`; items nest, and the parser nests them no deeper than ``Limits/depth``.
public struct ContextItem: Hashable, Sendable {
  /// The segments of the path, at least one; `*` and `Ns.*` are one, and so is an annotation, which begins with `@`.
  public var path: [String]
  /// Whether a `+` stands behind it: the navigation property is expanded.
  public var isExpanded: Bool
  /// ABNF `selectList` behind the path: what is selected below it, or the names of the parameters of a function.
  public var select: [ContextItem]?
  /// Where it stood in the source.
  public var span: Span

  /// An item; without a span when it is built rather than read.
  public init(_ path: [String], isExpanded: Bool = false, select: [ContextItem]? = nil, span: Span = .none) {
    self.path = path
    self.isExpanded = isExpanded
    self.select = select
    self.span = span
  }

  /// The same meaning, wherever it stood. Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    isSame(left.path, right.path) && left.isExpanded == right.isExpanded && left.select == right.select
  }
  public func hash(into hasher: inout Hasher) {
    hasher.combine(path)
    hasher.combine(isExpanded)
    hasher.combine(select)
  }
}

extension ContextFragment.Subject {
  /// Names byte for byte.
  public static func == (left: Self, right: Self) -> Bool {
    switch (left, right) {
    case (.references(let isCollection), .references(let other)): isCollection == other
    case (.type(let name, let isCollection), .type(let other, let isOther)):
      isSame(name, other) && isCollection == isOther
    case (.path(let path), .path(let other)): path == other
    default: false
    }
  }
}
