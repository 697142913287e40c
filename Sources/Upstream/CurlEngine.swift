import CCurl
import Synchronization

#if canImport(Glibc)
  import Glibc
#endif

/// libcurl's multi interface on a thread of its own, woken by epoll: sockets of transfers, and an eventfd for orders.
///
/// Invariant for `@unchecked Sendable`: `loop` is touched on the curl thread only; everything else is immutable or
/// behind `orders`.
final class CurlEngine: @unchecked Sendable {
  fileprivate enum Order: Sendable {
    case start(UInt64, TransferOrder)
    case resume(UInt64)
    case cancel(UInt64)
    case stop
  }

  private struct Queue {
    var orders: [Order] = []
    var isStopped = false
    var nextID: UInt64 = 1
  }

  private let orders = Mutex(Queue())
  private let wakeDescriptor: Int32
  private var loop: CurlLoop?
  private let stopped: TransferInbox

  /// Starts the thread.
  /// - Throws: `configuration` when the system or libcurl gives no resources.
  init(configuration: UpstreamConfiguration) throws(UpstreamError) {
    guard CurlEngine.isInitialized else { throw UpstreamError(.configuration, "libcurl could not be initialised.") }
    wakeDescriptor = eventfd(0, Int32(EFD_NONBLOCK | EFD_CLOEXEC))
    stopped = TransferInbox(limit: 0)
    guard wakeDescriptor >= 0 else { throw UpstreamError(.configuration, "The system gives no event descriptor.") }
    loop = try CurlLoop(configuration: configuration, wakeDescriptor: wakeDescriptor)
    var thread = pthread_t()
    let context = Unmanaged.passRetained(self)
    let result = pthread_create(&thread, nil, CurlEngine.main, context.toOpaque())
    guard result == 0 else {
      context.release()
      throw UpstreamError(.configuration, "The system gives no thread.")
    }
    pthread_detach(thread)
  }

  deinit { close(wakeDescriptor) }

  /// Once for the process, and before any thread of ours exists.
  private static let isInitialized = curl_global_init(Int(CURL_GLOBAL_DEFAULT)) == CURLE_OK

  private static let main: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
    guard let context else { return nil }
    let engine = Unmanaged<CurlEngine>.fromOpaque(context).takeRetainedValue()
    engine.run()
    return nil
  }

  private func run() {
    guard let loop else { return }
    var isStopping = false
    while !isStopping {
      loop.turn()
      let taken = orders.withLock { queue in
        defer { queue.orders.removeAll() }
        return queue.orders
      }
      for order in taken {
        switch order {
        case .start(let id, let order): loop.start(id, order)
        case .resume(let id): loop.resume(id)
        case .cancel(let id): loop.abort(id, UpstreamError(.cancelled, "The request was cancelled."))
        case .stop: isStopping = true
        }
      }
    }
    loop.stop()
    self.loop = nil
    stopped.end(.success(()))
  }

  // MARK: Any thread

  /// - Returns: the transfer's id, for ``resume(_:)`` and ``cancel(_:)``; `nil` when the engine has stopped.
  func start(_ order: TransferOrder) -> UInt64? {
    let id: UInt64? = orders.withLock { queue in
      guard !queue.isStopped else { return nil }
      defer { queue.nextID += 1 }
      queue.orders.append(.start(queue.nextID, order))
      return queue.nextID
    }
    if id != nil { wake() }
    return id
  }

  func resume(_ id: UInt64) { push(.resume(id)) }
  func cancel(_ id: UInt64) { push(.cancel(id)) }

  /// Ends all transfers with `shuttingDown` and waits until the thread is through.
  func stop() async {
    orders.withLock { queue in
      guard !queue.isStopped else { return }
      queue.isStopped = true
      queue.orders.append(.stop)
    }
    wake()
    // The inbox serves as a latch here: it ends when the thread does, and never fails.
    _ = try? await stopped.next()
  }

  private func push(_ order: Order) {
    orders.withLock { queue in
      if !queue.isStopped { queue.orders.append(order) }
    }
    wake()
  }

  private func wake() {
    var one: UInt64 = 1
    // Fails only when the counter is full, and then the thread is awake anyway.
    _ = write(wakeDescriptor, &one, 8)
  }
}

/// What lives on the curl thread.
private final class CurlLoop {
  private let multi: UnsafeMutableRawPointer
  private let epoll: Int32
  private let wakeDescriptor: Int32
  private let configuration: UpstreamConfiguration
  private var transfers: [UInt64: Transfer] = [:]
  private var idle: [UnsafeMutableRawPointer] = []
  private var watched: Set<Int32> = []
  /// When libcurl wants to be called at the latest; monotonic milliseconds.
  private var deadline: Int64?
  /// No transfer's time is over before; monotonic milliseconds.
  private var nextEnd = Int64.max

  /// Easy handles kept for the next transfer.
  private static let idleLimit = 64

  init(configuration: UpstreamConfiguration, wakeDescriptor: Int32) throws(UpstreamError) {
    let descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
    guard let multi = curl_multi_init(), descriptor >= 0 else {
      throw UpstreamError(.configuration, "libcurl or the system gives no resources.")
    }
    self.multi = multi
    epoll = descriptor
    self.wakeDescriptor = wakeDescriptor
    self.configuration = configuration
    let context = Unmanaged.passUnretained(self).toOpaque()
    ccurl_multi_set_long(multi, CURLMOPT_PIPELINING, Int(CURLPIPE_MULTIPLEX))
    ccurl_multi_set_long(multi, CURLMOPT_MAX_HOST_CONNECTIONS, configuration.maxConnections)
    ccurl_multi_set_long(multi, CURLMOPT_MAXCONNECTS, configuration.maxConnections * 2)
    ccurl_multi_set_pointer(multi, CURLMOPT_SOCKETDATA, context)
    ccurl_multi_set_pointer(multi, CURLMOPT_TIMERDATA, context)
    ccurl_multi_set_socket_callback(multi) { _, socket, what, context, _ in
      guard let context else { return 0 }
      Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue().watch(socket, what)
      return 0
    }
    ccurl_multi_set_timer_callback(multi) { _, milliseconds, context in
      guard let context else { return 0 }
      let loop = Unmanaged<CurlLoop>.fromOpaque(context).takeUnretainedValue()
      loop.deadline = milliseconds < 0 ? nil : CurlLoop.now() + Int64(milliseconds)
      return 0
    }
    ccurl_epoll_set(epoll, EPOLL_CTL_ADD, wakeDescriptor, EPOLLIN.rawValue)
  }

  deinit {
    for easy in idle { curl_easy_cleanup(easy) }
    curl_multi_cleanup(multi)
    close(epoll)
  }

  private static func now() -> Int64 {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
  }

  /// Waits for something to do and does it.
  func turn() {
    let next = min(deadline ?? .max, nextEnd)
    let wait = next == .max ? -1 : Int32(clamping: max(0, next - CurlLoop.now()))
    let capacity = 64
    withUnsafeTemporaryAllocation(of: epoll_event.self, capacity: capacity) { events in
      guard let first = events.baseAddress else { return }
      let count = Int(max(0, epoll_wait(epoll, first, Int32(capacity), wait)))
      var running: Int32 = 0
      for event in events[..<count] {
        var event = event
        let descriptor = ccurl_event_descriptor(&event)
        if descriptor == wakeDescriptor {
          var value: UInt64 = 0
          _ = read(wakeDescriptor, &value, 8)
          continue
        }
        var mask: Int32 = 0
        if event.events & (EPOLLIN.rawValue | EPOLLHUP.rawValue) != 0 { mask |= CURL_CSELECT_IN }
        if event.events & EPOLLOUT.rawValue != 0 { mask |= CURL_CSELECT_OUT }
        if event.events & EPOLLERR.rawValue != 0 { mask |= CURL_CSELECT_ERR }
        curl_multi_socket_action(multi, descriptor, mask, &running)
      }
      if let deadline, deadline <= CurlLoop.now() {
        self.deadline = nil
        curl_multi_socket_action(multi, ccurl_socket_timeout, 0, &running)
      }
    }
    collect()
    endWhatIsLate()
  }

  /// Ends transfers whose time is over. Not left to libcurl: 7.88 does not look at the time of those that wait for a
  /// connection.
  private func endWhatIsLate() {
    guard nextEnd < .max else { return }
    let now = CurlLoop.now()
    guard nextEnd <= now else { return }
    // Those that ended in time are not among them: this is more often than needed, and no oftener than transfers begin.
    for (id, transfer) in transfers where transfer.lastMoment <= now {
      abort(id, UpstreamError(.timeout, UpstreamError.late))
    }
    nextEnd = transfers.values.reduce(.max) { min($0, $1.lastMoment) }
  }

  private func watch(_ socket: Int32, _ what: Int32) {
    guard what != CURL_POLL_REMOVE else {
      if watched.remove(socket) != nil { ccurl_epoll_set(epoll, EPOLL_CTL_DEL, socket, 0) }
      return
    }
    var events: UInt32 = 0
    if what == CURL_POLL_IN || what == CURL_POLL_INOUT { events |= EPOLLIN.rawValue }
    if what == CURL_POLL_OUT || what == CURL_POLL_INOUT { events |= EPOLLOUT.rawValue }
    let isNew = watched.insert(socket).inserted
    ccurl_epoll_set(epoll, isNew ? EPOLL_CTL_ADD : EPOLL_CTL_MOD, socket, events)
  }

  private func collect() {
    var left: Int32 = 0
    while let message = curl_multi_info_read(multi, &left) {
      guard message.pointee.msg == CURLMSG_DONE, let easy = message.pointee.easy_handle else { continue }
      let result = ccurl_message_result(message)
      var context: UnsafeMutableRawPointer?
      ccurl_get_pointer(easy, CURLINFO_PRIVATE, &context)
      guard let context else { continue }
      let id = Unmanaged<Transfer>.fromOpaque(context).takeUnretainedValue().id
      remove(id, isWhole: result == CURLE_OK)?.end(result)
    }
  }

  func start(_ id: UInt64, _ order: TransferOrder) {
    guard let easy = idle.popLast() ?? curl_easy_init() else {
      order.inbox.end(.failure(UpstreamError(.overloaded, "libcurl gives no handle.")))
      return order.onEnd()
    }
    do throws(UpstreamError) {
      // The clock here tells whole milliseconds: one more, so that nothing ends before its time.
      let lastMoment = CurlLoop.now() + Int64(order.timeout) + 1
      transfers[id] = try Transfer(
        id: id, easy: easy, order: order, lastMoment: lastMoment, configuration: configuration)
      nextEnd = min(nextEnd, lastMoment)
    } catch {
      curl_easy_cleanup(easy)
      order.inbox.end(.failure(error))
      return order.onEnd()
    }
    if curl_multi_add_handle(multi, easy) != CURLM_OK {
      remove(id, isWhole: false)?.abort(UpstreamError(.overloaded, "libcurl takes no further transfer."))
    }
  }

  func resume(_ id: UInt64) {
    guard let transfer = transfers[id] else { return }
    curl_easy_pause(transfer.easy, ccurl_pause_none)
    // Data that waited inside libcurl comes out of the call above; the transfer may have ended with it.
    collect()
  }

  func abort(_ id: UInt64, _ error: UpstreamError) { remove(id, isWhole: false)?.abort(error) }

  /// - Parameter isWhole: whether the transfer came to its end. The handle of one that did not is not used again: of a
  /// transfer that still waited for a connection libcurl 7.88 keeps the buffer, whatever is reset, and then takes no size
  /// for another.
  private func remove(_ id: UInt64, isWhole: Bool) -> Transfer? {
    guard let transfer = transfers.removeValue(forKey: id) else { return nil }
    curl_multi_remove_handle(multi, transfer.easy)
    if isWhole, idle.count < CurlLoop.idleLimit {
      // The handle must forget the transfer's header list before the transfer frees it.
      curl_easy_reset(transfer.easy)
      idle.append(transfer.easy)
    } else {
      curl_easy_cleanup(transfer.easy)
    }
    return transfer
  }

  func stop() {
    for id in transfers.keys.sorted() { abort(id, UpstreamError(.shuttingDown, "The gateway is stopping.")) }
  }
}
