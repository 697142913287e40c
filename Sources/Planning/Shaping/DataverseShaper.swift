package import Dataverse
import JSONStream
import Policy

/// Rewrites a Dataverse answer member by member: what the policy does not name is dropped, links point at us, and an
/// answer that is not whole or not of the expected form fails instead of passing in part.
///
/// Numbers and strings keep their bytes. Kept between chunks: what is not taken yet, and a token that a chunk cut.
package struct DataverseShaper: Sendable {
  private enum Engine: Sendable {
    case rows(AnswerStream<DataverseSink>)
    case count([UInt8])
    case spent
  }

  private var engine: Engine
  /// Rows that have been written whole.
  package private(set) var rows = 0

  package init(shape: DataverseShape) {
    switch shape.result {
    case .count: engine = .count([])
    case .collection:
      engine = .rows(AnswerStream(form: .collection, sink: DataverseSink(shape: shape), limits: DataverseShaper.limits))
    case .entity:
      engine = .rows(AnswerStream(form: .entity, sink: DataverseSink(shape: shape), limits: DataverseShaper.limits))
    }
  }

  /// Takes the next bytes of the upstream; gives what is finished of ours.
  /// - Throws: when the answer must fail; what was given before is then to be discarded or cut off.
  package mutating func feed(_ chunk: [UInt8]) throws(ShapeError) -> [UInt8] {
    // Moved out while it works: its buffers are not copied, and after an error nothing goes on.
    var current = Engine.spent
    swap(&current, &engine)
    switch current {
    case .rows(var stream):
      try stream.feed(chunk)
      let out = stream.sink.writer.take()
      rows = stream.sink.rows
      engine = .rows(stream)
      return out
    case .count(let bytes):
      guard bytes.count + chunk.count <= DataverseShaper.countBytes else { throw ShapeError("The count is too long.") }
      engine = .count(bytes + chunk)
      return []
    case .spent: throw DataverseShaper.over
    }
  }

  /// Says that the upstream's answer is over; gives the rest of ours.
  /// - Throws: when the answer is not whole, or after any other error.
  package mutating func finish() throws(ShapeError) -> [UInt8] {
    var current = Engine.spent
    swap(&current, &engine)
    switch current {
    case .rows(var stream):
      try stream.finish()
      rows = stream.sink.rows
      return stream.sink.writer.take()
    case .count(let bytes):
      let digits = bytes.starts(with: DataverseShaper.byteOrderMark) ? bytes.dropFirst(3) : bytes[...]
      guard !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else {
        throw ShapeError("The count is no number.")
      }
      return DataverseShaper.byteOrderMark + digits
    case .spent: throw DataverseShaper.over
    }
  }

  /// Dataverse's `/$count` begins with one; clients are used to it.
  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
  /// The mark and the digits of the largest 64-bit number.
  private static let countBytes = 3 + 19
  /// Whoever transfers the answer bounds its length.
  private static let limits = JSONLimits(documentBytes: .max)
  private static let over = ShapeError("The answer is over or has failed before.")
}
