import Dataverse
package import ODataURL

/// A path that goes on from one row to those behind a navigation property: `set(key)/navigation`.
///
/// It gives the rows that `$expand` of the navigation property would give inside that row, and is judged as such a query:
/// what may not be expanded may not be gone to, rows get the same row filter, and collections the same `$top`.
struct OnwardPath {
  /// `set(key)?$expand=navigation(…)`, with the options of the path inside. Nothing of the row itself is selected.
  let query: RelativeURI

  /// - Parameter query: without aliases.
  /// - Returns: `nil` for every other path, also along navigation properties that the scope cannot expand.
  init?(_ query: RelativeURI, _ scope: ScopeRule) {
    guard query.path.count == 2, case .name(let set, .some) = query.path[0].kind,
      case .name(let name, nil) = query.path[1].kind, let way = scope.table(entitySet: set)?.navigations[name],
      way.isExpandable, scope.table(named: way.navigation.target) != nil
    else { return nil }
    let span = query.path[1].span
    var inner = QueryOptions()
    inner.select = query.options.select
    inner.filter = query.options.filter
    inner.orderby = query.options.orderby
    inner.top = query.options.top
    inner.expand = query.options.expand
    // The others go with no such path, and are refused where they stand.
    var outer = query.options
    outer.select = Spanned([])
    outer.filter = nil
    outer.orderby = nil
    outer.top = nil
    outer.expand = Spanned([ExpandItem([name], options: inner, span: span)], span: span)
    self.query = RelativeURI(path: [query.path[0]], options: outer)
  }
}

extension Policy {
  /// The form in which a query is judged: a path that goes on along a navigation property as the `$expand` that it stands
  /// for, every other query as it is.
  /// - Parameter query: without aliases.
  package func judgedForm(of query: RelativeURI, scope name: String) -> RelativeURI {
    scope(name).flatMap { OnwardPath(query, $0) }?.query ?? query
  }
}
