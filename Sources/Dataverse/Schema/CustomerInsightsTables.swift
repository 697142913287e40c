extension Schema {
  /// The tables that Customer Insights - Data writes to Dataverse, as far as every organization that has them has the
  /// same; ``optionalTables`` are not in all.
  ///
  /// - Parameter profileColumns: the tenant's unified attributes and source keys, which follow the two fixed columns of
  ///   `msdynci_customerprofile`.
  package static func customerInsights(profileColumns: [Column]) -> Schema {
    Schema(tables: [
      table(
        "customerprofile", "customerprofiles", displayName: "CustomerProfile", primaryName: "customerid",
        [text("customerid", "CustomerId")] + profileColumns, navigations: fromCustomer),
      table(
        "alternatekey", "alternatekeys", displayName: "AlternateKey", primaryName: "identifier",
        [
          text("datasourcename", "DataSourceName"), text("entityname", "EntityName"),
          text("alternatevalue", "AlternateValue"), memo("keyring", "KeyRing"),
          text("customerid", "CustomerId", length: 100), text("identifier", "Identifier"),
        ]),
      table(
        "unifiedactivity", "unifiedactivities", displayName: "UnifiedActivity", primaryName: "activityid",
        [
          text("activityid", "ActivityId", length: 100), text("customerid", "CustomerId", length: 100),
          Column("msdynci_activitytime", .dateTime, displayName: "ActivityTime"),
          text("activitytype", "ActivityType"), text("activitytypedisplay", "ActivityTypeDisplay"),
          text("activityname", "ActivityName"), text("title", "Title"), text("externalurl", "ExternalUrl"),
          text("actualactivityid", "ActualActivityId"), text("entityname", "EntityName"),
          text("rangeindex", "RangeIndex"), memo("semanticdata", "SemanticData"),
          text("activityforeignkey", "ActivityForeignKey", length: 100),
          text("lookupfield_customerpid", "LookupField_CustomerPID", length: 100),
        ]),
      table(
        "customermeasure", "customermeasures", displayName: "CustomerMeasure", primaryName: "identifier",
        [
          text("customerid", "CustomerId", length: 100), memo("measures", "Measures"),
          text("identifier", "Identifier"),
        ]),
      table(
        "enrichment", "enrichments", displayName: "Enrichment", primaryName: "identifier",
        [
          text("customerid", "CustomerId", length: 100), text("enrichmentprovider", "EnrichmentProvider"),
          text("enrichmenttype", "EnrichmentType"), memo("values", "Values"), text("identifier", "Identifier"),
        ]),
      table(
        "prediction", "predictions", displayName: "Prediction", primaryName: "identifier",
        [
          text("customerid", "CustomerId", length: 100), text("modelprovider", "ModelProvider"),
          text("model", "Model"), memo("values", "Values"), text("identifier", "Identifier"),
        ]),
      table(
        "segmentmembership", "segmentmemberships", displayName: "SegmentMembership", primaryName: "identifier",
        [
          text("customerid", "CustomerId", length: 100), memo("segments", "Segments"),
          text("segmentprovider", "SegmentProvider"), text("segmentmembershiptype", "SegmentMembershipType"),
          text("identifier", "Identifier"),
        ]),
      table(
        "unifiedcontactprofile", "unifiedcontactprofiles", displayName: "UnifiedContactProfile",
        primaryName: "unifiedcontactid",
        [text("unifiedcontactid", "UnifiedContactId"), text("fk_customerid", "CustomerId")], navigations: []),
      table(
        "contactprofile", "contactprofiles", displayName: "ContactProfile", primaryName: "identifier",
        [
          text("contactid", "ContactId"), text("customerid", "CustomerId", length: 100),
          text("firstname", "FirstName"), text("lastname", "LastName"), text("primaryemail", "PrimaryEmail"),
          text("primaryphone", "PrimaryPhone"), text("jobtitle", "JobTitle"),
          Column("msdynci_birthdate", .dateTime, displayName: "BirthDate"), text("gender", "Gender"),
          text("streetaddress", "StreetAddress"), text("postalcode", "PostalCode"), text("city", "City"),
          text("stateorprovince", "StateOrProvince"), text("countryorregion", "CountryOrRegion"), text("id", "Id"),
          text("sourceid", "SourceId"), text("entityname", "EntityName"), text("identifier", "Identifier"),
        ]),
    ])
  }

  /// Logical names of tables that only organizations with contacts of business customers have.
  package static let optionalTables: Set<String> = ["msdynci_unifiedcontactprofile", "msdynci_contactprofile"]

  /// The profile columns of the sandbox's tenant: what a usual unification of a shop and a loyalty programme gives.
  package static let sampleProfileColumns: [Column] = [
    text("fullname", "FullName"), text("firstname", "FirstName"), text("lastname", "LastName"),
    text("email", "Email"), text("mobilephone", "MobilePhone"), text("gender", "Gender"),
    Column("msdynci_birthdate", .dateOnly, displayName: "BirthDate"),
    text("city", "City"), text("countryorregion", "CountryOrRegion"), text("postalcode", "PostalCode"),
    text("occupation", "Occupation"),
    Column("msdynci_lifetimevalue", .decimal, displayName: "LifeTimeValue"),
    text("previouscustomerid", "PreviousCustomerId"),
    text("ecommerce_ecommercecontacts_contactid", "eCommerce_eCommerceContacts_ContactId"),
    text("loyalty_loycustomers_loyaltyid", "Loyalty_loyCustomers_LoyaltyID"),
  ]

  /// Logical names of the columns that Dataverse itself puts on every table.
  package static let systemColumnNames = Set(systemColumns.map(\.logicalName))

  static let systemColumns: [Column] = [
    system("createdby", .lookup(target: "systemuser"), "Created By"),
    system("createdon", .dateTime, "Created On"),
    system("createdonbehalfby", .lookup(target: "systemuser"), "Created By (Delegate)"),
    system("importsequencenumber", .wholeNumber, "Import Sequence Number"),
    system("modifiedby", .lookup(target: "systemuser"), "Modified By"),
    system("modifiedon", .dateTime, "Modified On"),
    system("modifiedonbehalfby", .lookup(target: "systemuser"), "Modified By (Delegate)"),
    system("overriddencreatedon", .dateTime, "Record Created On"),
    system("ownerid", .lookup(target: "owner"), "Owner"),
    system("owningbusinessunit", .lookup(target: "businessunit"), "Owning Business Unit"),
    system("owningteam", .lookup(target: "team"), "Owning Team"),
    system("owninguser", .lookup(target: "systemuser"), "Owning User"),
    Column("partitionid", .text, displayName: "Partition Id", maxLength: 100, isSystem: true),
    system("ttlinseconds", .wholeNumber, "Time to live"),
    system("versionnumber", .bigInt, "Version Number"),
  ]

  private static let memoLength = 1_048_576

  private static func text(_ name: String, _ displayName: String, length: Int = 4000) -> Column {
    Column("msdynci_\(name)", .text, displayName: displayName, maxLength: length)
  }

  private static func memo(_ name: String, _ displayName: String) -> Column {
    Column("msdynci_\(name)", .memo, displayName: displayName, maxLength: memoLength)
  }

  private static func system(_ name: String, _ type: ColumnType, _ displayName: String) -> Column {
    Column(name, type, displayName: displayName, isSystem: true)
  }

  private static let toCustomer = NavigationProperty(
    "msdynci_lookupfield_customer", target: "msdynci_customerprofile", isCollection: false,
    lookup: "msdynci_lookupfield_customer")

  /// Every table that points at the customer profile is a collection of it, named after the table.
  private static let fromCustomer = [
    "alternatekey", "unifiedactivity", "customermeasure", "enrichment", "prediction", "segmentmembership",
  ].map { NavigationProperty("msdynci_customer_\($0)", target: "msdynci_\($0)", isCollection: true) }

  /// - Parameter navigations: by default the way to the customer that each row points at with a lookup.
  private static func table(
    _ name: String, _ set: String, displayName: String, primaryName: String, _ columns: [Column],
    navigations: [NavigationProperty] = [toCustomer]
  ) -> Table {
    // The key column is the one whose DisplayName is the table's.
    var all = columns + [Column("msdynci_\(name)id", .uniqueIdentifier, displayName: displayName)]
    if navigations == [toCustomer] {
      all.append(
        Column(
          "msdynci_lookupfield_customer", .lookup(target: "msdynci_customerprofile"),
          displayName: "LookupField_Customer"))
    }
    return Table(
      logicalName: "msdynci_\(name)", entitySetName: "msdynci_\(set)", primaryKey: "msdynci_\(name)id",
      primaryName: "msdynci_\(primaryName)", columns: all + systemColumns, navigations: navigations)
  }
}
