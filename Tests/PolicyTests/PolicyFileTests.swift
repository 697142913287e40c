import Dataverse
import Policy
import Testing
import YAMLFile

/// A sound policy; tests break one line of it.
private let sound = """
  version: 1
  name: p
  options: [$select, $filter, $orderby]
  tables:
    msdynci_customerprofile:
      ttl: 5m
      columns:
        msdynci_customerid: { select: true, filter: [eq] }
        msdynci_nickname: { type: text, select: true }
    msdynci_unifiedactivity:
      ttl: 1m
      columns:
        msdynci_activitytime: { select: true, order: true }
  scopes:
    default: {}

  """

private func problems(_ text: String) -> String {
  do throws(DiagnosticList) {
    _ = try Policy.load(text: text, file: "p.yaml", schema: sampleSchema)
    return ""
  } catch {
    return error.rendered()
  }
}

private struct Mistake: Sendable, CustomTestStringConvertible {
  var line: String
  var broken: String
  var rendered: String
  init(_ line: String, _ broken: String, _ rendered: String) {
    self.line = line
    self.broken = broken
    self.rendered = rendered
  }
  var testDescription: String { broken }
}

@Suite struct PolicyFileTests {
  @Test func loads() throws {
    #expect(problems(sound) == "")
    let policy = try Policy.load(text: sound, file: "p.yaml", schema: sampleSchema)
    #expect(policy.name == "p" && policy.scopes.map(\.name) == ["default"] && policy.limits.top == 500)
    #expect(policy.tables.map(\.table.logicalName) == ["msdynci_customerprofile", "msdynci_unifiedactivity"])
    let nickname = policy.schema.table(named: "msdynci_customerprofile")?.column("msdynci_nickname")
    #expect(nickname == Column("msdynci_nickname", .text, displayName: "nickname"))
    #expect(policy.schema.version != sampleSchema.version)
  }

  @Test func versionFollowsTheText() throws {
    func version(_ text: String) throws -> String {
      try Policy.load(text: text, file: "p.yaml", schema: sampleSchema).version
    }
    #expect(try version(sound) == version(sound))
    #expect(try version(sound) != version(sound + "# x\n"))
    #expect(try version(sound).count == 16)
  }

  @Test(arguments: [
    Mistake(
      "version: 1", "version: 2",
      """
      p.yaml:1:1: error: This program reads version 1 of the policy language.
        version: 2
        ^
        help: Write `version: 1`.

      """),
    Mistake(
      "name: p", "nmae: p",
      """
      p.yaml:1:1: error: `name` is missing here.
        version: 1
        ^
      p.yaml:2:1: error: `nmae` is not a key of this mapping.
        nmae: p
        ^
        help: Did you mean `name`?

      """),
    Mistake(
      "options: [$select, $filter, $orderby]", "options: [$select, $filter, $ordrby, $select]",
      """
      p.yaml:3:29: error: This is none of the words that may stand here.
        options: [$select, $filter, $ordrby, $select]
                                    ^
        help: Did you mean `$orderby`? One of: `$select`, `$expand`, `$apply`, `$filter`, `$orderby`, `$top`, `$count`, `$skiptoken`, `/$count`, `key`.
      p.yaml:3:38: error: `$select` stands twice in this list.
        options: [$select, $filter, $ordrby, $select]
                                             ^
      p.yaml:13:52: error: This never applies: `$orderby` is not in `options`.
              msdynci_activitytime: { select: true, order: true }
                                                           ^

      """),
    Mistake(
      "  msdynci_customerprofile:", "  msdynci_customerprofiles:",
      """
      p.yaml:5:3: error: There is no table `msdynci_customerprofiles`.
          msdynci_customerprofiles:
          ^
        help: Did you mean `msdynci_customerprofile`?

      """),
    Mistake(
      "    ttl: 5m", "    ttl: 2d",
      """
      p.yaml:6:10: error: The duration has to be from 0 to 86400000 milliseconds.
            ttl: 2d
                 ^

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }", "      msdynci_custmerid: { select: true }",
      """
      p.yaml:8:7: error: msdynci_customerprofile has no column `msdynci_custmerid`.
              msdynci_custmerid: { select: true }
              ^
        help: Did you mean `msdynci_customerid`?

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }", "      msdynci_shoesize: { select: true }",
      """
      p.yaml:8:7: error: msdynci_customerprofile has no column `msdynci_shoesize`.
              msdynci_shoesize: { select: true }
              ^
        help: Declare a column of your tenant by its `type`, for example `type: text`.

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }", "      ownerid: { select: true }",
      """
      p.yaml:8:7: error: msdynci_customerprofile has no column `ownerid`.
              ownerid: { select: true }
              ^
        help: A lookup is named as in URLs: `_ownerid_value`.

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_customerid: { select: true, filter: [eq, contians, add] }",
      """
      p.yaml:8:56: error: `contians` is no operator or function of a filter.
              msdynci_customerid: { select: true, filter: [eq, contians, add] }
                                                               ^
        help: Did you mean `contains`?
      p.yaml:8:66: error: `add` is no operator or function of a filter.
              msdynci_customerid: { select: true, filter: [eq, contians, add] }
                                                                         ^
        help: One of eq, ne, gt, ge, lt, le, contains, startswith, endswith, not, isNull, column, or a query function like In.

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_customerid: { select: true, filter: [eq], value: { pattern: \"[a-\" } }",
      """
      p.yaml:8:75: error: The pattern is not one: missing terminating ] for character class, at character 4 of it.
              msdynci_customerid: { select: true, filter: [eq], value: { pattern: "[a-" } }
                                                                                  ^

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_customerid: { select: true, filter: {contains: {minLength: 5, maxLength: 4}} }",
      """
      p.yaml:8:62: error: No text is both 5 or longer and 4 or shorter.
              msdynci_customerid: { select: true, filter: {contains: {minLength: 5, maxLength: 4}} }
                                                                     ^

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }", "      msdynci_customerid: {}",
      """
      p.yaml:8:7: error: Nothing is allowed for this column.
              msdynci_customerid: {}
              ^
        help: Name a use, or remove the column.

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_lifetimevalue: { select: true, filter: [contains, gt] }",
      """
      p.yaml:8:55: error: `contains` takes text; this column is decimal.
              msdynci_lifetimevalue: { select: true, filter: [contains, gt] }
                                                              ^

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_customerid: { type: memos, select: true }",
      """
      p.yaml:8:35: error: There is no column type `memos`.
              msdynci_customerid: { type: memos, select: true }
                                          ^
        help: Did you mean `memo`?

      """),
    Mistake(
      "      msdynci_customerid: { select: true, filter: [eq] }",
      "      msdynci_customerid: { type: decimal, select: true }",
      """
      p.yaml:8:35: error: The organization says that this column is text.
              msdynci_customerid: { type: decimal, select: true }
                                          ^
        help: Write `type: text`, or remove it.

      """),
    Mistake(
      "      msdynci_activitytime: { select: true, order: true }",
      "      msdynci_mood: { type: text, select: true }",
      """
      p.yaml:13:29: error: Columns cannot be declared in msdynci_unifiedactivity: it is the same in every organization.
              msdynci_mood: { type: text, select: true }
                                    ^
        help: Remove `type`.

      """),
    Mistake(
      "      msdynci_activitytime: { select: true, order: true }",
      "      msdynci_activitytime: { filter: [eq] }",
      """
      p.yaml:10:3: error: Nothing of msdynci_unifiedactivity can be read: no column has `select: true`.
          msdynci_unifiedactivity:
          ^

      """),
    Mistake(
      "      msdynci_activitytime: { select: true, order: true }",
      "      _ownerid_value: { select: true, order: true, filter: [gt] }",
      """
      p.yaml:13:46: error: Ordering by a lookup sorts by the name of the related row.
              _ownerid_value: { select: true, order: true, filter: [gt] }
                                                     ^
        help: Remove `order`.
      p.yaml:13:61: error: `gt` has no meaning for lookup.
              _ownerid_value: { select: true, order: true, filter: [gt] }
                                                                    ^
        help: Use `eq` or `ne`.

      """),
    Mistake(
      "  default: {}", "  default: { inherit: defualt }",
      """
      p.yaml:15:23: error: There is no scope `defualt`.
          default: { inherit: defualt }
                              ^
        help: Did you mean `default`?

      """),
    Mistake(
      "  default: {}", "  default: { inherit: default }",
      """
      p.yaml:15:23: error: These scopes inherit from one another in a circle.
          default: { inherit: default }
                              ^

      """),
    Mistake(
      "  default: {}",
      "  default: { tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_enrichment: all } }\n"
        + "  b: { inherit: default, tables: { msdynci_customerprofile: [msdynci_nickname] } }",
      """
      p.yaml:15:71: error: A scope can only narrow: `msdynci_enrichment` is not in `tables`.
          default: { tables: { msdynci_customerprofile: [msdynci_customerid], msdynci_enrichment: all } }
                                                                              ^
      p.yaml:16:62: error: A scope can only narrow: the scope `default` has no `msdynci_nickname` in `msdynci_customerprofile`.
          b: { inherit: default, tables: { msdynci_customerprofile: [msdynci_nickname] } }
                                                                     ^

      """),
    Mistake(
      "  default: {}", "  {}",
      """
      p.yaml:15:3: error: No scope is named: no caller could have one.
          {}
          ^
        help: Write `default: {}`.

      """),
  ])
  fileprivate func rendersMistakes(_ mistake: Mistake) throws {
    try #require(sound.contains(mistake.line))
    #expect(problems(sound.replacing(mistake.line, with: mistake.broken, maxReplacements: 1)) == mistake.rendered)
  }

  @Test func reportsMistakesOfAllStagesAtOnce() {
    let text = sound.replacing("name: p", with: "nam: p").replacing("activitytime", with: "activitytim")
      .replacing("select: true, filter: [eq]", with: "filter: [eq], order: 1")
    let lines = problems(text).split(separator: "\n").filter { $0.hasPrefix("p.yaml") }.map { $0.prefix { $0 != " " } }
    #expect(lines == ["p.yaml:1:1:", "p.yaml:2:1:", "p.yaml:8:50:", "p.yaml:13:7:"])
  }

  @Test func narrowingToUnreadableColumnsIsAMistake() {
    let text = sound.replacing("{ select: true, filter: [eq] }", with: "{ filter: [eq] }")
      .replacing("default: {}", with: "default: { tables: { msdynci_customerprofile: [msdynci_customerid] } }")
    #expect(problems(text).contains("Nothing of msdynci_customerprofile can be read in this scope"))
  }

  @Test(arguments: ["", "[]", "version: 1", "tables: {}\nscopes: {}", "a: &a [*a]", "\u{0}", "version: 1\nversion: 1"])
  func refusesWhatIsNoPolicy(_ text: String) { #expect(!problems(text).isEmpty) }

  /// Patterns match whole texts, in bounded steps, without a crash on any input.
  @Test(arguments: [
    ("[a-z]+", "abc", true), ("[a-z]+", "abc1", false), ("[a-z]+", "1abc", false), ("[a-z]+", "abc\n", false),
    ("a|ab", "ab", true), ("", "", true), ("", "a", false), (".", "é", true), ("é", "é", true), (".*", "", true),
    ("(a+)+b", String(repeating: "a", count: 300), false),
    ("(?:(?:a|a)*)*c", String(repeating: "a", count: 300), false),
    ("(?R)?a", String(repeating: "a", count: 300), false),
  ])
  func matchesWholeTexts(_ pattern: String, _ text: String, _ expected: Bool) throws {
    let policyText = sound.replacing("filter: [eq]", with: "filter: [eq], value: { pattern: '\(pattern)' }")
    let policy = try Policy.load(text: policyText, file: "p.yaml", schema: sampleSchema)
    let escaped = text.replacing("\n", with: "")
    guard escaped == text else { return #expect(!expected) }
    let result = outcome("msdynci_customerprofiles?$filter=msdynci_customerid eq '\(text)'", policy)
    #expect(result.hasPrefix("allow ") == expected, "\(result)")
  }
}
