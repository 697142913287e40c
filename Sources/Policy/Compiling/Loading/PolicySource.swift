import ODataURL
import YAMLFile

/// What a policy file says, before any name in it has a meaning. Nodes are kept for the places of later mistakes.
struct PolicySource {
  var name = ""
  var limits = PolicyLimits()
  var options = OptionsSource(options: [], node: nil)
  var missingSelect: (word: MissingSelect, node: YAMLNode)?
  var annotations: Set<String> = []
  var annotationsNode: YAMLNode?
  var preferences = Policy.knownPreferences
  var metadata = Set(MetadataDocument.allCases)
  /// In lower case.
  var ignoredHeaders: Set<String> = []
  var settings: [String: RuleSetting] = [:]
  var tables: [TableSource] = []
  var scopes: [ScopeSource] = []

  /// A word or a text, and where it stands.
  struct Word {
    var text: String
    var node: YAMLNode
    var path: String
  }

  struct OptionsSource {
    var options: Set<QueryOption>
    /// `nil` when the list is missing, which is reported.
    var node: YAMLNode?
    /// Where single options stand.
    var nodes: [QueryOption: YAMLNode] = [:]
    var path = "options"
  }

  struct TableSource {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// Left out where the organization does not have it.
    var isOptional = false
    /// Seconds.
    var timeToLive = 0
    /// `nil`: those of the policy.
    var options: OptionsSource?
    var alternateKeys: [AlternateKeySource] = []
    var columns: [ColumnSource] = []
    var navigations: [NavigationSource] = []
    var requirements: [RequirementSource] = []
    var rowFilter: Word?
    var apply: TransformationsSource?
    var help: RuleHelp?
    var logsLiterals = false
  }

  struct ColumnSource {
    /// Property name, as in URLs.
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// A column of the tenant's is declared by its type.
    var type: Word?
    var displayName: Word?
    var isSelectable = false
    var order: (isAllowed: Bool, node: YAMLNode)?
    var filters: [FilterSource] = []
    var aggregate: [Word] = []
    var annotate: (isAllowed: Bool, node: YAMLNode)?
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

  struct NavigationSource {
    var name: String
    var keyNode: YAMLNode
    var path: String
    var expand: (isAllowed: Bool, node: YAMLNode)?
    var filter: (isAllowed: Bool, node: YAMLNode)?
    var top: (rows: Int, node: YAMLNode)?
    var depth: (steps: Int, node: YAMLNode)?
  }

  /// Columns that name one row together.
  struct AlternateKeySource {
    var columns: [Word]
    var node: YAMLNode
    var path: String
  }

  /// Columns of which a query has to name one.
  struct RequirementSource {
    var columns: [Word]
    var node: YAMLNode
    var path: String
  }

  struct TransformationsSource {
    var kinds: [(kind: TransformationKind, node: YAMLNode)]
    var node: YAMLNode
    var path: String

    func names(_ kind: TransformationKind) -> Bool { kinds.contains { $0.kind == kind } }
  }

  struct ScopeSource {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// Another scope that this one starts from; otherwise everything under `tables`.
    var parent: Word?
    /// `nil`: all tables of the parent.
    var tables: [NarrowedTable]?
    var rowFilters: [(table: Word, filter: Word)] = []
    var requirements: [(table: Word, requirements: [RequirementSource])] = []
    var limits: [LimitSource] = []
    var isReportOnly = false
  }

  struct LimitSource {
    var field: PolicyLimits.Field
    var value: Int
    var node: YAMLNode
    var path: String
  }

  struct NarrowedTable {
    var name: String
    var keyNode: YAMLNode
    var path: String
    /// `nil`: all columns of the parent.
    var columns: [(name: String, node: YAMLNode)]?
  }
}
