import MeshIO
import Testing

@Suite struct LoopEndTests {
  @Test("a stopped loop still runs what is queued, and what that enqueues")
  func drains() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let loop = group.loops[0]
    let record = Record<Int>()
    await loop.perform {
      loop.stop()
      loop.execute {
        record.add(1)
        loop.atEndOfTurn {
          record.add(3)
          loop.execute { record.add(4) }
        }
        loop.execute { record.add(2) }
      }
    }
    await group.stop()
    #expect(record.all == [1, 2, 3, 4])
  }

  @Test("a stopped loop cancels sleeping tasks and lets go of its handlers")
  func cancelsSleepers() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    let loop = group.loops[0]
    let asleep = Gate<Void>()
    let released = Gate<Bool>()
    let sleeper = Task(executorPreference: loop) {
      let pair = try Socket.pair()
      let trip = Trip { released.give(true) }
      _ = try loop.register(pair.near.descriptor, .read, OnReady { _ in trip.keep() })
      loop.execute { asleep.give(()) }
      try await loop.sleep(for: .seconds(3600))
    }
    await asleep.wait()
    await group.stop()
    await #expect(throws: CancellationError.self) { try await sleeper.value }
    #expect(await released.wait())
  }

  @Test("work handed in after the end is dropped, not kept")
  func dropsLateWork() async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    await group.stop()
    let released = Record<String>()
    let trip = Trip { released.add("released") }
    group.loops[0].execute { [trip] in trip.keep() }
    withExtendedLifetime(trip) { #expect(released.all.isEmpty) }
  }

  @Test("a group that never started, or has stopped, stops at once")
  func stopsTwice() async throws {
    let idle = try EventLoopGroup(count: 2, name: "test")
    await idle.stop()
    let group = try EventLoopGroup(count: 2, name: "test")
    try group.start()
    async let first: Void = group.stop()
    async let second: Void = group.stop()
    _ = await (first, second)
    await group.stop()
  }

  @Test("a group deals its loops out in turn")
  func deals() throws {
    let group = try EventLoopGroup(count: 3, name: "test")
    let names = (0..<6).map { _ in group.next().name }
    #expect(names == ["test-0", "test-1", "test-2", "test-0", "test-1", "test-2"])
  }
}
