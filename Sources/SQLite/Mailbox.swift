import Glibc

/// Jobs on their way to one thread, some of them due later.
///
/// `@unchecked Sendable`: every stored property but the two pointers is read and written only between `lock` and
/// `unlock` of `mutex`; the pointers never change and live as long as the object. (`Synchronization.Mutex` has no
/// condition to wait for.)
final class Mailbox<Job: Sendable>: @unchecked Sendable {
  private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
  private let changed = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)

  /// Due now, in order; taken from `head` on, so that taking one moves none.
  private var ready: [Job] = []
  private var head = 0
  /// Due later, the earliest last. Jobs of the same instant keep their order.
  private var later: [(due: Int64, job: Job)] = []
  private var announcement: Announcement = .awaited
  private var isStopping = false
  private var isFinished = false
  private var waitingForEnd: [@Sendable () -> Void] = []

  private enum Announcement {
    case awaited
    case made((any Error)?)
  }

  init() {
    pthread_mutex_init(mutex, nil)
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Waiting must not care when somebody sets the clock.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(changed, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(changed)
    pthread_mutex_destroy(mutex)
    changed.deallocate()
    mutex.deallocate()
  }

  /// - Returns: `false` when it was stopped and the job will not run.
  func post(afterMilliseconds milliseconds: Int = 0, _ job: Job) -> Bool {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    guard !isStopping else { return false }
    if milliseconds <= 0 {
      ready.append(job)
    } else {
      let due = Mailbox.now() + Int64(min(milliseconds, 86_400_000)) * 1_000_000
      let place = later.firstIndex { $0.due <= due } ?? later.endIndex
      later.insert((due, job), at: place)
    }
    pthread_cond_broadcast(changed)
    return true
  }

  /// The next job, waited for; `nil` when it was stopped and no job is left.
  func next() -> Job? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let last = later.last, isStopping || last.due <= Mailbox.now() {
        later.removeLast()
        ready.append(last.job)
        continue
      }
      if head < ready.count {
        let job = ready[head]
        head += 1
        if head == ready.count {
          ready.removeAll(keepingCapacity: ready.count <= 1024)
          head = 0
        }
        return job
      }
      if isStopping { return nil }
      if let due = later.last?.due {
        var until = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
        pthread_cond_timedwait(changed, mutex, &until)
      } else {
        pthread_cond_wait(changed, mutex)
      }
    }
  }

  /// Says how the start went, once.
  func announce(_ error: (any Error)?) {
    pthread_mutex_lock(mutex)
    announcement = .made(error)
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
  }

  func awaitAnnouncement() -> (any Error)? {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if case .made(let error) = announcement { return error }
      pthread_cond_wait(changed, mutex)
    }
  }

  /// Takes no more jobs; `whenFinished` runs after the last one, on whatever thread.
  func stop(whenFinished: (@Sendable () -> Void)? = nil) {
    pthread_mutex_lock(mutex)
    isStopping = true
    let isOver = isFinished
    if !isOver, let whenFinished { waitingForEnd.append(whenFinished) }
    pthread_cond_broadcast(changed)
    pthread_mutex_unlock(mutex)
    if isOver { whenFinished?() }
  }

  /// The thread's last word.
  func finish() {
    pthread_mutex_lock(mutex)
    isStopping = true
    isFinished = true
    let waiting = waitingForEnd
    waitingForEnd = []
    pthread_mutex_unlock(mutex)
    for resume in waiting { resume() }
  }

  /// Nanoseconds of the clock that only runs forward.
  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  }
}
