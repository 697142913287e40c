import Dataverse
import ODataURL
import Testing

/// Values of query functions have the form of their column, and numbers their range.
@Suite struct FunctionValueTests {
  private static func refused(_ condition: String) throws -> [String] {
    let uri = try Parser(settings: .dataverse).relativeURI("accounts?$filter=\(condition)")
    let substitution = AliasSubstitution(uri, maximumNodes: 1000)
    let resolution = QueryResolver(schema: Sample.schema).resolve(substitution.query)
    return ServiceRules.check(uri, substitution: substitution, resolution: resolution).map(\.rule)
  }

  @Test(arguments: [
    ("In(PropertyName='size',PropertyValues=['1','-5'])", true),
    ("In(PropertyName='size',PropertyValues=['1','x'])", false),
    ("In(PropertyName='size',PropertyValues=['2147483648'])", false),
    ("NotIn(PropertyName='size',PropertyValues=['1.5'])", false),
    ("In(PropertyName='name',PropertyValues=['x'])", true),
    ("In(PropertyName='accountid',PropertyValues=['x'])", false),
    ("In(PropertyName='accountid',PropertyValues=['00000000-0000-0000-0000-00000000000A'])", true),
    ("In(PropertyName='_primarycontact_value',PropertyValues=['00000000-0000-0000-0000-000000000001'])", true),
    ("In(PropertyName='isactive',PropertyValues=['true','0'])", true),
    ("In(PropertyName='isactive',PropertyValues=['yes'])", false),
    ("Between(PropertyName='revenue',PropertyValues=['1.50','-2'])", true),
    ("Between(PropertyName='revenue',PropertyValues=['1.','2'])", false),
    ("Between(PropertyName='createdon',PropertyValues=['2017-01-01','2017-02-01T00:00:00Z'])", true),
    ("Between(PropertyName='createdon',PropertyValues=['2017-01-01','2017-02-30'])", false),
    ("On(PropertyName='createdon',PropertyValue='2017-01-01')", true),
    ("On(PropertyName='createdon',PropertyValue='2017-01-01T01:02:03')", true),
    ("On(PropertyName='createdon',PropertyValue='1700-01-01')", false),
    ("On(PropertyName='createdon',PropertyValue='2017-01-01 or name eq 1')", false),
    ("On(PropertyName='createdon',PropertyValue='today')", false),
    ("ContainValues(PropertyName='tags',PropertyValues=['1','2'])", true),
    ("ContainValues(PropertyName='tags',PropertyValues=['red'])", false),
    ("LastXDays(PropertyName='createdon',PropertyValue=1)", true),
    ("LastXDays(PropertyName='createdon',PropertyValue=91250)", true),
    ("LastXDays(PropertyName='createdon',PropertyValue=91251)", false),
    ("LastXDays(PropertyName='createdon',PropertyValue=0)", false),
    ("LastXDays(PropertyName='createdon',PropertyValue=-1)", false),
    ("NextXYears(PropertyName='createdon',PropertyValue=250)", true),
    ("NextXYears(PropertyName='createdon',PropertyValue=251)", false),
    ("OlderThanXHours(PropertyName='createdon',PropertyValue=9223372036854775807)", false),
    ("EqualUserId(PropertyName='_primarycontact_value')", true), ("EqualUserId(PropertyName='name')", false),
    ("EqualUserLanguage(PropertyName='size')", true), ("EqualUserLanguage(PropertyName='name')", false),
    ("Under(PropertyName='accountid',PropertyValue='00000000-0000-0000-0000-000000000001')", true),
    ("Under(PropertyName='accountid',PropertyValue='x')", false),
  ]) func valuesHaveTheFormOfTheirColumn(_ call: String, _ passes: Bool) throws {
    #expect(try Self.refused("Microsoft.Dynamics.CRM.\(call)") == (passes ? [] : ["DV008"]))
  }

  @Test(arguments: [
    ("size eq 2147483647", true), ("size gt -2147483648", true), ("size eq 2147483648", false),
    ("industry eq -2147483649", false), ("revenue gt 2147483648", true),
  ]) func wholeNumbersHaveTheirRange(_ condition: String, _ passes: Bool) throws {
    #expect(try Self.refused(condition) == (passes ? [] : ["DV008"]))
  }

  @Test(arguments: [
    ("accounts(code='a')", true), ("accounts(name='a')", false), ("accounts(code='a',name='b')", false),
    ("accounts(00000000-0000-0000-0000-000000000001)", true), ("contacts(fullname='a')", false),

    // Names that are no columns are no matter of keys.
    ("accounts(nothing='a')", true),
  ]) func alternateKeysAreThoseOfTheTable(_ path: String, _ passes: Bool) throws {
    let uri = try Parser(settings: .dataverse).relativeURI(path)
    let substitution = AliasSubstitution(uri, maximumNodes: 1000)
    let resolution = QueryResolver(schema: Sample.schema).resolve(uri)
    let rules = ServiceRules.check(uri, substitution: substitution, resolution: resolution).map(\.rule)
    #expect(rules == (passes ? [] : ["DV013"]))
  }
}
