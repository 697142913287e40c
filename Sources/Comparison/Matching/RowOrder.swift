/// What a query says about the order of its rows.
enum RowOrder: Hashable {
  /// Nothing.
  case any
  /// They are sorted by these columns; rows that are equal in all of them may come in any order.
  case columns([String])
  /// They are sorted by something that rows do not simply show.
  case unknown

  /// Of `$orderby` in a request target, however it is encoded and whether it has its `$`.
  init(target: String) {
    self = .any
    guard let question = target.firstIndex(of: "?") else { return }
    for option in target[target.index(after: question)...].split(separator: "&") {
      guard let equals = option.firstIndex(of: "=") else { continue }
      let name = PercentEncoding.decoded(option[..<equals]).split(separator: " ").joined()
      guard ASCIIText.equal(name, "$orderby") || ASCIIText.equal(name, "orderby") else { continue }
      self = RowOrder.order(PercentEncoding.decoded(option[option.index(after: equals)...]))
      return
    }
  }

  private static func order(_ value: String) -> RowOrder {
    var names: [String] = []
    for item in value.split(separator: ",") {
      let words = item.split(separator: " ")
      guard let name = words.first, words.count <= 2,
        name.utf8.allSatisfy({
          (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) || (0x61...0x7A).contains($0) || $0 == 0x5F
        })
      else { return .unknown }
      names.append(String(name))
    }
    return names.isEmpty ? .any : .columns(names)
  }
}
