import Testing

@testable import Gateway

@Suite struct FileDescriptorsTests {
  /// Connections wanted, descriptors there → connections had.
  @Test(
    arguments: [
      (4096, 1_048_576, 4096), (4096, 4352, 4096), (4096, 4351, 4095), (4096, 1024, 768), (4096, 300, 75), (10, 64, 10),
      (4096, 1, 1), (4096, 0, 1), (4096, nil, 4096),
    ] as [(Int, Int?, Int)])
  func connectionsEndBeforeDescriptorsDo(wanted: Int, limit: Int?, connections: Int) {
    #expect(FileDescriptors.connections(wanted, limit: limit) == connections)
  }

  @Test func theLimitIsKnown() { #expect(FileDescriptors.raiseLimit() ?? 0 > 0) }
}
