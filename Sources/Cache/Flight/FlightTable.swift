/// Who waits for which flight: the rules of single flight, without tasks, locks or time.
///
/// A waiter is first admitted, then joins, and later leaves (its task was cancelled) or is there when its flight lands.
/// Cancellation can come at any moment, also between the first two.
struct FlightTable<Key: Hashable> {
  struct WaiterID: Hashable { fileprivate var number: UInt64 }
  struct FlightID: Hashable { fileprivate var number: UInt64 }

  enum Join: Equatable {
    /// The waiter leads a new flight, which is to be started.
    case start(FlightID)
    /// A flight for the key is under way.
    case wait(FlightID)
    /// The waiter left before it joined.
    case refuse
  }

  enum Leave: Equatable {
    /// Others still wait, or the flight has landed: only the waiter goes.
    case go
    /// Nobody waits any more: the flight is to be cancelled. Who joins from now on starts a new one.
    case goAndCancel(FlightID)
    /// The waiter has not joined yet, and will be refused, or it is gone already.
    case nothing
  }

  private struct Flight {
    var key: Key
    var waiters: [WaiterID]
  }

  private var lastNumber: UInt64 = 0
  /// The flight that who asks for a key now joins.
  private var current: [Key: FlightID] = [:]
  private var flights: [FlightID: Flight] = [:]
  /// Waiters that joined, with their flights.
  private var waiting: [WaiterID: FlightID] = [:]
  /// Waiters that did not join yet, and whether they left already.
  private var admitted: [WaiterID: Bool] = [:]

  mutating func admit() -> WaiterID {
    lastNumber += 1
    let waiter = WaiterID(number: lastNumber)
    admitted[waiter] = false
    return waiter
  }

  mutating func join(_ key: Key, as waiter: WaiterID) -> Join {
    guard admitted.removeValue(forKey: waiter) == false else { return .refuse }
    if let flight = current[key] {
      flights[flight]?.waiters.append(waiter)
      waiting[waiter] = flight
      return .wait(flight)
    }
    lastNumber += 1
    let flight = FlightID(number: lastNumber)
    current[key] = flight
    flights[flight] = Flight(key: key, waiters: [waiter])
    waiting[waiter] = flight
    return .start(flight)
  }

  mutating func leave(_ waiter: WaiterID) -> Leave {
    if admitted[waiter] != nil {
      admitted[waiter] = true
      return .nothing
    }
    guard let flight = waiting.removeValue(forKey: waiter) else { return .nothing }
    flights[flight]?.waiters.removeAll { $0 == waiter }
    guard flights[flight]?.waiters.isEmpty == true else { return .go }
    forget(flight)
    return .goAndCancel(flight)
  }

  /// The flight is over; gives those who still wait, in the order they came.
  mutating func land(_ flight: FlightID) -> [WaiterID] {
    let waiters = forget(flight)?.waiters ?? []
    for waiter in waiters { waiting[waiter] = nil }
    return waiters
  }

  /// Whoever joins from now on starts a new flight; those under way go on for those who wait for them.
  mutating func detachAll() {
    current.removeAll()
  }

  /// Flights under way that somebody waits for.
  var count: Int { flights.count }
  /// Nothing is remembered of anybody.
  var isEmpty: Bool { current.isEmpty && flights.isEmpty && waiting.isEmpty && admitted.isEmpty }

  @discardableResult
  private mutating func forget(_ id: FlightID) -> Flight? {
    guard let flight = flights.removeValue(forKey: id) else { return nil }
    // A detached flight must not take the place of its successor along.
    if current[flight.key] == id { current[flight.key] = nil }
    return flight
  }
}
