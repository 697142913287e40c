import Synchronization

/// The head of an answer.
struct TransferHead: Sendable {
  var status: Int
  var headers: UpstreamHeaders
}

/// Where the curl thread leaves what it received and one task takes it. Holds at most `limit` bytes and one chunk more.
final class TransferInbox: Sendable {
  private struct State {
    var head: TransferHead?
    var chunks: [[UInt8]] = []
    var next = 0
    var buffered = 0
    var end: Result<Void, UpstreamError>?
    var isPaused = false
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())
  private let limit: Int

  init(limit: Int) { self.limit = limit }

  // MARK: The curl thread's side

  func put(head: TransferHead) {
    wake { $0.head = head }
  }

  /// - Returns: `false` when the transfer must pause; the bytes were not taken then.
  func put(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
    var taken = true
    wake { state in
      guard state.buffered < limit else {
        state.isPaused = true
        taken = false
        return
      }
      state.chunks.append(Array(bytes))
      state.buffered += bytes.count
    }
    return taken
  }

  /// The first end counts.
  func end(_ result: Result<Void, UpstreamError>) {
    wake { state in
      if state.end == nil { state.end = result }
    }
  }

  private func wake(_ change: (inout State) -> Void) {
    let waiter = state.withLock { state in
      change(&state)
      defer { state.waiter = nil }
      return state.waiter
    }
    waiter?.resume()
  }

  // MARK: The task's side

  /// Bytes that wait to be taken.
  var bufferedBytes: Int { state.withLock { $0.buffered } }

  /// Waits for the head.
  func head() async throws(UpstreamError) -> TransferHead {
    while true {
      let found: Result<TransferHead, UpstreamError>? = state.withLock { state in
        if let head = state.head { return .success(head) }
        switch state.end {
        case nil: return nil
        case .failure(let error): return .failure(error)
        case .success: return .failure(UpstreamError(.cut, "The connection ended without an answer."))
        }
      }
      if let found { return try found.get() }
      await wait { $0.head != nil || $0.end != nil }
    }
  }

  /// Waits for the next chunk; `nil` after the last one of a whole answer.
  /// - Returns: also whether the transfer is paused and may go on.
  func next() async throws(UpstreamError) -> (chunk: [UInt8]?, resumes: Bool) {
    while true {
      let found: Result<([UInt8]?, Bool), UpstreamError>? = state.withLock { state in
        if state.next < state.chunks.count {
          // Swapped out: a taken chunk must not live until the reader has caught up, which in a long body it never may.
          var chunk: [UInt8] = []
          swap(&chunk, &state.chunks[state.next])
          state.next += 1
          if state.next == state.chunks.count {
            state.chunks.removeAll(keepingCapacity: true)
            state.next = 0
          } else if state.next >= 64 {
            state.chunks.removeFirst(state.next)
            state.next = 0
          }
          state.buffered -= chunk.count
          let resumes = state.isPaused && state.buffered <= limit / 2
          if resumes { state.isPaused = false }
          return .success((chunk, resumes))
        }
        return state.end.map { end in end.map { (nil, false) } }
      }
      if let found { return try found.get() }
      await wait { $0.next < $0.chunks.count || $0.end != nil }
    }
  }

  private func wait(until isReady: (borrowing State) -> Bool) async {
    await withCheckedContinuation { (continuation: CheckedContinuation<Void, Never>) in
      let ready = state.withLock { state in
        guard !isReady(state) else { return true }
        state.waiter = continuation
        return false
      }
      if ready { continuation.resume() }
    }
  }
}
