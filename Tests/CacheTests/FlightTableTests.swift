import TestSupport
import Testing

@testable import Cache

@Suite struct FlightTableTests {
  @Test func oneFlightServesAllWhoJoinIt() throws {
    var table = FlightTable<String>()
    let waiters = (0..<3).map { _ in table.admit() }
    guard case .start(let flight) = table.join("a", as: waiters[0]) else { throw TestFailure() }
    #expect(table.join("a", as: waiters[1]) == .wait(flight))
    #expect(table.join("a", as: waiters[2]) == .wait(flight))
    #expect(table.land(flight) == waiters)
    #expect(table.land(flight) == [])
    #expect(table.isEmpty)
  }

  @Test func keysFlyApart() throws {
    var table = FlightTable<String>()
    let (first, second) = (table.admit(), table.admit())
    guard case .start(let a) = table.join("a", as: first), case .start(let b) = table.join("b", as: second) else {
      throw TestFailure()
    }
    #expect(a != b && table.count == 2)
    #expect(table.land(a) == [first])
    #expect(table.land(b) == [second])
  }

  @Test func theLastToLeaveCancels() throws {
    var table = FlightTable<String>()
    let (first, second) = (table.admit(), table.admit())
    guard case .start(let flight) = table.join("a", as: first) else { throw TestFailure() }
    _ = table.join("a", as: second)
    #expect(table.leave(first) == .go)
    #expect(table.leave(first) == .nothing)
    #expect(table.leave(second) == .goAndCancel(flight))
    // Who comes now does not board a flight that is being cancelled.
    let third = table.admit()
    guard case .start(let next) = table.join("a", as: third) else { throw TestFailure() }
    #expect(next != flight)
    #expect(table.land(flight) == [])
    #expect(table.land(next) == [third])
    #expect(table.isEmpty)
  }

  @Test func leavingBeforeJoiningIsRemembered() {
    var table = FlightTable<String>()
    let waiter = table.admit()
    #expect(table.leave(waiter) == .nothing)
    #expect(table.join("a", as: waiter) == .refuse)
    #expect(table.isEmpty)
  }

  @Test func leavingAfterLandingIsNothing() throws {
    var table = FlightTable<String>()
    let waiter = table.admit()
    guard case .start(let flight) = table.join("a", as: waiter) else { throw TestFailure() }
    _ = table.land(flight)
    #expect(table.leave(waiter) == .nothing)
    #expect(table.isEmpty)
  }

  @Test func detachedFlightsLandForTheirOwnWaitersOnly() throws {
    var table = FlightTable<String>()
    let (first, second) = (table.admit(), table.admit())
    guard case .start(let old) = table.join("a", as: first) else { throw TestFailure() }
    table.detachAll()
    guard case .start(let new) = table.join("a", as: second) else { throw TestFailure() }
    #expect(table.land(old) == [first])
    let third = table.admit()
    #expect(table.join("a", as: third) == .wait(new))
    #expect(table.land(new) == [second, third])
    #expect(table.isEmpty)
  }

  /// Every waiter is answered exactly once, whatever the order of events, and nothing is left over.
  @Test(arguments: 0..<20 as Range<UInt64>) func nobodyIsForgotten(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    var table = FlightTable<Int>()
    var admitted: Set<FlightTable<Int>.WaiterID> = []
    var waiting: Set<FlightTable<Int>.WaiterID> = []
    var flying: [FlightTable<Int>.FlightID] = []
    func settle(_ waiters: [FlightTable<Int>.WaiterID]) {
      for waiter in waiters { #expect(waiting.remove(waiter) != nil) }
    }
    for _ in 0..<2000 {
      switch Int.random(in: 0..<10, using: &random) {
      case 0...2: admitted.insert(table.admit())
      case 3...5:
        guard let waiter = admitted.randomElement(using: &random) else { continue }
        admitted.remove(waiter)
        switch table.join(Int.random(in: 0..<5, using: &random), as: waiter) {
        case .start(let flight):
          flying.append(flight)
          waiting.insert(waiter)
        case .wait(let flight):
          #expect(flying.contains(flight))
          waiting.insert(waiter)
        case .refuse: Issue.record("nobody has left")
        }
      case 6:
        guard let waiter = waiting.randomElement(using: &random) else { continue }
        if case .goAndCancel(let flight) = table.leave(waiter) { #expect(flying.contains(flight)) }
        waiting.remove(waiter)
      case 7:
        guard let waiter = admitted.randomElement(using: &random) else { continue }
        admitted.remove(waiter)
        #expect(table.leave(waiter) == .nothing)
        #expect(table.join(0, as: waiter) == .refuse)
      case 8:
        guard let flight = flying.randomElement(using: &random) else { continue }
        flying.removeAll { $0 == flight }
        settle(table.land(flight))
      default: if Int.random(in: 0..<10, using: &random) == 0 { table.detachAll() }
      }
    }
    for flight in flying { settle(table.land(flight)) }
    for waiter in admitted {
      _ = table.leave(waiter)
      _ = table.join(0, as: waiter)
    }
    #expect(waiting.isEmpty && table.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(5))) struct SingleFlightTests {
  @Test func aHundredWaitersShareOneFetch() async throws {
    let flights = SingleFlight<String, Int>()
    let fetches = Log<Int>()
    let leaders = try await withThrowingTaskGroup(of: Bool.self) { group in
      for _ in 0..<100 {
        group.addTask {
          let (value, isLeader) = try await flights.value(for: "a") {
            fetches.append(1)
            try await until { flights.waiterCount == 100 }
            return 7
          }
          #expect(value == 7)
          return isLeader
        }
      }
      return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(fetches.values.count == 1)
    #expect(leaders == 1)
    #expect(flights.isIdle)
  }

  @Test func aFailureReachesAllAndIsNotRemembered() async throws {
    let flights = SingleFlight<String, Int>()
    let failures = await withTaskGroup(of: Bool.self) { group in
      for _ in 0..<20 {
        group.addTask {
          do {
            _ = try await flights.value(for: "a") {
              try await until { flights.waiterCount == 20 }
              throw TestFailure(number: 3)
            }
            return false
          } catch {
            return error as? TestFailure == TestFailure(number: 3)
          }
        }
      }
      return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
    }
    #expect(failures == 20)
    #expect(try await flights.value(for: "a") { 1 }.value == 1)
    #expect(flights.isIdle)
  }

  @Test func oneCancelledWaiterDoesNotEndTheFlight() async throws {
    let flights = SingleFlight<String, Int>()
    let isOpen = Log<Bool>()
    let work: @Sendable () async throws -> Int = {
      try await until { !isOpen.values.isEmpty }
      try Task.checkCancellation()
      return 5
    }
    // The one that leaves is the one that started the flight.
    let first = Task { try await flights.value(for: "a", work) }
    try await until { flights.waiterCount == 1 }
    let second = Task { try await flights.value(for: "a") { 9 } }
    try await until { flights.waiterCount == 2 }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    isOpen.append(true)
    #expect(try await second.value.value == 5)
    #expect(flights.isIdle)
  }

  @Test func whenAllHaveGoneTheFlightIsCancelled() async throws {
    let flights = SingleFlight<String, Int>()
    let seen = Log<Bool>()
    let waiters = (0..<5).map { _ in
      Task {
        try await flights.value(for: "a") {
          do {
            try await until { Task.isCancelled }
            seen.append(true)
            try Task.checkCancellation()
          }
          return 1
        }
      }
    }
    try await until { flights.waiterCount == 5 }
    for waiter in waiters { waiter.cancel() }
    for waiter in waiters { await #expect(throws: CancellationError.self) { try await waiter.value } }
    try await until { seen.values.count == 1 }
    try await until { flights.isIdle }
  }

  @Test func aTaskThatIsCancelledAlreadyDoesNotWait() async throws {
    let flights = SingleFlight<String, Int>()
    let task = Task {
      try await until { Task.isCancelled }
      return try await flights.value(for: "a") { 1 }
    }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    #expect(flights.isIdle)
  }

  /// Cancellation at every moment: each call ends, and nothing is left over.
  @Test func cancellationAtAnyMoment() async throws {
    let flights = SingleFlight<Int, Int>()
    await withTaskGroup(of: Void.self) { group in
      for number in 0..<2000 {
        let task = Task {
          try await flights.value(for: number % 7) {
            for _ in 0..<(number % 5) { await Task.yield() }
            return number
          }
        }
        group.addTask {
          for _ in 0..<(number % 4) { await Task.yield() }
          if number % 3 != 0 { task.cancel() }
          switch await task.result {
          case .success(let result): #expect(result.value % 7 == number % 7)
          case .failure(let error): #expect(error is CancellationError)
          }
        }
      }
    }
    try await until { flights.isIdle }
  }
}
