import Glibc

/// Processor time in nanoseconds: of this thread, or of all threads where tasks may run on any.
package func processorNanoseconds(ofAllThreads: Bool = false) -> Double {
  var time = timespec()
  clock_gettime(ofAllThreads ? CLOCK_PROCESS_CPUTIME_ID : CLOCK_THREAD_CPUTIME_ID, &time)
  return Double(time.tv_sec) * 1e9 + Double(time.tv_nsec)
}

/// Nanoseconds of one round in the fastest of many batches: on a shared machine the minimum is what the code costs,
/// everything above it is what the machine did meanwhile.
/// - Parameters:
///   - rounds: in a batch.
///   - batch: does so many rounds; what it gives is summed up, so that no work can be left out as unused.
package func fastest(
  batches: Int, rounds: Int, _ batch: (_ rounds: Int) throws -> Int
) rethrows -> (nanoseconds: Double, sum: Int) {
  var best = Double.infinity
  var sum = 0
  for _ in 0..<batches {
    let start = processorNanoseconds()
    sum &+= try batch(rounds)
    best = min(best, (processorNanoseconds() - start) / Double(rounds))
  }
  return (best, sum)
}

/// What is wrong with the arguments, or with what a benchmark found.
package struct BenchmarkFailure: Error {
  package var message: String

  package init(_ message: String) { self.message = message }
}
