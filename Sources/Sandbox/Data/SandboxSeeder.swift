import Dataverse
import SQLite

/// Fills the tables. Text is stored as it is; dates as ISO 8601, which sorts as text; decimals as hundredths.
struct SandboxSeeder {
  var configuration: SandboxConfiguration
  var schema: Schema
  var connection: Connection

  func run() throws(SQLiteError) {
    for table in schema.tables { try connection.execute(SandboxTables.definition(of: table)) }
    try connection.transaction { () throws(SQLiteError) in
      try customers()
    }
    for table in schema.tables where table.column("msdynci_customerid") != nil {
      try connection.execute(
        "CREATE INDEX \(SandboxTables.quoted("by_customer_\(table.logicalName)")) ON "
          + "\(SandboxTables.quoted(table.logicalName)) (msdynci_customerid)")
    }
  }

  private func customers() throws(SQLiteError) {
    let profiles = try inserter(
      "msdynci_customerprofile",
      [
        "msdynci_customerid", "msdynci_fullname", "msdynci_firstname", "msdynci_lastname", "msdynci_email",
        "msdynci_mobilephone", "msdynci_gender", "msdynci_birthdate", "msdynci_city", "msdynci_countryorregion",
        "msdynci_postalcode", "msdynci_occupation", "msdynci_lifetimevalue", "msdynci_previouscustomerid",
        "msdynci_ecommerce_ecommercecontacts_contactid", "msdynci_loyalty_loycustomers_loyaltyid",
      ])
    let related = try Related(self)
    for index in 0..<configuration.customers {
      let customer = SandboxCustomer(index: index, seed: configuration.seed)
      try profiles.insert(
        identifier: customer.id,
        [
          .text(customer.id), .text("\(customer.firstName) \(customer.lastName)"), .text(customer.firstName),
          .text(customer.lastName), optional(customer.email), optional(customer.mobilePhone), .text(customer.gender),
          .text(customer.birthday), .text(customer.city.city), .text(customer.city.country),
          .text(customer.city.postalCode), optional(customer.occupation), .integer(Int64(customer.lifetimeValue)),
          optional(customer.previousID), .text(customer.contactID), optional(customer.loyaltyID),
        ])
      try related.insert(customer)
    }
  }

  fileprivate func optional(_ text: String?) -> SQLiteValue { text.map { .text($0) } ?? .null }

  fileprivate func inserter(_ table: String, _ columns: [String]) throws(SQLiteError) -> Inserter {
    try Inserter(connection: connection, schema: schema, table: table, columns: columns)
  }
}

/// A prepared insert; adds the row key and, where there is one, the lookup of the customer.
private struct Inserter {
  private let statement: Statement
  private let hasCustomer: Bool

  init(connection: Connection, schema: Schema, table: String, columns: [String]) throws(SQLiteError) {
    let known = schema.table(named: table)
    let lookup = "_msdynci_lookupfield_customer_value"
    hasCustomer = known?.column(lookup) != nil
    let all = [known?.primaryKey ?? "msdynci_id"] + (hasCustomer ? [lookup] : []) + columns
    statement = try connection.prepare(
      "INSERT INTO \(SandboxTables.quoted(table)) (\(all.map(SandboxTables.quoted).joined(separator: ","))) VALUES "
        + "(\(all.map { _ in "?" }.joined(separator: ",")))")
  }

  /// - Parameters:
  ///   - identifier: what the row's GUID is derived from.
  ///   - customer: whose profile the row points at.
  func insert(identifier: String, customer: String = "", _ values: [SQLiteValue]) throws(SQLiteError) {
    let key = SQLiteValue.text(DerivedGUID.text(identifier))
    let lookup: [SQLiteValue] = hasCustomer ? [.text(DerivedGUID.text(customer))] : []
    try statement.run([key] + lookup + values)
  }
}

/// Everything that hangs on a customer.
private struct Related {
  private let seed: UInt64
  private let perCustomer: Int
  private let keys: Inserter
  private let activities: Inserter
  private let measures: Inserter
  private let enrichments: Inserter
  private let predictions: Inserter
  private let memberships: Inserter
  private let contacts: Inserter
  private let unifiedContacts: Inserter

  init(_ seeder: SandboxSeeder) throws(SQLiteError) {
    seed = seeder.configuration.seed
    perCustomer = seeder.configuration.activitiesPerCustomer
    keys = try seeder.inserter(
      "msdynci_alternatekey",
      [
        "msdynci_datasourcename", "msdynci_entityname", "msdynci_alternatevalue", "msdynci_keyring",
        "msdynci_customerid", "msdynci_identifier",
      ])
    activities = try seeder.inserter(
      "msdynci_unifiedactivity",
      [
        "msdynci_activityid", "msdynci_customerid", "msdynci_activitytime", "msdynci_activitytype",
        "msdynci_activitytypedisplay", "msdynci_activityname", "msdynci_title", "msdynci_externalurl",
        "msdynci_actualactivityid", "msdynci_entityname", "msdynci_rangeindex", "msdynci_semanticdata",
      ])
    measures = try seeder.inserter(
      "msdynci_customermeasure", ["msdynci_customerid", "msdynci_measures", "msdynci_identifier"])
    enrichments = try seeder.inserter(
      "msdynci_enrichment",
      [
        "msdynci_customerid", "msdynci_enrichmentprovider", "msdynci_enrichmenttype", "msdynci_values",
        "msdynci_identifier",
      ])
    predictions = try seeder.inserter(
      "msdynci_prediction",
      ["msdynci_customerid", "msdynci_modelprovider", "msdynci_model", "msdynci_values", "msdynci_identifier"])
    memberships = try seeder.inserter(
      "msdynci_segmentmembership",
      [
        "msdynci_customerid", "msdynci_segments", "msdynci_segmentprovider", "msdynci_segmentmembershiptype",
        "msdynci_identifier",
      ])
    contacts = try seeder.inserter(
      "msdynci_contactprofile",
      [
        "msdynci_contactid", "msdynci_customerid", "msdynci_firstname", "msdynci_lastname", "msdynci_primaryemail",
        "msdynci_jobtitle", "msdynci_identifier",
      ])
    unifiedContacts = try seeder.inserter(
      "msdynci_unifiedcontactprofile", ["msdynci_unifiedcontactid", "msdynci_fk_customerid"])
  }

  func insert(_ customer: SandboxCustomer) throws(SQLiteError) {
    try insertKeys(customer)
    try insertActivities(customer)
    try insertJSON(customer)
    try insertSegments(customer)
    try insertContacts(customer)
  }

  /// One of each customer, who is taken for a company here.
  private func insertContacts(_ customer: SandboxCustomer) throws(SQLiteError) {
    var random = SandboxRandom(seed: seed, stream: 9, index: UInt64(customer.index))
    let id = "\(customer.id)-contact"
    let identifier = "ContactProfile|\(customer.id)|\(id)"
    try contacts.insert(
      identifier: identifier, customer: customer.id,
      [
        .text(id), .text(customer.id), .text(random.pick(SandboxCatalog.firstNames)),
        .text(random.pick(SandboxCatalog.lastNames)), .text("contact\(customer.index)@example.com"),
        .text(random.pick(SandboxCatalog.occupations)), .text(identifier),
      ])
    try unifiedContacts.insert(identifier: "UnifiedContact|\(customer.id)|\(id)", [.text(id), .text(customer.id)])
  }

  private func insertKeys(_ customer: SandboxCustomer) throws(SQLiteError) {
    var sources = [(source: "eCommerce", entity: "eCommerceContacts", key: customer.contactID)]
    if let loyalty = customer.loyaltyID { sources.append(("Loyalty", "loyCustomers", loyalty)) }
    let ring = sources.map { item in
      "{\"dataSourceName\":\"\(item.source)\",\"entityName\":\"\(item.entity)\",\"preferredKey\":\"\(item.key)\","
        + "\"keys\":[\"\(item.key)\"]}"
    }
    for item in sources {
      let identifier = "\(item.source)|\(item.entity)|\(item.key)"
      try keys.insert(
        identifier: identifier, customer: customer.id,
        [
          .text(item.source), .text(item.entity), .text(item.key), .text("[\(ring.joined(separator: ","))]"),
          .text(customer.id), .text(identifier),
        ])
    }
  }

  private func insertActivities(_ customer: SandboxCustomer) throws(SQLiteError) {
    var random = SandboxRandom(seed: seed, stream: 3, index: UInt64(customer.index))
    let count = perCustomer == 0 ? 0 : perCustomer / 2 + random.below(perCustomer + 1)
    for number in 0..<count {
      let type = SandboxCatalog.activityTypes[number == 0 ? 0 : random.below(SandboxCatalog.activityTypes.count)]
      let day = random.below(3650)
      let second = random.below(86_400)
      let time = SandboxTime.text(daysSince2016: day, second: second)
      let product = random.pick(SandboxCatalog.products)
      let id = "\(customer.id)-\(number)"
      let semantic = "{\"Product\":\"\(product)\",\"Quantity\":\(1 + random.below(5)),\"Channel\":\"web\"}"
      try activities.insert(
        identifier: "UnifiedActivity|\(id)", customer: customer.id,
        [
          .text(id), .text(customer.id), .text(time), .text(type.type), .text(type.display), .text(type.name),
          .text("\(type.display): \(product)"),
          random.chance(30) ? .text("https://shop.example/orders/\(customer.index)/\(number)") : .null,
          .text("SRC-\(customer.index)-\(number)"), .text("eCommerce_eCommercePurchases"),
          .text("\(1_451_606_400 + day * 86_400 + second)"), .text(semantic),
        ])
    }
  }

  private func insertJSON(_ customer: SandboxCustomer) throws(SQLiteError) {
    var random = SandboxRandom(seed: seed, stream: 4, index: UInt64(customer.index))
    let id = customer.id
    let orders = random.below(40)
    let average = Digits.hundredths(orders == 0 ? 0 : customer.lifetimeValue / orders)
    let visit = random.chance(90) ? "\"\(SandboxTime.text(daysSince2016: random.below(3650), second: 0))\"" : "null"
    try measures.insert(
      identifier: "Customer_Measure|\(id)", customer: id,
      [
        .text(id),
        .text(
          "{\"CustomerId\":\"\(id)\",\"TotalSpend\":\(Digits.hundredths(customer.lifetimeValue)),\"OrderCount\":\(orders),"
            + "\"AverageBasket\":\(average),\"LastVisit\":\(visit)}"),
        .text("Customer_Measure|\(id)"),
      ])
    for (index, provider) in SandboxCatalog.enrichments.enumerated()
    where index == 0 && customer.index == 0 || random.chance(40) {
      let words = index == 0 ? SandboxCatalog.brands : SandboxCatalog.interests
      let kind = index == 0 ? "Brand" : "Interest"
      let word = random.pick(words)
      let identifier = "\(provider)|\(kind)|\(id)"
      try enrichments.insert(
        identifier: identifier, customer: id,
        [
          .text(id), .text(provider), .text(kind),
          .text(
            "{\"\(kind)\":\"\(word)\",\"ShareOfVoice\":0.\(Digits.two(random.below(100))),\"AffinityLevel\":\"High\"}"),
          .text(identifier),
        ])
    }
    for (index, model) in SandboxCatalog.models.enumerated() where customer.index == 0 || random.chance(70) {
      let score = "0.\(Digits.two(random.below(100)))"
      let values =
        index == 0
        ? "{\"CustomerID\":\"\(id)\",\"ChurnScore\":\(score),\"IsChurn\":\(random.chance(20))}"
        : "{\"CustomerID\":\"\(id)\",\"PredictedValue\":\(random.below(5000)),\"Confidence\":\(score)}"
      let identifier = "\(model.model)|\(model.provider)|\(id)"
      try predictions.insert(
        identifier: identifier, customer: id,
        [.text(id), .text(model.provider), .text(model.model), .text(values), .text(identifier)])
    }
  }

  private func insertSegments(_ customer: SandboxCustomer) throws(SQLiteError) {
    let names = customer.segments(seed: seed)
    guard !names.isEmpty else { return }
    // Some customers have their memberships in two rows, one for each application that publishes segments.
    let isSplit = names.count > 1 && customer.index.isMultiple(of: 7)
    let rows =
      isSplit ? [("CustomerInsights", [names[0]]), ("Journeys", Array(names[1...]))] : [("CustomerInsights", names)]
    for (provider, list) in rows {
      let identifier = "\(customer.id)|\(provider)|Customer|\(list[0])"
      let json = list.map { "\"\($0)\"" }.joined(separator: ",")
      try memberships.insert(
        identifier: identifier, customer: customer.id,
        [
          .text(customer.id), .text("{\"Segments\":[\(json)]}"), .text(provider), .text("Customer"), .text(identifier),
        ])
    }
  }
}

/// Times as the Web API writes them.
enum SandboxTime {
  /// Of a day counted from 2016-01-01 and a second of it.
  static func text(daysSince2016: Int, second: Int) -> String {
    var day = daysSince2016
    var year = 2016
    func isLeap(_ year: Int) -> Bool {
      year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    }
    while day >= (isLeap(year) ? 366 : 365) {
      day -= isLeap(year) ? 366 : 365
      year += 1
    }
    let lengths = [31, isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    var month = 0
    while day >= lengths[month] {
      day -= lengths[month]
      month += 1
    }
    return "\(year)-\(Digits.two(month + 1))-\(Digits.two(day + 1))T\(Digits.two(second / 3600)):"
      + "\(Digits.two(second / 60 % 60)):\(Digits.two(second % 60))Z"
  }
}
