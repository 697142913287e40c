import Dataverse
import Testing

/// A document as Dataverse writes it, and what is read from it.
@Suite struct CSDLReaderTests {
  /// Modelled on `$metadata`: an abstract root, activities that inherit, lookups with several targets, both ways of an
  /// intersect table, a table without entity set, functions and actions, enumerations, complex types.
  static let golden = """
    \u{FEFF}<?xml version="1.0" encoding="utf-8"?>
    <edmx:Edmx Version="4.0" xmlns:edmx="http://docs.oasis-open.org/odata/ns/edmx">
      <edmx:Reference Uri="http://vocabularies.odata.org/OData.Community.Keys.V1.xml">
        <edmx:Include Namespace="OData.Community.Keys.V1" Alias="Keys" />
        <edmx:IncludeAnnotations TermNamespace="OData.Community.Keys.V1" />
      </edmx:Reference>
      <edmx:DataServices>
        <Schema Namespace="Microsoft.Dynamics.CRM" Alias="mscrm" xmlns="http://docs.oasis-open.org/odata/ns/edm">
          <!-- <Property Name="nothing" Type="Edm.String" /> -->
          <EnumType Name="AccessRights" IsFlags="true"><Member Name="None" Value="0" /></EnumType>
          <ComplexType Name="BooleanManagedProperty"><Property Name="Value" Type="Edm.Boolean" /></ComplexType>
          <EntityType Name="crmbaseentity" Abstract="true" />
          <EntityType Name="expando" BaseType="mscrm.crmbaseentity" OpenType="true" />
          <EntityType Name="account" BaseType="mscrm.crmbaseentity">
            <Key><PropertyRef Name="accountid" /></Key>
            <Property Name="accountid" Type="Edm.Guid">
              <Annotation Term="Org.OData.Core.V1.Description" String="Unique identifier of the account." />
            </Property>
            <Property Name="name" Type="Edm.String" Unicode="false" />
            <Property Name="description" Type="Edm.String" MaxLength="10000" />
            <Property Name="revenue" Type="Edm.Decimal" Scale="Variable" />
            <Property Name="statecode" Type="Edm.Int32" />
            <Property Name="createdon" Type="Edm.DateTimeOffset">
              <Annotation Term="Org.OData.Core.V1.Computed"><Bool>true</Bool></Annotation>
            </Property>
            <Property Name="entityimage" Type="Edm.Binary" />
            <Property Name="_primarycontactid_value" Type="Edm.Guid" />
            <Property Name="_ownerid_value" Type="Edm.Guid" />
            <Property Name="settings" Type="mscrm.BooleanManagedProperty" />
            <Property Name="bad-name" Type="Edm.String" />
            <NavigationProperty Name="primarycontactid" Type="mscrm.contact" Nullable="false" Partner="account_primary">
              <ReferentialConstraint Property="_primarycontactid_value" ReferencedProperty="contactid" />
            </NavigationProperty>
            <NavigationProperty Name="accountleads_association" Type="Collection(mscrm.lead)" Partner="accountleads_association" />
            <NavigationProperty Name="Account_Tasks" Type="Collection(mscrm.task)" Partner="regardingobjectid_account_task" />
            <NavigationProperty Name="knows" Type="Collection(mscrm.contact)" Partner="knownby" />
            <Annotation Term="OData.Community.Keys.V1.AlternateKeys">
              <Collection>
                <Record Type="OData.Community.Keys.V1.AlternateKey">
                  <PropertyValue Property="Key">
                    <Collection>
                      <Record Type="OData.Community.Keys.V1.PropertyRef">
                        <PropertyValue Property="Alias" String="name" />
                        <PropertyValue Property="Name" PropertyPath="name" />
                      </Record>
                      <Record Type="OData.Community.Keys.V1.PropertyRef">
                        <PropertyValue Property="Alias" String="_primarycontactid_value" />
                        <PropertyValue Property="Name" PropertyPath="_primarycontactid_value" />
                      </Record>
                    </Collection>
                  </PropertyValue>
                </Record>
              </Collection>
            </Annotation>
          </EntityType>
          <EntityType Name="contact" BaseType="mscrm.crmbaseentity">
            <Key><PropertyRef Name="contactid" /></Key>
            <Property Name="contactid" Type="Edm.Guid" />
            <Property Name="birthdate" Type="Edm.Date" />
            <NavigationProperty Name="account_primary" Type="Collection(mscrm.account)" Partner="primarycontactid" />
            <NavigationProperty Name="knownby" Type="Collection(mscrm.account)" Partner="knows" />
          </EntityType>
          <EntityType Name="task" BaseType="mscrm.activitypointer">
            <Property Name="percentcomplete" Type="Edm.Int32" />
            <NavigationProperty Name="regardingobjectid_account_task" Type="mscrm.account" Partner="Account_Tasks">
              <ReferentialConstraint Property="_regardingobjectid_value" ReferencedProperty="accountid" />
            </NavigationProperty>
          </EntityType>
          <EntityType Name="activitypointer" BaseType="mscrm.crmbaseentity">
            <Key><PropertyRef Name="activityid" /></Key>
            <Property Name="activityid" Type="Edm.Guid" />
            <Property Name="subject" Type="Edm.String" />
            <Property Name="_regardingobjectid_value" Type="Edm.Guid" />
          </EntityType>
          <EntityType Name="msdynci_prediction" BaseType="mscrm.crmbaseentity">
            <Key><PropertyRef Name="msdynci_predictionid" /></Key>
            <Property Name="msdynci_predictionid" Type="Edm.Guid" />
            <Property Name="msdynci_values" Type="Edm.String" />
            <Property Name="msdynci_modelprovider" Type="Edm.String" />
            <Property Name="new_tenantcolumn" Type="Edm.String" />
            <Property Name="partitionid" Type="Edm.String" />
            <Property Name="ttlinseconds" Type="Edm.Int32" />
            <Property Name="versionnumber" Type="Edm.Int64" />
          </EntityType>
          <EntityType Name="nowhere"><Key><PropertyRef Name="id" /></Key><Property Name="id" Type="Edm.Guid" /></EntityType>
          <Action Name="Merge"><Parameter Name="Target" Type="mscrm.crmbaseentity" Nullable="false" /></Action>
          <Function Name="WhoAmI"><ReturnType Type="mscrm.WhoAmIResponse" Nullable="false" /></Function>
          <Function Name="LastXDays"><Parameter Name="PropertyName" Type="Edm.String" /><ReturnType Type="Edm.Boolean" /></Function>
          <EntityContainer Name="System">
            <EntitySet Name="accounts" EntityType="Microsoft.Dynamics.CRM.account">
              <NavigationPropertyBinding Path="primarycontactid" Target="contacts" />
            </EntitySet>
            <EntitySet Name="contacts" EntityType="Microsoft.Dynamics.CRM.contact" />
            <EntitySet Name="tasks" EntityType="Microsoft.Dynamics.CRM.task" />
            <EntitySet Name="activitypointers" EntityType="Microsoft.Dynamics.CRM.activitypointer" />
            <EntitySet Name="msdynci_predictions" EntityType="Microsoft.Dynamics.CRM.msdynci_prediction" />
            <FunctionImport Name="WhoAmI" Function="Microsoft.Dynamics.CRM.WhoAmI" />
            <ActionImport Name="Merge" Action="Microsoft.Dynamics.CRM.Merge" />
          </EntityContainer>
        </Schema>
      </edmx:DataServices>
    </edmx:Edmx>
    """

  private func column(_ name: String, _ type: ColumnType, length: Int? = nil) -> Column {
    Column(
      name, type, displayName: name, maxLength: length, isSystem: Schema.systemColumnNames.contains(name))
  }

  @Test func readsWhatDataverseWrites() throws {
    let document = try CSDLReader.read(Array(Self.golden.utf8))
    #expect(
      document.schema.tables.map(\.entitySetName) == [
        "accounts", "contacts", "tasks", "activitypointers", "msdynci_predictions",
      ])
    let account = try #require(document.schema.table(named: "account"))
    #expect(account.primaryKey == "accountid")
    #expect(account.kind == .standard)
    #expect(
      account.columns == [
        column("accountid", .uniqueIdentifier), column("name", .text), column("description", .memo, length: 10_000),
        column("revenue", .decimal), column("statecode", .wholeNumber), column("createdon", .dateTime),
        column("entityimage", .image), column("primarycontactid", .lookup(target: "contact")),
        column("ownerid", .lookup(target: "")),
      ])
    #expect(
      account.navigations == [
        NavigationProperty("primarycontactid", target: "contact", isCollection: false, lookup: "primarycontactid"),
        NavigationProperty("accountleads_association", target: "lead", isCollection: true, isManyToMany: true),
        NavigationProperty("Account_Tasks", target: "task", isCollection: true),
        NavigationProperty("knows", target: "contact", isCollection: true, isManyToMany: true),
      ])
    #expect(
      account.alternateKeys == [
        AlternateKey("name__primarycontactid_value", columns: ["name", "_primarycontactid_value"])
      ])
    let task = try #require(document.schema.table(entitySet: "tasks"))
    #expect(task.primaryKey == "activityid")
    #expect(
      task.columns == [
        column("activityid", .uniqueIdentifier), column("subject", .text),
        column("regardingobjectid", .lookup(target: "account")), column("percentcomplete", .wholeNumber),
      ])
    #expect(document.schema.table(named: "msdynci_prediction")?.kind == .elastic)
    #expect(document.functionNames == ["WhoAmI", "LastXDays"])
    #expect(document.entitySets["tasks"] == "task")
    #expect(
      document.notes == [
        "account has a property with a name that is no logical name.", "expando has no entity set and is left out.",
        "account.settings has a type that this program does not read.", "nowhere has no entity set and is left out.",
      ])
  }

  /// What is asked for → the tables that come.
  @Test(arguments: [
    (["account"], false, ["account"]), (["accounts"], false, ["account"]),
    (["tasks"], false, ["task"]),
    (["account"], true, ["account", "contact", "task"]),
    (["contacts", "lead", "nothing"], false, ["contact"]), ([], true, []),
  ])
  func onlyWhatIsWanted(names: [String], neighbours: Bool, expected: [String]) throws {
    let document = try CSDLReader.read(Array(Self.golden.utf8), .tables(Set(names), neighbours: neighbours))
    #expect(document.schema.tables.map(\.logicalName) == expected)
    #expect(document.missing == names.filter { ["lead", "nothing"].contains($0) })
    let whole = try CSDLReader.read(Array(Self.golden.utf8))
    for table in document.schema.tables { #expect(table == whole.schema.table(named: table.logicalName)) }
  }

  @Test func everySplitGivesTheSame() throws {
    let bytes = Array(Self.golden.utf8)
    let whole = try CSDLReader.read(bytes)
    for size in [1, 2, 3, 5, 7, 64, 1000, 4096, bytes.count - 1] {
      let document = try CSDLReader.read {
        var position = 0
        return {
          guard position < bytes.count else { return nil }
          let end = min(bytes.count, position + size)
          defer { position = end }
          return Array(bytes[position..<end])
        }
      }
      #expect(document.schema.tables == whole.schema.tables, "chunks of \(size)")
      #expect(document.notes == whole.notes, "chunks of \(size)")
    }
    for cut in stride(from: 0, through: bytes.count, by: 13) {
      let document = try CSDLReader.read {
        var parts = [Array(bytes[..<cut]), [], Array(bytes[cut...])][...]
        return { parts.popFirst() }
      }
      #expect(document.schema.version == whole.schema.version, "cut at \(cut)")
    }
  }

  /// A document whose end is missing is never half a schema.
  @Test func aDocumentThatEndsEarlyIsRefused() {
    let bytes = Array(Self.golden.utf8)
    for end in stride(from: 0, to: bytes.count - 1, by: 11) {
      #expect(throws: CSDLReader.Failure.self, "\(end) bytes") { try CSDLReader.read(Array(bytes[..<end])) }
    }
  }

  @Test func whatTheBuiltInTablesKnowIsKept() throws {
    let schema = try CSDLReader.read(Array(Self.golden.utf8)).schema
    let completed = schema.completed(from: .customerInsights(profileColumns: []))
    #expect(completed.tables.map(\.logicalName) == schema.tables.map(\.logicalName))
    #expect(completed.table(named: "account") == schema.table(named: "account"))
    let prediction = try #require(completed.table(named: "msdynci_prediction"))
    #expect(
      prediction.columns == [
        Column("msdynci_predictionid", .uniqueIdentifier, displayName: "Prediction"),
        Column("msdynci_values", .memo, displayName: "Values", maxLength: 1_048_576),
        Column("msdynci_modelprovider", .text, displayName: "ModelProvider", maxLength: 4000),
        Column("new_tenantcolumn", .text, displayName: "new_tenantcolumn"),
        Column("partitionid", .text, displayName: "Partition Id", maxLength: 100, isSystem: true),
        Column("ttlinseconds", .wholeNumber, displayName: "Time to live", isSystem: true),
        Column("versionnumber", .bigInt, displayName: "Version Number", isSystem: true),
      ])
    #expect(prediction.primaryName == "", "there is no such column")
    #expect(prediction.kind == .elastic)
    #expect(completed.completed(from: .customerInsights(profileColumns: [])).version == completed.version)
  }
}
