/// Targets that must be read; also the seeds of truncation and mutation.
enum Corpus {
  static let customer = "ce759201f786d590bf2134bff576c369"

  /// Queries that Microsoft documents for Customer Insights tables in Dataverse.
  static let dataverse: [String] = [
    "msdynci_customerprofiles",
    "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(customer)'",
    "msdynci_customerprofiles?$filter=msdynci_ecommerce_contacts_contactid eq 'CNTID_1002'",
    "msdynci_customerprofiles?$select=msdynci_fullname&$filter=msdynci_customerid eq '\(customer)'",
    "msdynci_customerprofiles?$filter=msdynci_customerid eq '\(customer)' or msdynci_customerid eq '0f3a1c77d2b94e5f'",
    "msdynci_customerprofiles?$filter=msdynci_contactid eq 'C1' or msdynci_contactid eq 'C2'",
    "msdynci_customerprofiles?$filter=contains(msdynci_lastname,'string')&$top=10",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"Male_under_40\"')&$select=msdynci_customerid",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\\\"Male_under_40\\\"')&$select=msdynci_customerid",
    "msdynci_segmentmemberships?$filter=contains(msdynci_segments,'\"A B\"') and msdynci_customerid eq '\(customer)'",
    "msdynci_segmentmemberships?$filter=msdynci_customerid eq '\(customer)'&$select=msdynci_segments",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '\(customer)'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '\(customer)' and msdynci_activitytime gt "
      + "2017-01-01T00:00:00Z and msdynci_activitytime lt 2020-01-01T00:00:00.000Z",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '\(customer)' and msdynci_activitytype eq 'Purchase'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq 'x' and msdynci_activitytypedisplay eq 'Online purchase'",
    "msdynci_unifiedactivities?$filter=msdynci_customerid eq '\(customer)'&$orderby=msdynci_activitytime asc",
    "msdynci_customermeasures?$filter=msdynci_customerid eq '\(customer)'",
    "msdynci_enrichments?$filter=msdynci_customerid eq '\(customer)' and msdynci_enrichmentprovider eq "
      + "'BrandShareOfVoiceFromMicrosoft'",
    "msdynci_enrichments?$filter=msdynci_customerid eq 'x' and msdynci_enrichmentprovider eq "
      + "'InterestShareOfVoiceFromMicrosoft'",
    "msdynci_predictions?$filter=msdynci_customerid eq '\(customer)' and msdynci_modelprovider eq 'ChurnModel'",
    // As clients encode them.
    "msdynci_customerprofiles?%24select=a%2Cb&%24filter=x+eq+%27y%27",
    "msdynci_customerprofiles?%24filter=x%20eq%20'a%26b'%20and%20y%20eq%20'1%2B1%3D2'",
    "EntityDefinitions?$select=LogicalName,EntitySetName,PrimaryIdAttribute&$filter=LogicalName eq 'account'",
    "EntityDefinitions(LogicalName='account')/Attributes(LogicalName='name')/Microsoft.Dynamics.CRM.PicklistAttributeMetadata",
    "accounts(39dd0b31-ed8b-e511-80d2-00155d2a68d4)/primarycontactid/$ref",
    "accounts(accountnumber='A1',_primarycontactid_value=123e4567-e89b-12d3-a456-426614174000)?$select=name",
    "accounts/$count?$filter=revenue gt 1.50 and statecode eq 0",
    "accounts?$expand=primarycontactid($select=fullname;$expand=createdby($select=fullname)),Account_Tasks($top=3;"
      + "$orderby=createdon desc;$filter=contains(subject,'a;b)')),createdby/$ref",
    "accounts?$filter=Microsoft.Dynamics.CRM.In(PropertyName='name',PropertyValues=['a','b'])",
    "accounts?$filter=Microsoft.Dynamics.CRM.Between(PropertyName=@p,PropertyValues=[\"5\",\"2000\"])&@p='revenue'",
    "accounts?$filter=not contains(name,'%25a') and (revenue add 1) mul 2 ge -3 and createdon ne null",
    "accounts?$filter=contact_customer_accounts/any(c:c/tasks/all(t:t/x eq c/x and t/y/$count gt 1)) or tags/any()",
    "accounts?$orderby=@o&@o=revenue",
    "accounts?$filter=name eq 'O''Brien / caf\u{E9} ? %23 100%25'",
    "WhoAmI()", "WhoAmI", "RetrieveTotalRecordCount(EntityNames=['account','contact'])",
    "RetrieveUserPrivileges(Target=@t)?@t={'@odata.id':'systemusers(39dd0b31-ed8b-e511-80d2-00155d2a68d4)'}",
    "$metadata", "$metadata?annotations=true", "", "accounts(1)/entityimage/$value?size=full",
    "accounts?$select=name&$skiptoken=%3Ccookie%20pagenumber=%222%22%20pagingcookie=%22%253ccookie%2520page%253d%2522"
      + "%20istracking=%22False%22%20/%3E",
    "accounts?$apply=groupby((a,b),aggregate(c with sum as d))",
    "accounts?fetchXml=%3Cfetch%3E%0A%3C/fetch%3E",
  ]

  /// Everything else that the grammar has.
  static let grammar: [String] = [
    "a?$filter=b has Ns.Color'Red,Green' and c in (1,2.5,-3e10,INF,-INF,NaN,null,true)",
    "a?$filter=b eq 12:30:45.123456789012 or c eq 2024-02-29 or d eq -10000-04-01 or e eq duration'-P1DT2H3M4.5S'",
    "a?$filter=b eq binary'SGVsbG8_' and c eq 2020-01-01T12:00:00.5%2B02:00",
    "a?$filter=cast(b,Edm.String) eq 'x' and isof(Ns.T) and Ns.T/c eq $it/d and $root/e/f ne $this",
    "a?$filter=b in [\"x\",\"\\u00e9\\n\\\"\",1,[],{\"k\":[true,null]}]",
    "a?$filter=- b eq --1 and -(5) lt c and not not d and not (e or f)",
    "a?$filter=Ns.Fn(A=1 add 2,B=@x,C=Other.Fn())/d eq 1&@x={}",
    "a?$filter=substring(concat(trim(b),tolower(c)),1,2) eq matchesPattern(d,'^x') or now() gt mindatetime()",
    "a/Ns.Bound(x=1)/$count", "a/$filter(b%20gt%203)/$count", "$all/Ns.T?$top=1", "$entity?$id=a(1)",
    "a?$expand=*($levels=max),b/$count($filter=c eq 1),d/$ref,$value&$select=*,Ns.*,a/b",
    "a?$skip=3&$top=0&$count=true&$format=application/json&$search=x AND (\"y z\" OR NOT w)&$deltatoken=1!2",
    "a?$index=-3&$schemaversion=1.2&$compute=a add b as c&!custom=1&flag&k=a=b",
    "a?$apply=aggregate(b mul c with sum from d,e/f with max as g,$count as h,I)/filter(b in (1,2))/compute(b as c)",
    "a?$apply=groupby((b/Ns.T/c,rollup(d,e),rolluprecursive($root/F('x')/g,H,i,top(1))),identity/Ns.f(x=1))",
    "a?$apply=ancestors($root/B,C,d,search(\"e) f\" g'),2,keep start)/traverse($root/B,C,d,preorder,skip(1),e desc,f)",
    "a?$expand=b($apply=concat(topcount(2,c),orderby(d desc)/nest(identity as e))/join(f as g,top(1));$compute=1 as b)",
    "a?$filter=$these/aggregate(b with Ns.m) gt c/aggregate($count from d with min) or case(b gt 10:1,true:12:30) eq 1",
    "a?$orderby=b desc,c/d,e mul 2 asc,eq eq and desc", "a(x='%2F%3F',y=binary'',z=duration'PT0S')/b",
  ]

  static let all = dataverse + grammar
}
