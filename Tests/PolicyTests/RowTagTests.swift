import Policy
import Testing

/// Tags of rows are made of `versionnumber`: they leave only where that, or tags themselves, are allowed.
@Suite struct RowTagTests {
  @Test func tagsAreDeniedUnlessNamed() throws {
    #expect(try #require(try shopAllowed("orders", try shopPolicy())).hasTags == false)
    let named = try shopPolicy(annotations: ["odata.etag"])
    #expect(try #require(try shopAllowed("orders", named)).hasTags)
  }
}
