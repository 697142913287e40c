import Testing

@testable import Identity

extension PagingSeal {
  /// One whose tokens last.
  init(key: SealKey) { self.init(key: key, lifetime: .max, clock: { 0 }) }
}

@Suite struct PagingSealTests {
  let seal = PagingSeal(key: .random())
  static let context = ["caller", "msdynci_customerprofiles?$top=1", "policy-1"]

  @Test(arguments: [
    "", "<cookie pagenumber=\"2\"/>", "%7b%22a%22%7d", "Grüße\u{0}\n", String(repeating: "t", count: 8192),
  ])
  func whatIsSealedOpensAgain(token: String) throws {
    let sealed = try seal.seal(token, boundTo: Self.context)
    #expect(try seal.open(sealed, boundTo: Self.context) == token)
    let letters = Set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    #expect(sealed.allSatisfy(letters.contains))
    #expect(token.isEmpty || !sealed.contains(token))
  }

  @Test func twoSealsOfOneTokenDiffer() throws {
    #expect(try seal.seal("t", boundTo: []) != seal.seal("t", boundTo: []))
  }

  @Test func tokensAboveTheLimitAreNotSealed() {
    #expect(throws: SealError.tooLong) {
      try seal.seal(String(repeating: "t", count: PagingSeal.limit + 1), boundTo: [])
    }
  }

  /// Another caller, query, policy; parts that only look alike when written in one row.
  @Test(arguments: [
    [], ["caller"], ["other", "msdynci_customerprofiles?$top=1", "policy-1"],
    ["caller", "msdynci_customerprofiles?$top=2", "policy-1"],
    ["caller", "msdynci_customerprofiles?$top=1", "policy-2"],
    ["callermsdynci_customerprofiles?$top=1", "", "policy-1"], context + [""], Array(context.reversed()),
  ])
  func anotherContextDoesNotOpen(context: [String]) throws {
    let sealed = try seal.seal("t", boundTo: Self.context)
    #expect(throws: SealError.notOurs) { try seal.open(sealed, boundTo: context) }
  }

  @Test func anotherKeyDoesNotOpen() throws {
    let sealed = try seal.seal("t", boundTo: Self.context)
    #expect(throws: SealError.notOurs) { try PagingSeal(key: .random()).open(sealed, boundTo: Self.context) }
  }

  /// Also when the clock was set back in the meantime.
  @Test(
    arguments: [(0, true), (1000, true), (1001, false), (Int64.max - 5000, false), (-4000, true)] as [(Int64, Bool)])
  func tokensAreGoodForTheirTime(age: Int64, opens: Bool) throws {
    let key = SealKey.random()
    let sealed = try PagingSeal(key: key, lifetime: 1000, clock: { 5000 }).seal("9|t|", boundTo: Self.context)
    let later = PagingSeal(key: key, lifetime: 1000, clock: { 5000 + age })
    if opens {
      #expect(try later.open(sealed, boundTo: Self.context) == "9|t|")
    } else {
      #expect(throws: SealError.expired) { try later.open(sealed, boundTo: Self.context) }
    }
    // What is not ours is not said to be old.
    #expect(throws: SealError.notOurs) { try later.open(sealed, boundTo: []) }
  }

  /// Each bit of the token flipped, each prefix of it, and each byte twice.
  @Test func damageIsSeen() throws {
    let sealed = try seal.seal("skip=2", boundTo: Self.context)
    let bytes = Array(sealed.utf8)
    var damaged = (0..<bytes.count).map { String(decoding: bytes[..<$0], as: UTF8.self) }
    for index in bytes.indices {
      for bit in 0..<8 {
        var copy = bytes
        copy[index] ^= 1 << UInt8(bit)
        damaged.append(String(decoding: copy, as: UTF8.self))
      }
      var copy = bytes
      copy.insert(bytes[index], at: index)
      damaged.append(String(decoding: copy, as: UTF8.self))
    }
    damaged += [sealed + "A", sealed + "=", sealed + "==", " " + sealed, "1" + sealed.dropFirst(), sealed + sealed]
    for text in damaged where text != sealed {
      #expect(throws: SealError.notOurs, "\(text)") { try seal.open(text, boundTo: Self.context) }
    }
  }

  @Test(arguments: ["", "2", "2A", "2AAAA", "2" + String(repeating: "A", count: 100_000), "é", "\u{0}"])
  func whatWasNeverSealedDoesNotOpen(text: String) {
    #expect(throws: SealError.notOurs) { try seal.open(text, boundTo: []) }
  }
}

@Suite struct Base64URLTests {
  /// Cases of RFC 4648, section 10, without padding, and the two letters that differ.
  @Test(arguments: [
    ("", ""), ("f", "Zg"), ("fo", "Zm8"), ("foo", "Zm9v"), ("foob", "Zm9vYg"), ("fooba", "Zm9vYmE"),
    ("foobar", "Zm9vYmFy"), ("\u{3F}\u{3F}\u{3E}", "Pz8-"), ("\u{3F}\u{3F}\u{3F}", "Pz8_"),
  ])
  func itIsThatOfTheRFC(text: String, encoded: String) {
    #expect(Base64URL.encode(Array(text.utf8)) == encoded)
    #expect(Base64URL.decode(encoded[...]) == Array(text.utf8))
  }

  /// A lone letter, spare bits that are set, padding, the other alphabet, blanks.
  @Test(arguments: ["Z", "Zh", "Zm9", "Zm9=", "Zg==", "Pz8+", "Pz8/", "Zm9v\n", "Zm 9v", "Zm9é"])
  func otherSpellingsAreRefused(text: String) { #expect(Base64URL.decode(text[...]) == nil) }

  @Test func everyLengthComesBack() {
    for count in 0..<64 {
      let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
      #expect(Base64URL.decode(Base64URL.encode(bytes)[...]) == bytes)
    }
  }
}
