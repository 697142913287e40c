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
  package let dependency: Dependency?

  private init(name: String, parameters: [Parameter]) {
    self.name = name
    self.parameters = parameters
    let clock = ["Last", "Next", "This", "OlderThan", "In", "Today", "Tomorrow", "Yesterday"]
    dependency =
      if name.hasPrefix("Equal") || name.hasPrefix("NotEqual") {
        .caller
      } else if name != "In", clock.contains(where: { name.hasPrefix($0) }) {
        .clock
      } else {
        nil
      }
  }

  /// The function that gives the other rows, where there is one: `NotIn` for `In`.
  package var twin: String? {
    switch name {
    case "ContainValues": return "DoesNotContainValues"
    case "DoesNotContainValues": return "ContainValues"
    default:
      let other = name.hasPrefix("Not") ? String(name.dropFirst(3)) : "Not" + name
      return QueryFunction.named(other)?.name
    }
  }

  /// By name without the namespace; case-sensitive.
  package static func named(_ name: String) -> QueryFunction? { byName[name] }

  /// - Parameter isQualified: `name` has the namespace, which has to be that of Dataverse.
  static func named(_ name: String, isQualified: Bool) -> QueryFunction? {
    isQualified ? unqualified(name).flatMap { byName[$0] } : byName[name]
  }

  /// A name without the namespace; `nil` when it has another or none. Compares bytes: characters cost many times more.
  package static func unqualified(_ name: String) -> String? {
    guard name.utf8.starts(with: namespace.utf8) else { return nil }
    return String(name.utf8.dropFirst(namespace.utf8.count))
  }

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
