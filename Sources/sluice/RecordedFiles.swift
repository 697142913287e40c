import Planning
import PolicyTools

/// Files of recorded queries: lists and logs, line by line.
enum RecordedFiles {
  /// - Parameters:
  ///   - files: paths; `-` for standard input.
  ///   - take: gets each line with its place, `FILE:LINE`.
  /// - Throws: `InputFile.Failure` for a file that cannot be read; what `take` throws, once the file's current piece is
  ///   read.
  static func read(_ files: [String], rules: RuleBook, _ take: (_ line: RecordedLine, _ place: String) throws -> Void)
    throws
  {
    for file in files {
      var reader = RecordReader(rules: rules)
      var number = 0
      var failure: (any Error)?
      func line(_ line: RecordedLine) {
        number += 1
        guard failure == nil else { return }
        do { try take(line, "\(file):\(number)") } catch { failure = error }
      }
      try InputFile.chunks(of: file, bytes: 65_536) {
        reader.read($0, line)
        if let failure { throw failure }
      }
      reader.finish(line)
      if let failure { throw failure }
    }
  }
}
