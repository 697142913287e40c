import Testing

@testable import Dataverse

@Suite struct NameIndexTests {
  @Test func findsWhatItWasMadeOf() {
    // Of every length around the words that are hashed at once, and more than one with the same beginning and end.
    let names = (0..<40).map { String(repeating: "n", count: $0) } + (0..<2000).map { "msdynci_\($0)_column" } + ["é"]
    let index = NameIndex(names)
    for (place, name) in names.enumerated() { #expect(index[name] == place) }
    for name in names { #expect(index[name + "x"] == nil && index["x" + name] == nil) }
  }

  @Test func ofTwoTheFirstIsFound() {
    #expect(NameIndex(["a", "b", "a"])["a"] == 0)
    #expect(NameIndex(["a", "b", "a"])["b"] == 1)
  }

  @Test func anEmptyOneFindsNothing() {
    #expect(NameIndex([String]())[""] == nil && NameIndex([String]())["a"] == nil)
    #expect(NameIndex([""])[""] == 0)
  }

  /// Names that look the same are two: the service tells them apart.
  @Test func namesAreBytes() {
    let (composed, decomposed) = ("caf\u{E9}", "cafe\u{301}")
    #expect(NameIndex([composed])[decomposed] == nil)
    #expect(NameIndex([composed, decomposed])[decomposed] == 1)
    #expect(NameIndex(["a"])["A"] == nil)
  }

  @Test(arguments: 0..<8)
  func isADictionaryOfBytes(_ seed: UInt64) {
    var state = seed
    func next(_ bound: UInt64) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int((state >> 33) % bound)
    }
    func word() -> String { String((0..<next(20)).map { _ in Character(["a", "b", "é", "_"][next(4)]) }) }
    let names = (0..<next(300)).map { _ in word() }
    let known = Dictionary(names.enumerated().map { (Array($1.utf8), $0) }, uniquingKeysWith: { first, _ in first })
    let index = NameIndex(names)
    for name in names + (0..<300).map({ _ in word() }) { #expect(index[name] == known[Array(name.utf8)]) }
  }
}
