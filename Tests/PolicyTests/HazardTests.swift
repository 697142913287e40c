import ODataURL
import Policy
import Testing

private let row = "msdynci_customerprofiles(00000000-0000-0000-0000-000000000001)"
private let set = "msdynci_customerprofiles"

/// Ways to read more than was meant, as far as a URL can express them. None passes the policy that ships.
@Suite struct HazardTests {
  @Test(arguments: [
    // Whole queries in an option.
    "\(set)?fetchXml=%3Cfetch%3E", "\(set)?fetchxml=x", "\(set)?FetchXML=x", "\(set)?savedQuery=1",
    "\(set)?userQuery=1",
    "\(set)?savedquery=1&$select=msdynci_customerid",
    // Functions, with and without brackets, bound and unbound; type casts.
    "WhoAmI", "WhoAmI()", "RetrieveDataEncryptionKey", "RetrieveDataEncryptionKey()",
    "ExecuteCosmosSqlQuery(QueryText='select',EntityLogicalName='x')", "RetrieveTotalRecordCount(EntityNames=['a'])",
    "CalculateRollupField(Target=@t,FieldName='a')?@t={'@odata.id':'a(1)'}",
    "\(row)/Microsoft.Dynamics.CRM.X()", "\(row)/Microsoft.Dynamics.CRM.X", "\(set)/Microsoft.Dynamics.CRM.X()",
    "\(set)/Microsoft.Dynamics.CRM.crmbaseentity", "\(set)/X()",
    // Options that change the meaning.
    "\(set)?tag=x", "\(set)?UnMaskedData=true", "\(set)?unmaskeddata=true", "\(set)?partitionId='x'",
    "\(set)?partitionid=x", "\(set)?api-version=1", "\(set)?annotations=true", "\(set)?size=full", "\(set)?x",
    // Navigation in the path.
    "\(row)/ownerid", "\(row)/msdynci_customer_unifiedactivity", "\(row)/msdynci_customer_unifiedactivity/$ref",
    "\(row)/msdynci_customer_unifiedactivity/$count", "\(row)/msdynci_fullname", "\(row)/msdynci_fullname/$value",
    "\(set)/$ref", "\(set)/$value", "\(set)/msdynci_fullname", "\(row)/$count", "\(set)/$count/$count",
    // Expand.
    "\(set)?$expand=ownerid", "\(set)?$expand=*", "\(set)?$expand=ownerid($select=fullname)",
    "\(set)?$expand=a($expand=b($expand=c))", "\(set)?$expand=a/$ref", "\(set)?$expand=a($levels=max)",
    // More columns than allowed.
    "\(set)?$select=*", "\(set)?$select=msdynci_customerprofileid", "\(set)?$select=_ownerid_value",
    "\(set)?$select=msdynci_customerid,*", "\(set)?$select=Microsoft.Dynamics.CRM.*", "\(set)?$select=ownerid/fullname",
    "\(set)?$select=", "\(set)?$select=MSDYNCI_CUSTOMERID",
    "msdynci_unifiedactivities?$select=msdynci_lookupfield_customerpid",
    // Oracles.
    "\(set)?$filter=startswith(msdynci_email,'a')", "\(set)?$filter=createdon gt 2020-01-01T00:00:00Z",
    "\(set)?$filter=msdynci_lifetimevalue gt 5", "\(set)?$orderby=msdynci_lifetimevalue", "\(set)/$count",
    "\(set)/$count?$filter=msdynci_email eq 'a'", "\(set)?$count=true", "\(set)?$filter=msdynci_customerid ne 'a'",
    "\(set)?$filter=msdynci_customerid gt 'a'", "\(set)?$filter=not (msdynci_customerid eq 'a')",
    "\(set)?$filter=msdynci_email eq null", "\(set)?$filter=true", "\(set)?$filter=1 eq 1",
    "\(set)?$filter=null eq null",
    "\(set)?$filter=msdynci_customerid eq msdynci_customerid", "\(set)?$filter='a' eq msdynci_customerid",
    "\(set)?$filter=contains(msdynci_lastname,'%25%25%25')", "\(set)?$filter=contains(msdynci_lastname,'___')",
    "\(set)?$filter=contains(msdynci_lastname,'[a-z]')", "\(set)?$filter=contains(msdynci_lastname,'')",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"%25\"')",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'e')",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"a\",\"b\"')",
    // Paths, lambdas, casts.
    "\(set)?$filter=ownerid/fullname eq 'x'", "\(set)?$filter=msdynci_customer_unifiedactivity/any()",
    "\(set)?$filter=msdynci_customer_unifiedactivity/any(a:a/msdynci_title eq 'x')",
    "\(set)?$filter=msdynci_customer_unifiedactivity/all(a:a/msdynci_title eq 'x')",
    "\(set)?$filter=msdynci_customer_unifiedactivity/$count gt 1", "\(set)?$filter=$it/msdynci_customerid eq 'x'",
    "\(set)?$filter=$root/accounts(1)/name eq 'x'", "\(set)?$filter=Microsoft.Dynamics.CRM.X/msdynci_customerid eq 'x'",
    "\(set)?$filter=ownerid/Microsoft.Dynamics.CRM.systemuser/fullname eq 'x'",
    "\(set)?$filter=contains(ownerid/fullname,'abc')", "\(set)?$filter=contains(concat(msdynci_email,'a'),'abc')",
    // Order by what a lookup points at.
    "\(set)?$orderby=_ownerid_value", "\(set)?$orderby=ownerid/fullname", "\(set)?$orderby=ownerid",
    // Aggregation.
    "\(set)?$apply=groupby((msdynci_gender))", "\(set)?$apply=aggregate($count as c)",
    "\(set)?$compute=msdynci_email as msdynci_fullname&$select=msdynci_fullname",
    // Aliases.
    "\(set)?$orderby=@a&@a=msdynci_email", "\(set)?$filter=@f&@f=startswith(msdynci_email,'a')",
    "\(set)?$filter=msdynci_customerid eq @a", "\(set)?$filter=msdynci_customerid eq 'a'&@a='x'",
    "\(set)?$filter=msdynci_customerid eq @a&@a=@b&@b='x'", "\(set)?$filter=msdynci_customerid eq @a&@a='x'&@a='y'",
    "\(set)?$filter=msdynci_customerid eq @a&@a=ownerid/fullname", "\(set)?$filter=@a eq 'x'&@a=createdby",
    "\(set)?$orderby=msdynci_fullname,@a&@a=createdon", "\(row)?@a=1",
    // A column in a text argument.
    "\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName='createdby',PropertyValues=['a'])",
    "\(set)?$filter=Microsoft.Dynamics.CRM.In(PropertyName=@p,PropertyValues=['a'])&@p='createdby'",
    "\(set)?$filter=Microsoft.Dynamics.CRM.EqualUserId(PropertyName='ownerid')",
    "\(set)?$filter=Microsoft.Dynamics.CRM.Contains(PropertyName='msdynci_email',PropertyValue='a')",
    // Tokens that the service makes.
    "\(set)?$skiptoken=%3Ccookie%20pagenumber=%222%22/%3E", "\(set)?$deltatoken=919042",
    "\(set)/$count?$deltatoken=919042",
    // Batch and metadata.
    "$batch", "$metadata", "$metadata#accounts", "$metadata?$format=json#accounts(name)/$entity", "",
    "EntityDefinitions", "EntityDefinitions(LogicalName='account')/Attributes",
    "RelationshipDefinitions", "$entity?$id=accounts(1)", "$all", "$crossjoin(a,b)",
    // Files and images.
    "\(row)/entityimage/$value", "\(row)/entityimage/$value?size=full", "\(row)/entityimage_url",
    // Keys.
    "\(row)", "\(set)(msdynci_customerid='guess')", "\(set)('guess')", "\(set)(createdby='guess')",
    "\(set)(_ownerid_value=00000000-0000-0000-0000-000000000001)",
    // Spellings that readers take differently.
    "\(set)?%2524select=createdon", "\(set)?$SELECT=createdon", "\(set)?select=createdon", "\(set)?Select=createdon",
    "\(set)?$select=msdynci_fullname&$select=createdon", "\(set)?$select=msdynci_fullname&select=createdon",
    "\(set)?%24select=createdon", "\(set)?$select=createdon%00", "\(set)?$filter=msdynci_customerid eq 'a%00'",
    "\(set)?$select=createdon%0A", "\(set)?$filter=msdynci_customerid eq 'a'%0Aor%0Acreatedby ne null",
    "\(set)?$filter=msdynci_customerid eq ‘a’", "\(set)?$filter=msdynci_customerid eq 'a' or 1 eq 1",
    "\(set)?$filter=msdynci_customerid eq 'a';$select=createdon", "\(set)?$filter=msdynci_customerid eq '%C0%A7'",
    "\(set)//$count", "\(set)/../accounts", "\(set)%2Faccounts", "\(set)%3F$select=createdon", "/\(set)",
    "accounts", "systemusers", "MSDYNCI_customerprofiles", "msdynci_customerprofile", "msdynci_alternatekeies",
  ])
  func isDenied(_ query: String) throws {
    let result = outcome(query, try shippedPolicy())
    #expect(result.hasPrefix("deny ") || result.hasPrefix("syntax "), "\(result)")
  }

  /// The judge does not trust the parser either: what it would not build is denied all the same.
  @Test func deniesTreesThatNoParserBuilds() throws {
    let policy = try shippedPolicy()
    func isDenied(_ change: (inout RelativeURI) -> Void) -> Bool {
      var query = RelativeURI(path: [PathSegment(.name(set, keys: nil))])
      change(&query)
      if case .deny(let findings) = policy.judge(query, request: JudgeRequest(scope: "default")) {
        return !findings.isEmpty
      }
      return false
    }
    #expect(!isDenied { _ in })
    #expect(isDenied { $0.options.top = Spanned(-1) })
    #expect(isDenied { $0.options.select = Spanned([SelectItem([])]) })
    #expect(isDenied { $0.options.select = Spanned([SelectItem(["msdynci_email,createdon"])]) })
    #expect(isDenied { $0.options.filter = Spanned(Expression(.member(base: nil, name: "msdynci_email eq 'a'"))) })
    #expect(isDenied { $0.options.custom = [CustomOption(name: "", value: "")] })
    #expect(isDenied { $0.options.unparsed = [CustomOption(name: "$index", value: "1")] })
    #expect(isDenied { $0.options.apply = Spanned([]) })
    #expect(isDenied { $0.options.compute = Spanned([]) })
    #expect(isDenied { $0.path.append($0.path[0]) })
    #expect(isDenied { $0.path = [] })
    // A pool that shares its nodes: two ways down at each of 200 levels.
    var shared = Expression(.member(base: nil, name: "msdynci_customerid"))
    let value = shared.append(.literal(.string("a")))
    var root = shared.append(.binary(.eq, shared.root, value))
    for _ in 0..<200 { root = shared.append(.binary(.and, root, root)) }
    shared.root = root
    #expect(isDenied { $0.options.filter = Spanned(shared) })
  }

  @Test func emptySelectIsNoSelect() throws {
    var query = RelativeURI(path: [PathSegment(.name("msdynci_customermeasures", keys: nil))])
    query.options.select = Spanned([])
    guard case .allow(let obligations) = try shippedPolicy().judge(query, request: JudgeRequest(scope: "default"))
    else {
      Issue.record("denied")
      return
    }
    #expect(obligations.query.options.select?.value.count == 3)
  }
}
