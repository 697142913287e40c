/// How large a sandbox is, and where it listens.
package struct SandboxConfiguration: Sendable {
  /// 1 to 100,000.
  package var customers: Int
  /// On average; the number of one customer varies.
  package var activitiesPerCustomer: Int
  /// The same seed gives the same data on every machine.
  package var seed: UInt64
  /// A loopback address.
  package var host: String
  /// 0 picks a free one.
  package var port: Int
  /// SQLite file, or `:memory:`. A file is made anew at every start.
  package var database: String

  package init(
    customers: Int = 2000, activitiesPerCustomer: Int = 20, seed: UInt64 = 1, host: String = "127.0.0.1", port: Int = 0,
    database: String = ":memory:"
  ) {
    self.customers = customers
    self.activitiesPerCustomer = activitiesPerCustomer
    self.seed = seed
    self.host = host
    self.port = port
    self.database = database
  }
}

/// Values that a query can be filled with, computed from the seed alone.
package struct SandboxSamples: Sendable, Hashable {
  /// Legacy instance id that stands for this organization.
  package var instanceID: String
  package var customerID: String
  package var secondCustomerID: String
  package var alternateKeyColumn: String
  package var alternateKeyValue: String
  package var secondAlternateKeyValue: String
  package var lastName: String
  package var segmentName: String
  package var activityType: String
  package var activityTypeDisplay: String
  package var model: String
  package var modelProvider: String

  package static func from(_ configuration: SandboxConfiguration) -> SandboxSamples {
    let first = SandboxCustomer(index: 0, seed: configuration.seed)
    let second = SandboxCustomer(index: configuration.customers > 1 ? 1 : 0, seed: configuration.seed)
    return SandboxSamples(
      instanceID: "00000000-0000-4000-8000-00000000c15a",
      customerID: first.id, secondCustomerID: second.id,
      alternateKeyColumn: "msdynci_ecommerce_ecommercecontacts_contactid",
      alternateKeyValue: first.contactID, secondAlternateKeyValue: second.contactID,
      lastName: first.lastName, segmentName: SandboxCatalog.segments[0],
      activityType: SandboxCatalog.activityTypes[0].type, activityTypeDisplay: SandboxCatalog.activityTypes[0].display,
      model: SandboxCatalog.models[0].model, modelProvider: SandboxCatalog.models[0].provider)
  }
}
