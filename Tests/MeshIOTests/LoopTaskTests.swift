import MeshIO
import Testing

private actor Counter {
  private let loop: EventLoop
  private var count = 0

  init(on loop: EventLoop) {
    self.loop = loop
  }

  nonisolated var unownedExecutor: UnownedSerialExecutor { loop.asUnownedSerialExecutor() }

  func add() -> (count: Int, onLoop: Bool) {
    count += 1
    return (count, loop.isCurrent)
  }

  nonisolated func addFromCallback() -> Int {
    assumeIsolated { $0.add().count }
  }
}

private func step(_ loop: EventLoop) async -> Bool {
  loop.isCurrent
}

@concurrent private func concurrentStep(_ loop: EventLoop) async -> Bool {
  loop.isCurrent
}

@Suite struct LoopTaskTests {
  @Test("a task and its children stay on the loop")
  func staysOnLoop() async throws {
    try await onLoop { loop in
      #expect(loop.isCurrent)
      #expect(await step(loop))
      #expect(await concurrentStep(loop))
      async let child = step(loop)
      #expect(await child)
      await Task.yield()
      #expect(loop.isCurrent)
      let all = await withTaskGroup(of: Bool.self) { tasks in
        for _ in 0..<10 { tasks.addTask { await step(loop) } }
        return await tasks.allSatisfy(\.self)
      }
      #expect(all)
    }
  }

  @Test("a task that is resumed now runs at once, until it waits again")
  func resumedNow() async throws {
    try await onLoop { loop in
      let order = Record<String>()
      let waiters = Record<UnsafeContinuation<String, Never>>()
      let task = Task.immediate(executorPreference: loop) {
        for _ in 0..<2 {
          order.add(await withUnsafeContinuation { waiters.add($0) })
          #expect(loop.isCurrent)
        }
      }
      loop.execute { order.add("later") }
      for (index, text) in ["first", "second"].enumerated() {
        loop.resumeNow(waiters.all[index], returning: text)
        order.add("after \(text)")
      }
      await task.value
      await loop.letTurnsPass(1)
      #expect(order.all == ["first", "after first", "second", "after second", "later"])
    }
  }

  @Test("an immediate task from a plain callback runs at once, with no job")
  func immediate() async throws {
    try await onLoop { loop in
      let gate = Gate<UInt64>()
      _ = loop.schedule(after: .zero) {
        let before = loop.statistics.jobs
        let record = Record<Int>()
        Task.immediate(executorPreference: loop) {
          for number in 0..<10 where await step(loop) { record.add(number) }
          if await concurrentStep(loop) { record.add(10) }
        }
        #expect(record.all == Array(0...10))
        gate.give(loop.statistics.jobs - before)
      }
      #expect(await gate.wait() == 0)
    }
  }

  @Test("a task that suspends comes back to the loop as one job", arguments: [true, false])
  func suspends(immediate: Bool) async throws {
    try await onLoop { loop in
      let gate = Gate<UInt64>()
      let body: @Sendable () async -> Void = {
        let before = loop.statistics.jobs
        for _ in 0..<10 { await loop.letTurnsPass(1) }
        #expect(loop.isCurrent)
        gate.give(loop.statistics.jobs - before)
      }
      _ = loop.schedule(after: .zero) {
        if immediate {
          Task.immediate(executorPreference: loop) { await body() }
        } else {
          Task(executorPreference: loop) { await body() }
        }
      }
      #expect(await gate.wait() == 10)
    }
  }

  @Test("an actor lives on the loop and opens to plain callbacks there")
  func actorOnLoop() async throws {
    try await onLoop { loop in
      let counter = Counter(on: loop)
      let first = await counter.add()
      #expect(first == (1, true))
      let gate = Gate<Int>()
      _ = loop.schedule(after: .zero) { gate.give(counter.addFromCallback()) }
      #expect(await gate.wait() == 2)
    }
  }

  @Test("a task comes back to the loop after waiting for another thread")
  func comesBack() async throws {
    try await onLoop { loop in
      let elsewhere = try await Offload.run { loop.isCurrent }
      #expect(!elsewhere)
      #expect(loop.isCurrent)
    }
  }
}
