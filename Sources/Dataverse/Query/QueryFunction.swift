/// A query function of Dataverse: `Microsoft.Dynamics.CRM.In(PropertyName='…',PropertyValues=[…])`.
package struct QueryFunction: Sendable, Hashable {
  /// Name without the namespace.
  package let name: String
  package let parameters: [Parameter]

  /// A compulsory named parameter.
  package struct Parameter: Sendable, Hashable {
    package let name: String
    package let kind: Kind
  }

  package enum Kind: Sendable, Hashable {
    /// The name of a column, as text.
    case column
    case text, wholeNumber
    /// A JSON array of text: exactly so many items, or any number from one on.
    case texts(count: Int?)
  }

  package static let namespace = "Microsoft.Dynamics.CRM."

  /// What its result depends on besides the row.
  package enum Dependency: Sendable, Hashable { case caller, clock }

  /// `Today`, `LastXDays` and the like change with the clock (fiscal ones with the settings of the organization too),
  /// `EqualUserId` and the like with who asks: answers to them must not be shared or kept.
  package var dependency: Dependency? {
    if name.hasPrefix("Equal") || name.hasPrefix("NotEqual") { return .caller }
    let prefixes = ["Last", "Next", "This", "OlderThan", "In", "Today", "Tomorrow", "Yesterday"]
    guard prefixes.contains(where: { name.hasPrefix($0) }), name != "In" else { return nil }
    return .clock
  }

  /// By name without the namespace; case-sensitive.
  package static func named(_ name: String) -> QueryFunction? { byName[name] }

  /// All 70, sorted by name.
  package static let all: [QueryFunction] =
    (group(withoutValue)
    + group(withNumber, Parameter(name: "PropertyValue", kind: .wholeNumber))
    + group(withText, Parameter(name: "PropertyValue", kind: .text))
    + group(withTwoTexts, Parameter(name: "PropertyValues", kind: .texts(count: 2)))
    + group(withTexts, Parameter(name: "PropertyValues", kind: .texts(count: nil)))
    + group(
      withPeriodAndYear, Parameter(name: "PropertyValue1", kind: .wholeNumber),
      Parameter(name: "PropertyValue2", kind: .wholeNumber)))
    .sorted { $0.name < $1.name }

  private static let byName = Dictionary(all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  private static func group(_ names: String, _ values: Parameter...) -> [QueryFunction] {
    names.split { $0 == " " || $0 == "\n" }.map {
      QueryFunction(name: String($0), parameters: [Parameter(name: "PropertyName", kind: .column)] + values)
    }
  }

  private static let withoutValue = """
    Last7Days LastWeek LastMonth LastYear LastFiscalPeriod LastFiscalYear
    Next7Days NextWeek NextMonth NextYear NextFiscalPeriod NextFiscalYear
    ThisWeek ThisMonth ThisYear ThisFiscalPeriod ThisFiscalYear Today Tomorrow Yesterday
    EqualBusinessId NotEqualBusinessId EqualRoleBusinessId EqualUserId NotEqualUserId EqualUserLanguage
    EqualUserTeams EqualUserOrUserTeams EqualUserOrUserHierarchy EqualUserOrUserHierarchyAndTeams
    """
  private static let withNumber = """
    LastXHours LastXDays LastXWeeks LastXMonths LastXYears LastXFiscalPeriods LastXFiscalYears
    NextXHours NextXDays NextXWeeks NextXMonths NextXYears NextXFiscalPeriods NextXFiscalYears
    OlderThanXMinutes OlderThanXHours OlderThanXDays OlderThanXWeeks OlderThanXMonths OlderThanXYears
    InFiscalPeriod InFiscalYear
    """
  private static let withText = "On OnOrAfter OnOrBefore Above AboveOrEqual Under UnderOrEqual NotUnder Contains"
  private static let withTwoTexts = "Between NotBetween"
  private static let withTexts = "In NotIn ContainValues DoesNotContainValues"
  private static let withPeriodAndYear =
    "InFiscalPeriodAndYear InOrAfterFiscalPeriodAndYear InOrBeforeFiscalPeriodAndYear"
}
