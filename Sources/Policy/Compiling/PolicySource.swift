import YAMLFile

/// What a policy file says, before any name in it has a meaning. Nodes are kept for the places of later mistakes.
struct PolicySource {
  var name = ""
  var limits = PolicyLimits()
  var options: Set<QueryOption> = []
  var annotations: Set<String> = []
  var tables: [TableSource] = []
  var scopes: [ScopeSource] = []

  struct TableSource {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// Seconds.
    var timeToLive: Int
    /// `nil`: those of the policy.
    var options: Set<QueryOption>?
    var columns: [ColumnSource]
  }

  struct ColumnSource {
    /// Property name, as in URLs.
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// A column of the tenant's is declared by its type.
    var type: (name: String, node: YAMLNode)?
    var displayName: String?
    var isSelectable: Bool
    var order: (isAllowed: Bool, node: YAMLNode)?
    var filters: [FilterSource]
    var shape: ShapeSource?
  }

  struct FilterSource {
    var word: String
    var node: YAMLNode
    var path: String
    var shape: ShapeSource?
  }

  struct ShapeSource {
    var shape: LiteralShape
    var node: YAMLNode
    var path: String
  }

  struct ScopeSource {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// Another scope that this one starts from; otherwise everything under `tables`.
    var parent: (name: String, node: YAMLNode)?
    /// `nil`: all tables of the parent.
    var tables: [NarrowedTable]?
  }

  struct NarrowedTable {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// `nil`: all columns of the parent.
    var columns: [(name: String, node: YAMLNode)]?
  }
}
