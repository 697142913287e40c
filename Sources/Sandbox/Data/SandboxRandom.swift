/// SplitMix64: small, and the same everywhere.
struct SandboxRandom {
  private var state: UInt64

  /// Streams of different labels are independent, so that one table's data does not move when another's changes.
  init(seed: UInt64, stream: UInt64, index: UInt64) {
    state = seed &* 0x9E37_79B9_7F4A_7C15 ^ stream &* 0xD1B5_4A32_D192_ED03 ^ index &* 0x8CB9_2BA7_2F3D_8DD7
    _ = next()
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// 0 ..< bound; `bound` is at least 1.
  mutating func below(_ bound: Int) -> Int { Int(next() % UInt64(max(1, bound))) }

  mutating func chance(_ percent: Int) -> Bool { below(100) < percent }

  mutating func pick<Item>(_ items: [Item]) -> Item { items[below(items.count)] }

  /// Lower-case hex digits, 16 for each word.
  mutating func hex(words: Int) -> String { (0..<words).map { _ in Hex.digits(next()) }.joined() }
}

enum Hex {
  static func digits(_ value: UInt64) -> String {
    let text = String(value, radix: 16)
    return String(repeating: "0", count: 16 - text.count) + text
  }
}

/// Row keys: a GUID derived from the row's identifier, as Customer Insights derives its own.
enum DerivedGUID {
  static func text(_ identifier: String) -> String {
    let high = hash(identifier, 0xCBF2_9CE4_8422_2325)
    let low = hash(identifier, 0x6C62_272E_07BB_0142)
    let digits =
      Hex.digits(high & 0xFFFF_FFFF_FFFF_0FFF | 0x5000)
      + Hex.digits(low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
    var out = ""
    for (index, digit) in digits.enumerated() {
      if index == 8 || index == 12 || index == 16 || index == 20 { out.append("-") }
      out.append(digit)
    }
    return out
  }

  /// FNV-1a with a mixing step at the end.
  private static func hash(_ text: String, _ basis: UInt64) -> UInt64 {
    var value = basis
    for byte in text.utf8 { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
    value = (value ^ (value >> 33)) &* 0xFF51_AFD7_ED55_8CCD
    return value ^ (value >> 33)
  }
}
