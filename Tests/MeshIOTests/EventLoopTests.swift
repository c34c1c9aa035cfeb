import MeshIO
import Synchronization
import Testing

@Suite struct EventLoopTests {
  @Test("work from another thread runs on the loop's thread")
  func executes() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let loop = group.loops[0]
    let seen = await loop.perform { EventLoop.current === loop && loop.isCurrent }
    #expect(seen)
    #expect(!loop.isCurrent)
    await group.stop()
  }

  @Test("work left for a loop that does not run yet is kept")
  func keepsEarlyWork() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    let gate = Gate<Bool>()
    group.loops[0].execute { gate.give(true) }
    try group.start()
    #expect(await gate.wait())
    await group.stop()
  }

  @Test("jobs of many threads all run, each thread's in order")
  func keepsOrder() async throws {
    let group = try EventLoopGroup(count: 4, name: "test")
    try group.start()
    let target = group.loops[0]
    let seen = Record<(Int, Int)>()
    await withTaskGroup { tasks in
      for (sender, loop) in group.loops.dropFirst().enumerated() {
        tasks.addTask(executorPreference: loop) {
          for number in 0..<2_000 { target.execute { seen.add((sender, number)) } }
          await target.perform {}
        }
      }
    }
    for sender in 0..<3 {
      #expect(seen.all.filter { $0.0 == sender }.map(\.1) == Array(0..<2_000))
    }
    await group.stop()
  }

  @Test("a burst from another thread wakes the loop at most once, an awake loop never")
  func wakesOnce() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let loop = group.loops[0]
    let before = await loop.perform { loop.statistics.wakeups }
    let posted = Atomic<Bool>(false)
    let ran = Atomic<Int>(0)
    loop.execute { while !posted.load(ordering: .acquiring) {} }
    for _ in 0..<1_000 { loop.execute { ran.add(1, ordering: .relaxed) } }
    posted.store(true, ordering: .releasing)
    let after = await loop.perform { loop.statistics.wakeups }
    #expect(ran.load(ordering: .relaxed) == 1_000)
    // One for the burst, and one more if the loop fell asleep before `perform` came.
    #expect(after - before <= 2)
    await group.stop()
  }

  @Test("work enqueued on the loop runs in the same turn")
  func sameTurn() async throws {
    try await onLoop { loop in
      let gate = Gate<UInt64>()
      loop.execute {
        let turn = loop.statistics.turns
        loop.execute { loop.execute { gate.give(loop.statistics.turns - turn) } }
      }
      #expect(await gate.wait() == 0)
    }
  }

  @Test("a hook runs once, after the turn's jobs, and may enqueue more")
  func hooks() async throws {
    try await onLoop { loop in
      let record = Record<String>()
      let gate = Gate<Void>()
      loop.execute {
        loop.atEndOfTurn {
          record.add("hook")
          loop.execute { record.add("job of the hook") }
          loop.atEndOfTurn {
            record.add("hook of the hook")
            gate.give(())
          }
        }
        loop.execute {
          record.add("job")
          loop.execute { record.add("job of the job") }
        }
      }
      await gate.wait()
      await loop.letTurnsPass(2)
      #expect(
        record.all == ["job", "job of the job", "hook", "job of the hook", "hook of the hook"])
    }
  }

  @Test("jobs that enqueue themselves for ever do not shut out sockets, timers and hooks")
  func fairness() async throws {
    try await onLoop { loop in
      let pair = try Socket.pair()
      let gate = Gate<String>()
      let over = Atomic<Bool>(false)
      @Sendable func again() {
        if !over.load(ordering: .relaxed) { loop.execute(again) }
      }
      again()
      let registration = try loop.register(
        pair.near.descriptor, .read, OnReady { _ in gate.give("socket") })
      _ = try pair.far.write("x")
      #expect(await gate.wait() == "socket")
      registration.cancel()
      try await loop.sleep(for: .milliseconds(1))
      loop.atEndOfTurn { gate.give("hook") }
      #expect(await gate.wait() == "hook")
      over.store(true, ordering: .relaxed)
    }
  }
}
