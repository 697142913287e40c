import ODataURL
import Testing

/// Trees that print differently differ, also where strings of Swift do not.
struct EqualityTests {
  @Test(arguments: [
    "#?$filter=a eq 1", "a(#=1)", "a('#')", "a/Ns.F(x='#')", "a/Ns.#()", "a?$filter=b eq '#'", "a?$filter=# eq 1",
    "a?$filter=b/#/c eq 1", "a?$filter=b/any(#:true)", "a?$filter=Ns.F(#=1)", "a?$filter=Ns.F(x={\"#\":1})",
    "a?$filter=Ns.F(x=[\"#\"])", "a?$filter=b eq Ns.E'#'", "a?$filter=b eq @#", "a?$filter=b in ('#')",
    "a?$filter=b/Ns.#",
    "a?$filter=b(#=1)/c eq 1", "a?$filter=b/@Ns.#", "a?$filter=b/$count($search=#) eq 1", "a?$select=#",
    "a?$select=b/Ns.F(#)",
    "a?$select=b($select=#)", "a?$expand=#", "a?$expand=b($filter=c eq '#')", "a?$orderby=#", "a?$search=#",
    "a?$search=\"#\"", "a?$search='#'", "a?@#=1", "a?@p='#'", "a?#=1", "a?x=#", "a?$skiptoken=#", "$crossjoin(#)",
  ])
  func accentsAreTwoSpellings(template: String) throws {
    let parser = Parser(settings: .strict)
    let forms = ["caf\u{E9}", "cafe\u{301}"].map {
      template.split(separator: "#", omittingEmptySubsequences: false).joined(separator: $0)
    }
    #expect(forms[0] == forms[1])
    let trees = try forms.map { try parser.relativeURI($0) }
    #expect(trees[0] != trees[1])
    #expect(trees[0].normalized() != trees[1].normalized())
    #expect(try trees[0] == parser.relativeURI(forms[0]))
  }

  /// What differs is not given twice.
  @Test func twoSpellingsStandBesideEachOther() throws {
    let parser = Parser(settings: .strict)
    for count in [0, 40] {
      let others = (0..<count).map { "&@p\($0)=1" }.joined()
      let target = "a?@caf\u{E9}=1\(others)&@cafe\u{301}=2"
      #expect(try parser.relativeURI(target).options.aliases.count == count + 2)
      #expect(throws: SyntaxError.self) { try parser.relativeURI(target + "&@caf\u{E9}=3") }
    }
  }

  /// What is equal has one hash, however it was made.
  @Test func equalMethodsHaveOneHash() {
    let (own, named) = (AggregateMethod.sum, AggregateMethod.custom("sum"))
    #expect(own == named && own.hashValue == named.hashValue)
    #expect(AggregateMethod.custom("Ns.sum") != own)
  }

  /// The order in which options stand means nothing.
  @Test func optionsInAnyOrder() throws {
    let parser = Parser(settings: .strict)
    let (one, other) = (
      try parser.relativeURI("a?$index=1&$schemaversion=*&$at=2019-01-30"),
      try parser.relativeURI("a?$at=2019-01-30&$schemaversion=*&$index=1")
    )
    #expect(one == other && one.hashValue == other.hashValue && one.printed() == other.printed())
    let options = one.options.unparsed.reversed()
    #expect(QueryOptions(unparsed: Array(options)) == one.options)
  }
}
