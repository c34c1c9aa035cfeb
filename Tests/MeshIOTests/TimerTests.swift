import MeshIO
import Testing

@Suite struct TimerTests {
  @Test("timers fire by deadline, equal ones in the order of scheduling")
  func order() async throws {
    try await onLoop { loop in
      let record = Record<Int>()
      let gate = Gate<Void>()
      for (number, delay) in [(3, 2), (1, 1), (4, 2), (2, 1), (5, 2)] {
        _ = loop.schedule(after: .milliseconds(delay)) { record.add(number) }
      }
      _ = loop.schedule(after: .milliseconds(3)) { gate.give(()) }
      await gate.wait()
      #expect(record.all == [1, 2, 3, 4, 5])
    }
  }

  @Test("a timer never fires before its time")
  func notEarly() async throws {
    try await onLoop { loop in
      for delay in [Duration.microseconds(1), .microseconds(1_500), .milliseconds(3)] {
        let due = loop.now + delay
        try await loop.sleep(for: delay)
        #expect(loop.now >= due)
      }
    }
  }

  @Test("a cancelled timer never fires and lets go of its work at once")
  func cancels() async throws {
    try await onLoop { loop in
      let record = Record<String>()
      let timer = {
        let trip = Trip { record.add("released") }
        return loop.schedule(after: .zero) {
          trip.keep()
          record.add("fired")
        }
      }()
      timer.cancel()
      #expect(record.all == ["released"])
      timer.cancel()
      await loop.letTurnsPass(2)
      #expect(record.all == ["released"])
    }
  }

  @Test("a hundred thousand cancelled timers leave nothing behind")
  func manyCancels() async throws {
    try await onLoop { loop in
      let before = loop.statistics.timersWaiting
      var timers: [TimerHandle] = []
      for number in 0..<100_000 {
        timers.append(loop.schedule(after: .seconds(30 + number % 7)) {})
      }
      for timer in timers { timer.cancel() }
      #expect(loop.statistics.timersWaiting == before)
    }
  }

  @Test("whatever is scheduled and cancelled, the rest fires in order", arguments: 1...5)
  func model(seed: Int) async throws {
    try await onLoop { loop in
      var random = UInt64(seed)
      func next(_ limit: UInt64) -> Int {
        random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((random >> 33) % limit)
      }
      let record = Record<Int>()
      var waiting: [(id: Int, delay: Int, timer: TimerHandle)] = []
      for id in 0..<2_000 {
        let delay = next(400)
        let timer = loop.schedule(after: .microseconds(delay)) { record.add(id) }
        waiting.append((id, delay, timer))
        if next(3) == 0 { waiting.remove(at: next(UInt64(waiting.count))).timer.cancel() }
      }
      let gate = Gate<Void>()
      _ = loop.schedule(after: .microseconds(401)) { gate.give(()) }
      await gate.wait()
      let expected = waiting.sorted { ($0.delay, $0.id) < ($1.delay, $1.id) }.map(\.id)
      #expect(record.all == expected)
    }
  }

  @Test("a timer that sets itself with no delay lets the loop go round")
  func zeroDelay() async throws {
    try await onLoop { loop in
      let turns = loop.statistics.turns
      await loop.letTurnsPass(5)
      #expect(loop.statistics.turns - turns >= 5)
    }
  }

  @Test("the handle of a timer that has fired does nothing to its successor")
  func staleHandle() async throws {
    try await onLoop { loop in
      let gate = Gate<String>()
      let old = loop.schedule(after: .zero) { gate.give("old") }
      #expect(await gate.wait() == "old")
      _ = loop.schedule(after: .zero) { gate.give("new") }
      old.cancel()
      #expect(await gate.wait() == "new")
    }
  }

  @Test("letting go of a timer's work may come back to the timers")
  func reentrantRelease() async throws {
    try await onLoop { loop in
      let record = Record<String>()
      let gate = Gate<Void>()
      let outer = {
        let trip = Trip {
          _ = loop.schedule(after: .zero) {
            record.add("set by the release")
            gate.give(())
          }
        }
        return loop.schedule(after: .seconds(60)) { trip.keep() }
      }()
      outer.cancel()
      await gate.wait()
      #expect(record.all == ["set by the release"])
    }
  }

  @Test("a sleeping task that is cancelled wakes at once and leaves no timer")
  func cancelledSleep() async throws {
    try await onLoop { loop in
      let sleeper = Task(executorPreference: loop) { try await loop.sleep(for: .seconds(3600)) }
      await loop.letTurnsPass(1)
      #expect(loop.statistics.timersWaiting == 1)
      sleeper.cancel()
      await #expect(throws: CancellationError.self) { try await sleeper.value }
      #expect(loop.statistics.timersWaiting == 0)
    }
  }

  @Test("a cancelled task does not begin to sleep, on the loop or off it")
  func cancelledBeforeSleep() async throws {
    try await onLoop { loop in
      for preference: (any TaskExecutor)? in [loop, nil] {
        let sleeper = Task.detached(executorPreference: preference) {
          while !Task.isCancelled { await Task.yield() }
          try await loop.sleep(for: .seconds(3600))
        }
        sleeper.cancel()
        await #expect(throws: CancellationError.self) { try await sleeper.value }
      }
    }
  }

  @Test("moments are held at the ends of the clock")
  func saturates() {
    let moment = MonotonicTime(nanoseconds: 5)
    #expect(moment + .seconds(Int64.max) == MonotonicTime(nanoseconds: .max))
    #expect(moment - .seconds(Int64.max) == MonotonicTime(nanoseconds: 5 - .max))
    #expect(moment + .nanoseconds(7) == MonotonicTime(nanoseconds: 12))
    #expect((moment + .milliseconds(3)) - moment == .milliseconds(3))
    #expect(Duration.milliseconds(-3).wholeNanoseconds == -3_000_000)
  }
}
