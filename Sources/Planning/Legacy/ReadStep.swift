package import ODataURL

/// One read of Dataverse among those of a plan, and what is done with its rows: for whoever shows plans to people.
package struct ReadStep: Sendable, Hashable {
  /// How often a read is sent: once for every few of the values that earlier reads give.
  package struct Repetition: Sendable, Hashable {
    /// The column of the earlier reads' rows.
    package var column: String
    /// The numbers of these reads, counted from 1.
    package var reads: ClosedRange<Int>
    /// Most values of one read; each is a condition, and they are joined by `or`.
    package var valuesPerRead: Int

    /// As a part of a sentence.
    /// - Parameter read: what reads are called.
    package func text(calling read: String) -> String {
      "each \(valuesPerRead) ids in `\(column)` of \(reads.text(calling: read)), joined by `or`"
    }
  }

  /// Path and query for the upstream, percent-encoded but for ``placeholder``; begins with `/`.
  package var target: String
  /// `Prefer` to send upstream.
  package var prefer: String?
  /// The judged query, with one id of the usual form for the values that only rows will tell.
  package var query: RelativeURI
  /// Id of the policy rule that allowed it.
  package var rule: String
  /// `nil` for a read that is sent once, and then page by page.
  package var repetition: Repetition?
  /// Whether it is one of several for parts of one list of values, which together take the place of one read.
  package var isPart = false
  /// What is done with the rows, one sentence each. Tells no literal of the request.
  package var tasks: [String]

  /// Stands in a target for values that only rows will tell.
  package static let placeholder = "{id}"
  /// Stands there while the read is judged: of the usual form, and nobody's.
  static let sample = "5e1ec7ed1d00000000000000000001d5"
  /// The same where a column has ids with dashes.
  private static let dashedSample = "5e1ec7ed-1d00-0000-0000-0000000001d5"

  /// What was asked, as a tree.
  package var tree: String { ReadStep.showingPlaceholder(in: query.treeDump()) }

  static func showingPlaceholder(in text: String) -> String {
    var bytes: [UInt8] = []
    var rest = Array(text.utf8)[...]
    while let byte = rest.first {
      let found = byte == sample.utf8.first ? [sample, dashedSample].first { rest.starts(with: $0.utf8) } : nil
      if let found {
        bytes += placeholder.utf8
        rest = rest.dropFirst(found.utf8.count)
      } else {
        bytes.append(byte)
        rest = rest.dropFirst()
      }
    }
    return String(decoding: bytes, as: UTF8.self)
  }
}

extension ClosedRange<Int> {
  func text(calling read: String) -> String {
    count == 1 ? "\(read) \(lowerBound)" : "\(read) \(lowerBound) \(count == 2 ? "and" : "to") \(upperBound)"
  }
}
