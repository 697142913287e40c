import Foundation
import ODataURL
import Testing

/// `$apply` and `$compute`: what is read, what is refused, and where.
struct ApplyTests {
  /// What is written and its canonical text, before percent-encoding.
  @Test(arguments: [
    ("aggregate( a  with  sum  as  b , $count as c )", "aggregate(a with sum as b,$count as c)"),
    ("aggregate((a add 1) mul b with max as c)", "aggregate((a add 1) mul b with max as c)"),
    ("aggregate(a/$count as c,a/b/$count with max as d)", "aggregate(a/$count as c,a/b/$count with max as d)"),
    ("aggregate(Forecast,a/Forecast as b)", "aggregate(Forecast,a/Forecast as b)"),
    ("aggregate(a with Ns.median as b)", "aggregate(a with Ns.median as b)"),
    ("aggregate(Ns.T with Ns.median as b)", "aggregate(Ns.T with Ns.median as b)"),
    (
      "aggregate(a with sum from b,c/d with average from e with max as f)",
      "aggregate(a with sum from b,c/d with average from e with max as f)"
    ),
    ("aggregate(Forecast from a with max)", "aggregate(Forecast from a with max)"),
    ("aggregate(with with sum as as)", "aggregate(with with sum as as)"),
    ("groupby((a))", "groupby((a))"),
    ("groupby( ( a , b/Ns.T/c ) , identity )", "groupby((a,b/Ns.T/c),identity)"),
    (
      "groupby((rollup(a),rollup(b/c,null),d),top(1)/skip(2))", "groupby((rollup(a),rollup(b/c,null),d),top(1)/skip(2))"
    ),
    ("groupby((rollup))", "groupby((rollup))"),
    ("groupby((rolluprecursive($root/A,B,c/d)))", "groupby((rolluprecursive($root/A,B,c/d)))"),
    (
      "groupby((rolluprecursive( $root/A('x')/b , B , c , filter(d)/top(1) )))",
      "groupby((rolluprecursive($root/A('x')/b,B,c,filter(d)/top(1))))"
    ),
    ("concat(identity,concat(top(1),top(2))/skip(1))", "concat(identity,concat(top(1),top(2))/skip(1))"),
    ("identity/identity", "identity/identity"),
    ("filter( (a eq 1) )", "filter(a eq 1)"),
    ("compute(a as b, c add 1 as d)", "compute(a as b,c add 1 as d)"),
    ("search( a OR \"b) c\" )/top(1)", "search(a OR \"b) c\")/top(1)"),
    ("search((a OR b) O'Neil)", "search((a OR b) AND O'Neil)"),
    ("orderby(a desc, b asc,c)", "orderby(a desc,b,c)"),
    ("topcount(2,a)/bottompercent( 1 add 1 , b )", "topcount(2,a)/bottompercent(1 add 1,b)"),
    (
      "topsum(1,a)/toppercent(1,a)/bottomcount(1,a)/bottomsum(1,a)",
      "topsum(1,a)/toppercent(1,a)/bottomcount(1,a)/bottomsum(1,a)"
    ),
    ("nest(identity as a,groupby((b)) as c)", "nest(identity as a,groupby((b)) as c)"),
    ("addnested(a/Ns.T,filter(b)/top(1) as c,identity as d)", "addnested(a/Ns.T,filter(b)/top(1) as c,identity as d)"),
    ("join(a as b)/outerjoin(a/c as b, top(1)/skip(1))", "join(a as b)/outerjoin(a/c as b,top(1)/skip(1))"),
    ("ancestors($root/A,B,c,filter(d))", "ancestors($root/A,B,c,filter(d))"),
    ("descendants( $root/A , B , c , Ns.f() , 2 , keep  start )", "descendants($root/A,B,c,Ns.f(),2,keep start)"),
    ("ancestors($root/A,B,c,search(x), keep start)", "ancestors($root/A,B,c,search(x),keep start)"),
    ("traverse($root/A,B,c,preorder)", "traverse($root/A,B,c,preorder)"),
    ("traverse($root/A,B,c, postorder ,filter(d),e desc, f)", "traverse($root/A,B,c,postorder,filter(d),e desc,f)"),
    ("traverse($root/A,B,c,preorder,d,e desc)", "traverse($root/A,B,c,preorder,d,e desc)"),
    ("traverse($root/A,B,c,preorder,identity)", "traverse($root/A,B,c,preorder,identity)"),
    ("traverse($root/A,B,c,preorder,identity desc)", "traverse($root/A,B,c,preorder,(identity) desc)"),
    ("traverse($root/A,B,c,preorder,(identity))", "traverse($root/A,B,c,preorder,(identity))"),
    ("traverse($root/A,B,c,preorder,(Ns.f()))", "traverse($root/A,B,c,preorder,(Ns.f()))"),
    ("traverse($root/A,B,c,preorder,Ns.f()/top(1))", "traverse($root/A,B,c,preorder,Ns.f()/top(1))"),
    ("traverse($root/A,B,c,preorder,tolower(d))", "traverse($root/A,B,c,preorder,tolower(d))"),
    ("Ns.f( x=1 , y=a add b )/Ns.g()", "Ns.f(x=1,y=a add b)/Ns.g()"),
    ("compute(a div $these/aggregate(a with sum) as b)", "compute(a div $these/aggregate(a with sum) as b)"),
  ])
  func canonical(_ written: String, _ canonical: String) throws {
    for settings in ParserSettings.all {
      let uri = try Parser(settings: settings).relativeURI("s?$apply=" + written)
      var built = RelativeURI(path: uri.path)
      built.options.apply = uri.options.apply
      #expect(uri == built)
      #expect(uri.printed().removingPercentEncoding == "s?$apply=" + canonical)
      #expect(try Parser(settings: settings).relativeURI(uri.printed()) == uri)
    }
  }

  @Test(arguments: [
    ("", "empty-value: @9"),
    ("agregate(a with sum as b)", "unknown-function: agregate"),
    ("Aggregate(a with sum as b)", "unknown-function: Aggregate"),
    ("expand(a,filter(b))", "unknown-function: expand"),
    ("aggregate", "expected-token: @18"),
    ("aggregate (a with sum as b)", "expected-token:  "),
    ("identity()", "unexpected-text: ("),
    ("1", "expected-operand: 1"),
    ("identity/", "empty-value: @18"),
    ("identity,top(1)", "unexpected-text: ,"),
    ("identity/ top(1)", "expected-operand:  "),
    ("aggregate()", "expected-operand: )"),
    ("aggregate(a with sum)", "expected-token: )"),
    ("aggregate(a with sum b)", "expected-token: b"),
    ("aggregate(a with sum as)", "missing-value: as"),
    ("aggregate(a with sum as 1)", "invalid-name: 1"),
    ("aggregate(a wiht sum as b)", "expected-token: wiht"),
    ("aggregate(a mul b wiht sum as b)", "expected-token: wiht"),
    ("aggregate(a with smu as b)", "unknown-function: smu"),
    ("aggregate(a with SUM as b)", "unknown-function: SUM"),
    ("aggregate(a with  as b)", "unknown-function: as"),
    ("aggregate(a mul b as c)", "expected-token: as"),
    ("aggregate($count)", "expected-token: )"),
    ("aggregate($count with sum as a)", "unexpected-text:  with "),
    ("aggregate(a/$count)", "expected-token: )"),
    ("aggregate(a($count as b))", "unknown-function: a"),
    ("aggregate(a with sum from b as c)", "expected-token: as"),
    ("aggregate(a with sum from Ns.T with max as c)", "invalid-name: Ns.T"),
    ("aggregate(a with sum as b from c with max)", "unknown-operator: from"),
    ("aggregate((a with sum as b))", "unexpected-text: w"),
    ("aggregate(a with sum as b", "expected-token: ("),
    ("groupby()", "expected-token: )"),
    ("groupby(a)", "expected-token: a"),
    ("groupby(())", "invalid-name: )"),
    ("groupby((a)", "expected-token: ("),
    ("groupby((a", "expected-token: ("),
    ("groupby((a b))", "unexpected-text: b"),
    ("groupby((a/Ns.T))", "invalid-name: Ns.T"),
    ("groupby((a/@Ns.T))", "invalid-name: @"),
    ("groupby((a)top(1))", "unexpected-text: t"),
    ("groupby((rolup(a,b)))", "unknown-function: rolup"),
    ("groupby((rollup()))", "invalid-name: )"),
    ("groupby((rollup($all,a)))", "invalid-name: $"),
    ("groupby((rolluprecursive(A,B,c)))", "expected-operand: A"),
    ("groupby((rolluprecursive($root/A,B)))", "expected-token: )"),
    ("groupby((rolluprecursive($root/A eq 1,B,c)))", "invalid-argument: $root/A eq 1"),
    ("groupby((rolluprecursive($root/A,B,c,groupby((d)))))", "invalid-argument: groupby((d))"),
    ("concat(identity)", "expected-token: )"),
    ("concat()", "expected-operand: )"),
    ("filter()", "expected-operand: )"),
    ("filter(a", "expected-token: ("),
    ("filter(a eqq 1)", "unknown-operator: eqq"),
    ("compute(a)", "expected-token: )"),
    ("compute(a sa b)", "expected-token: sa"),
    ("search()", "empty-value: )"),
    ("search(a", "expected-token: ("),
    ("search(\"a)", "unterminated-string: \"a)"),
    ("orderby()", "expected-operand: )"),
    ("top(a)", "empty-value: a"),
    ("top(-1)", "empty-value: -"),
    ("topcount(2)", "expected-token: )"),
    ("nest(identity)", "expected-token: )"),
    ("addnested(a)", "expected-token: )"),
    ("addnested(a,top(1))", "expected-token: )"),
    ("join(a)", "expected-token: )"),
    ("join(a as b,)", "expected-operand: )"),
    ("ancestors($root/A,B,c)", "expected-token: )"),
    ("ancestors($root/A,B,c,concat(top(1),top(2)))", "invalid-argument: concat(top(1),top(2))"),
    ("ancestors($root/A,B,c,top(1),0)", "invalid-value: 0"),
    ("ancestors($root/A,B,c,top(1),1,2)", "expected-token: 2"),
    ("ancestors($root/A,B,c,top(1),keep)", "expected-token: )"),
    ("ancestors($root/A,B,c,top(1),kep start)", "expected-token: kep"),
    ("ancestors($root/A,B,c,top(1),keep start,2)", "unexpected-text: ,"),
    ("traverse($root/A,B,c)", "expected-token: )"),
    ("traverse($root/A,B,c,preordr)", "expected-token: preordr"),
    ("traverse($root/A,B,c,preorder,top(1)/concat(top(1),top(2)))", "invalid-argument: concat(top(1),top(2))"),
    ("Ns.f(1)", "positional-argument: 1"),
    ("Ns.f(x=1,x=2)", "repeated-parameter: x"),
    ("Ns.f", "expected-token: @13"),
  ])
  func refused(_ apply: String, _ expected: String) {
    let target = "s?$apply=" + apply
    #expect(outcome(target, .strict(with: .caseInsensitiveOperators)) == expected)
  }

  @Test(
    arguments: [
      ("agregate(a with sum as b)", "aggregate"), ("gruopby((a))", "groupby"), ("expand(a)", "addnested"),
      ("aggregate(a with smu as b)", "sum"), ("aggregate(a with AVERAGE as b)", "average"),
      ("aggregate(a wiht sum as b)", "with"), ("aggregate(a with sum sa b)", "as"),
      ("aggregate(a ml 2 with sum as b)", "mul"), ("aggregate(a with sum form b with max as c)", "from"),
      ("groupby((rolup(a,b)))", "rollup"), ("groupby((rolluprecursiv(a,b)))", "rolluprecursive"),
      ("traverse($root/A,B,c,preodrer)", "preorder"), ("ancestors($root/A,B,c,top(1),kep start)", "keep"),
      ("compute(a sa b)", "as"), ("zzzzzzzz(a)", nil),
    ] as [(String, String?)])
  func suggestions(_ apply: String, _ expected: String?) {
    let error = #expect(throws: SyntaxError.self) { try Parser().relativeURI("s?$apply=" + apply) }
    #expect(error?.suggestion == expected)
  }

  @Test(arguments: [
    ("s?$compute=a as b,c add d as e", "s?$compute=a as b,c add d as e"),
    ("s?$compute= a as b", "expected-operand:  "),
    ("s?$compute=", "expected-operand: @11"), ("s?$compute=a", "expected-token: @12"),
    ("s?$compute=a as", "missing-value: as"), ("s?$compute=a as b c", "unexpected-text:  "),
    ("s?$compute=a as b.c", "unexpected-text: ."), ("s?$compute=a as b&$compute=a as c", "repeated-option: $compute"),
    ("s?$expand=n($compute=a as b;$top=1)", "s?$expand=n($top=1;$compute=a as b)"),
    (
      "s?$expand=n($apply=aggregate(a with sum as b);$skip=1)", "s?$expand=n($skip=1;$apply=aggregate(a with sum as b))"
    ),
    ("s?$expand=n($apply=groupby((a))", "expected-token: ("),
    ("s?$expand=n/$ref($compute=a as b)", "misplaced-option: $compute"),
    ("$metadata?$apply=identity", "misplaced-option: $apply=identity"),
    ("$entity?$id=a(1)&$compute=a as b", "misplaced-option: $compute=a as b"),
  ])
  func options(_ target: String, _ expected: String) {
    let result = outcome(target)
    #expect((result.removingPercentEncoding ?? result) == expected)
  }

  /// Every part that has a span has the one of its text.
  @Test func spans() throws {
    let text =
      "s?$apply=groupby((%61,rollup(b,c)),aggregate(d with sum from e with max as f))/nest(top(1) as g)&$compute=h as i"
    let uri = try Parser(settings: .dataverse).relativeURI(text)
    func mark(_ span: Span?) -> String { span.map { marked($0, in: text) } ?? "none" }
    #expect(mark(uri.options.compute?.span) == "$compute=h as i")
    #expect(mark(uri.options.compute?.value.first?.span) == "h as i")
    let apply = try #require(uri.options.apply)
    #expect(mark(apply.span).hasPrefix("$apply=groupby((%61"))
    #expect(mark(apply.value.last?.span) == "nest(top(1) as g)")
    guard case .groupby(let elements, let inner)? = apply.value.first?.kind,
      case .aggregate(let items)? = inner.first?.kind,
      case .nest(let sets)? = apply.value.last?.kind
    else {
      Issue.record("the tree has another shape")
      return
    }
    #expect(elements.map { mark($0.span) } == ["%61", "rollup(b,c)"])
    #expect(mark(inner.first?.span) == "aggregate(d with sum from e with max as f)")
    #expect(items.map { mark($0.span) } == ["d with sum from e with max as f"])
    #expect(mark(items.first?.steps.from.first?.span) == "from e with max")
    #expect(sets.map { mark($0.span) } == ["top(1) as g"])
    #expect(sets.map { mark($0.transformations.first?.span) } == ["top(1)"])
  }

  @Test func dump() throws {
    let target =
      "s?$compute=a as b&$apply=groupby((c,rollup(d,e)),aggregate($count as f,g with sum from h with max as i))"
      + "/ancestors($root/J,K,l,top(1),2,keep start)/nest(identity as m)"
    #expect(
      try Parser().relativeURI(target).treeDump() == """
        (uri
          (name "s")
          (compute "b"
            (member "a"))
          (apply
            (groupby
              (by "c")
              (rollup "d" "e")
              (each
                (aggregate
                  ($count as "f")
                  (value with sum from "h" with max as "i"
                    (member "g")))))
            (ancestors 2 keep start
              (hierarchy "K" "l"
                (member "J"
                  ($root)))
              (start
                (top 1)))
            (nest
              (as "m"
                (identity)))))
        """)
  }

  /// Filters are normalised wherever they stand; nothing else in `$apply` moves.
  @Test func normalForm() throws {
    let written =
      "s?$apply=filter(b or a)/groupby((z,y,rolluprecursive($root/A,B,c,filter(b or a))),filter(b or a))"
      + "/concat(filter(b or a),identity)/nest(filter(b or a) as n)/addnested(p,filter(b or a) as n)"
      + "/join(p as q,filter(b or a))/descendants($root/A,B,c,filter(b or a))"
      + "/traverse($root/A,B,c,preorder,filter(b or a),b or a)/compute(b or a as n)/orderby(b or a)"
    let normal = try Parser().relativeURI(written).normalized()
    let expected = written.replacing("filter(b or a)", with: "filter(a or b)")
    #expect(normal.printed().removingPercentEncoding == expected)
    #expect(normal.normalized() == normal)
  }
}
