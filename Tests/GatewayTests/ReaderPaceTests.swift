import Testing

@testable import Gateway

/// Since when a client takes nothing of what waits for it.
@Suite struct ReaderPaceTests {
  /// What is looked at, and what each look says.
  struct Look: Sendable {
    var now: Int64
    var written: Int
    var buffered: Int
    var since: Int64?
  }

  @Test(arguments: [
    // Nothing was ever written.
    [Look(now: 1000, written: 0, buffered: 0, since: nil), Look(now: 90_000, written: 0, buffered: 0, since: nil)],
    // An answer that has begun just before a look, on a connection that is new or has long waited for an upstream.
    [Look(now: 5000, written: 579, buffered: 579, since: 5000)],
    [
      Look(now: 5000, written: 0, buffered: 0, since: nil),
      Look(now: 95_000, written: 579, buffered: 579, since: 95_000),
      Look(now: 100_000, written: 579, buffered: 579, since: 95_000),
    ],
    // One on a connection that has had others, the last of them long ago.
    [
      Look(now: 5000, written: 400, buffered: 0, since: nil), Look(now: 60_000, written: 400, buffered: 0, since: nil),
      Look(now: 65_000, written: 900_400, buffered: 900_000, since: 65_000),
      Look(now: 70_000, written: 900_400, buffered: 900_000, since: 65_000),
    ],
    // A slow reader takes something at each look, whatever comes behind.
    [
      Look(now: 5000, written: 9000, buffered: 8000, since: 5000),
      Look(now: 10_000, written: 9000, buffered: 7999, since: 10_000),
      Look(now: 15_000, written: 12_000, buffered: 10_998, since: 15_000),
      Look(now: 20_000, written: 12_000, buffered: 10_998, since: 15_000),
      Look(now: 25_000, written: 13_000, buffered: 11_998, since: 15_000),
    ],
    // All taken, and more written, between two looks.
    [
      Look(now: 5000, written: 100, buffered: 50, since: 5000),
      Look(now: 10_000, written: 200, buffered: 100, since: 10_000),
      Look(now: 15_000, written: 200, buffered: 0, since: nil),
      Look(now: 20_000, written: 200, buffered: 0, since: nil),
      Look(now: 25_000, written: 300, buffered: 100, since: 25_000),
    ],
  ])
  func aClientIsChargedWithWhatItDoesNotTake(looks: [Look]) {
    var pace = ReaderPace(start: 0)
    for look in looks {
      #expect(
        pace.look(taken: look.written - look.buffered, buffered: look.buffered, at: look.now) == look.since,
        "at \(look.now)")
    }
  }

  /// What an idle connection is measured by: when the client last took something.
  @Test func theLastThatWasTakenIsRemembered() {
    var pace = ReaderPace(start: 700)
    #expect(pace.lastTaken == 700)
    for (now, written, buffered, last) in [
      (5000, 0, 0, 700), (10_000, 50, 50, 700), (15_000, 50, 0, 15_000), (20_000, 50, 0, 15_000),
    ] as [(Int64, Int, Int, Int64)] {
      _ = pace.look(taken: written - buffered, buffered: buffered, at: now)
      #expect(pace.lastTaken == last, "at \(now)")
    }
  }

  /// A client that takes nothing has its time, and by looks no more than two intervals beyond it, wherever between two
  /// looks its answer begins to wait.
  @Test(
    arguments: [
      (1000, 250), (2000, 500), (8000, 2000), (20_000, 5000), (20_001, 5000), (60_000, 5000), (3_600_000, 5000),
    ] as [(Int64, Int64)])
  func theTimeOfALookIsBounded(idleTimeout: Int64, interval: Int64) {
    #expect(ReaderPace.interval(idleTimeout: idleTimeout) == interval)
    for begins in [0, 1, interval / 2, interval - 1, interval, 3 * interval + 1] {
      var pace = ReaderPace(start: 0)
      var now: Int64 = 0
      var cut: Int64?
      while cut == nil, now <= begins + 2 * idleTimeout {
        now += interval
        let written = now > begins ? 900_000 : 0
        if let since = pace.look(taken: 0, buffered: written, at: now), now - since > idleTimeout { cut = now }
      }
      #expect(cut.map { $0 - begins > idleTimeout && $0 - begins <= idleTimeout + 2 * interval } == true)
    }
  }
}
