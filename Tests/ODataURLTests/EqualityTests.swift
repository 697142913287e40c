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
}
