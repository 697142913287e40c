import Dataverse
import ODataURL

/// The `MetadataId` of a definition: made of names alone, so that it is the same in every answer, and says nothing of the
/// organization's own ids.
enum DefinitionID {
  static func table(_ table: Table) -> GUID { id(["table", table.logicalName]) }

  static func column(_ column: Column, of table: Table) -> GUID {
    id(["column", table.logicalName, column.logicalName])
  }

  /// A version 8 UUID (RFC 9562, section 5.8): FNV-1a of 128 bits, with the bits of version and variant put in.
  private static func id(_ names: [String]) -> GUID {
    var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
    func add(_ byte: UInt8) {
      hash ^= UInt128(byte)
      hash = hash &* 0x0000_0000_0100_0000_0000_0000_0000_013b
    }
    for name in names {
      for byte in name.utf8 { add(byte) }
      // No name holds it, so that no two lists of names run together.
      add(0)
    }
    let high = UInt64(truncatingIfNeeded: hash >> 64)
    let low = UInt64(truncatingIfNeeded: hash)
    return GUID(
      high: high & 0xFFFF_FFFF_FFFF_0FFF | 0x8000, low: low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000)
  }
}
