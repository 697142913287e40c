/// Cuts bytes into lines as they come. Lines end with LF or CR LF; a byte order mark before the first is no part of it.
struct LineSplitter {
  /// Bytes of one line; of a longer one nothing is kept. Twice the longest target that a query is read from, and room
  /// for what a log says besides.
  static let limit = 131_072

  private var line: [UInt8] = []
  private var isTooLong = false
  private(set) var count = 0

  /// Calls `take` with each line that ends in `chunk`; `nil` stands for one that is too long.
  mutating func read(_ chunk: UnsafeBufferPointer<UInt8>, _ take: (ArraySlice<UInt8>?) -> Void) {
    var rest = chunk[...]
    while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
      append(rest[..<end])
      flush(take)
      rest = rest[(end + 1)...]
    }
    append(rest)
  }

  /// The line that nothing ends.
  mutating func finish(_ take: (ArraySlice<UInt8>?) -> Void) {
    if !line.isEmpty || isTooLong { flush(take) }
  }

  private mutating func append(_ bytes: Slice<UnsafeBufferPointer<UInt8>>) {
    guard !isTooLong, line.count + bytes.count <= LineSplitter.limit else {
      isTooLong = isTooLong || !bytes.isEmpty
      line.removeAll(keepingCapacity: true)
      return
    }
    line.append(contentsOf: bytes)
  }

  private mutating func flush(_ take: (ArraySlice<UInt8>?) -> Void) {
    var bytes = line[...]
    if count == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) { bytes = bytes.dropFirst(3) }
    if bytes.last == UInt8(ascii: "\r") { bytes = bytes.dropLast() }
    count += 1
    take(isTooLong ? nil : bytes)
    line.removeAll(keepingCapacity: true)
    isTooLong = false
  }
}
