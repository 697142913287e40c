import ODataURL
import Testing

/// ABNF `geographyPoint` and its like: what stands between the quotes.
struct GeoLiteralTests {
  static let ring = "(0 0,0 1,1 1,0 0)"

  @Test(arguments: [
    ("SRID=4326;Point(7.4 46.9)", "SRID=4326;Point(7.4 46.9)"), ("srid=00001;POINT(-1 +2)", "SRID=1;Point(-1 2)"),
    ("SRID=0;Point(1 2 3 4)", "SRID=0;Point(1 2 3 4)"), ("SRID=0;Point(007.50 0)", "SRID=0;Point(7.50 0)"),
    ("SRID=0;Point(1e3 -0.5E-07)", "SRID=0;Point(1e3 -0.5e-07)"),
    ("SRID=0;Point(INF NaN -INF)", "SRID=0;Point(INF NaN -INF)"),
    ("SRID=0;LineString(0 0,1 1)", "SRID=0;LineString(0 0,1 1)"),
    ("SRID=0;Polygon(\(ring))", "SRID=0;Polygon(\(ring))"),
    ("SRID=0;Polygon(\(ring),\(ring))", "SRID=0;Polygon(\(ring),\(ring))"),
    ("SRID=0;MultiPoint()", "SRID=0;MultiPoint()"),
    ("SRID=0;multipoint((1 2),(3 4))", "SRID=0;MultiPoint((1 2),(3 4))"),
    ("SRID=0;MultiLineString((0 0,1 1),(2 2,3 3))", "SRID=0;MultiLineString((0 0,1 1),(2 2,3 3))"),
    ("SRID=0;MultiPolygon((\(ring)))", "SRID=0;MultiPolygon((\(ring)))"),
    (
      "SRID=0;geometrycollection(Point(1 2),Collection(Point(3 4)))",
      "SRID=0;GeometryCollection(Point(1 2),Collection(Point(3 4)))"
    ),
    (
      "SRID=0;Collection(Point(1 2),Collection(LineString(0 0,1 1)))",
      "SRID=0;Collection(Point(1 2),Collection(LineString(0 0,1 1)))"
    ),
  ])
  func shapesHaveOneSpelling(written: String, canonical: String) throws {
    for kind in ["geography", "geometry", "GeoGraphy"] {
      let tree = try Parser().expression("\(kind)'\(written)'")
      #expect(tree.printed() == "\(kind.lowercased())'\(canonical)'")
      #expect(try Parser().expression(tree.printed()) == tree)
    }
  }

  /// Text, and the offset in it of the mistake.
  @Test(arguments: [
    ("", 0), ("Point(1 2)", 0), ("SRID=;Point(1 2)", 5), ("SRID=123456;Point(1 2)", 5), ("SRID=1 Point(1 2)", 6),
    ("SRID=1;Pint(1 2)", 7), ("SRID=1;Point(1)", 14), ("SRID=1;Point(1 2 3 4 5)", 20), ("SRID=1;Point( 1 2)", 13),
    ("SRID=1;Point(1  2)", 15), ("SRID=1;Point(a 2)", 13), ("SRID=1;Point(1. 2)", 13), ("SRID=1;Point(1e 2)", 13),
    ("SRID=1;Point(1e999 2)", 13), ("SRID=1;Point(1 2", 16), ("SRID=1;Point(1 2))", 17), ("SRID=1;LineString(1 2)", 17),
    ("SRID=1;Polygon((0 0,1 1,2 2))", 15), ("SRID=1;Polygon()", 15), ("SRID=1;Collection()", 18),
    ("SRID=1;MultiPoint(1 2)", 18),
  ])
  func othersAreRefusedAtTheirPlace(text: String, offset: Int) throws {
    let error = try #require(throws: SyntaxError.self) { try Parser().expression("geometry'\(text)'") }
    #expect(error.code == .invalidLiteral)
    #expect(error.span.range.lowerBound == 9 + offset, "\(error)")
  }

  @Test func collectionsNestNoDeeperThanTheLimit() {
    for (depth, passes) in [(63, true), (64, false), (20_000, false)] {
      let text =
        "geometry'SRID=0;" + String(repeating: "Collection(", count: depth) + "Point(1 2)"
        + String(repeating: ")", count: depth) + "'"
      var settings = ParserSettings()
      settings.limits.targetBytes = 1 << 20
      settings.limits.stackBytes = 2 << 20
      let outcome = expressionOutcome(text, settings)
      #expect(passes ? outcome == text : outcome.hasPrefix("limit-depth: "), "\(outcome)")
    }
  }
}
