import Dataverse
import YAMLFile

extension MappingLoader {
  /// The section `segments`; after the entities, which it refers to.
  func readSegments(_ entry: MappingReader) {
    let member = entry.string("member", required: true)
    let entityName = entry.string("entity", required: true)
    let names = segmentNames(entry)
    guard let table = table(of: entry) else { return pass(entry, ["customer", "list", "row"]) }
    let customer = column("customer", of: entry, in: table, required: true)
    let list = column("list", of: entry, in: table, required: true)
    let row = column("row", of: entry, in: table)
    if let row, row == customer || row == list {
      entry.report(
        at: entry.node("row") ?? entry.node, message: "`\(row)` does not tell the rows of a customer apart.",
        help: "Name a column that has another value in each row, or leave `row` out.")
    }
    guard let member, let entityName, let customer, let list,
      let entity = served(entityName, at: entry.node("entity") ?? entry.node, entry)
    else { return }
    guard entity.key != nil else {
      return entry.report(
        at: entry.node("entity") ?? entry.node, message: "`\(entity.name)` has no key, by which its rows are found.",
        help: "Give the entity a `key`: the column with the ids that stand in `\(customer)`.")
    }
    segments = SegmentMapping(
      table: table, customer: customer, customerForm: ids[customer], list: list, member: member, row: row,
      entity: entity.name, names: names)
  }

  private func segmentNames(_ entry: MappingReader) -> [String] {
    var names: [String] = []
    for (index, item) in (entry.list("names") ?? []).enumerated() {
      let path = "\(entry.path(of: "names"))[\(index)]"
      guard let name = reader.string(item, path: path), identifier(name, at: item, path) else { continue }
      let lower = name.lowercased()
      if names.contains(where: { $0.lowercased() == lower }) {
        reader.report(at: item, path: path, message: "`\(name)` stands twice in this list.")
      }
      if absent.contains(lower) || entities.contains(where: { $0.name.lowercased() == lower }) {
        reader.report(at: item, path: path, message: "`\(name)` is an entity already.")
      }
      names.append(name)
    }
    return names
  }

  /// The section `keyring`.
  func readKeyring(_ entry: MappingReader) {
    guard let table = table(of: entry) else {
      return pass(entry, ["dataSource", "entity", "key", "customer", "ring"])
    }
    let dataSource = column("dataSource", of: entry, in: table, required: true)
    let entity = column("entity", of: entry, in: table, required: true)
    let key = column("key", of: entry, in: table, required: true)
    let customer = column("customer", of: entry, in: table, required: true)
    let ring = column("ring", of: entry, in: table, required: true)
    guard let dataSource, let entity, let key, let customer, let ring else { return }
    keyring = KeyringMapping(
      table: table, dataSource: dataSource, entity: entity, key: key, customer: customer, ring: ring,
      customerForm: ids[customer] == nil ? .plain : .id)
  }
}
