/// One synthetic customer; everything else about it follows from its index and the seed.
struct SandboxCustomer {
  var index: Int
  var id: String
  var firstName: String
  var lastName: String
  var contactID: String
  var loyaltyID: String?
  var gender: String
  var birthYear: Int
  var city: (city: String, country: String, postalCode: String)
  var email: String?
  var mobilePhone: String?
  var occupation: String?
  /// In hundredths.
  var lifetimeValue: Int
  var previousID: String?
  var birthday: String

  init(index: Int, seed: UInt64) {
    var random = SandboxRandom(seed: seed, stream: 1, index: UInt64(index))
    self.index = index
    id = random.hex(words: 2)
    firstName = random.pick(SandboxCatalog.firstNames)
    lastName = random.pick(SandboxCatalog.lastNames)
    contactID = "CNTID_\(1000 + index)"
    loyaltyID = random.chance(60) ? "LOYID_\(5000 + index)" : nil
    gender = random.chance(48) ? "Male" : random.chance(96) ? "Female" : "Other"
    birthYear = 1940 + random.below(66)
    birthday = "\(birthYear)-\(Digits.two(1 + random.below(12)))-\(Digits.two(1 + random.below(28)))"
    city = random.pick(SandboxCatalog.cities)
    let mailName = String(
      String.UnicodeScalarView(
        "\(firstName).\(lastName)".lowercased().unicodeScalars.filter { $0.isASCII && $0 != "'" }))
    email = random.chance(92) ? "\(mailName)\(index)@example.com" : nil
    mobilePhone = random.chance(75) ? "+49 30 \(100_000 + random.below(900_000))" : nil
    occupation = random.chance(70) ? random.pick(SandboxCatalog.occupations) : nil
    lifetimeValue = random.below(1_000_000)
    previousID = random.chance(5) ? random.hex(words: 2) : nil
  }

  /// Names of the segments the customer is in.
  func segments(seed: UInt64) -> [String] {
    var random = SandboxRandom(seed: seed, stream: 2, index: UInt64(index))
    var names: [String] = []
    if gender == "Male", birthYear > 1986 { names.append(SandboxCatalog.segments[0]) }
    if loyaltyID != nil { names.append(SandboxCatalog.segments[1]) }
    if random.chance(10) { names.append(SandboxCatalog.segments[2]) }
    if random.chance(15) { names.append(SandboxCatalog.segments[3]) }
    if lifetimeValue > 800_000 { names.append(SandboxCatalog.segments[4]) }
    return names
  }
}

enum Digits {
  static func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }

  /// Hundredths as a decimal with two places.
  static func hundredths(_ value: Int) -> String {
    "\(value < 0 ? "-" : "")\(abs(value) / 100).\(two(abs(value) % 100))"
  }
}
