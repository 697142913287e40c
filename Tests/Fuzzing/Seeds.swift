import Foundation

/// Writes seeds and ends, when the environment asks for it: `FUZZ_SEEDS` is the folder to write to, `CONFORMANCE_VECTORS`
/// that of the public vectors.
@_cdecl("LLVMFuzzerInitialize")
public func initialize(
  _ count: UnsafeMutablePointer<CInt>?,
  _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>?
) -> CInt {
  let environment = ProcessInfo.processInfo.environment
  guard let output = environment["FUZZ_SEEDS"], let vectors = environment["CONFORMANCE_VECTORS"] else { return 0 }
  do {
    print("\(try writeSeeds(of: URL(filePath: vectors), to: URL(filePath: output))) seeds in \(output)")
    exit(0)
  } catch {
    print("no seeds: \(error)")
    exit(1)
  }
}

private func writeSeeds(of vectors: URL, to output: URL) throws -> Int {
  let numbers = Dictionary(uniqueKeysWithValues: rules.enumerated().map { ($1.name.lowercased(), $0) })
  var seeds: Set<Data> = []
  for file in try FileManager.default.contentsOfDirectory(at: vectors, includingPropertiesForKeys: nil)
  where file.pathExtension == "jsonl" {
    for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
      guard let row = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
        let rule = (row["rule"] as? String)?.lowercased(), let input = row["input"] as? String
      else { continue }
      if let number = numbers[rule] {
        for first in [0x30, 0x32, 0x73] as [UInt8] {
          seeds.insert(Data([first | (number > 255 ? 0x80 : 0), UInt8(truncatingIfNeeded: number)] + input.utf8))
        }
      }
      let target = input.hasPrefix("$") ? "a?" + input : rule.hasSuffix("uri") ? input : "a?$filter=" + input
      for first in 0..<(4 as UInt8) { seeds.insert(Data([first] + target.utf8)) }
      if !input.hasPrefix("$") { for first in [0x20, 0x22] as [UInt8] { seeds.insert(Data([first] + input.utf8)) } }
    }
  }
  try FileManager.default.createDirectory(at: output, withIntermediateDirectories: true)
  for (index, seed) in seeds.enumerated() { try seed.write(to: output.appending(path: "seed-\(index)")) }
  return seeds.count
}
