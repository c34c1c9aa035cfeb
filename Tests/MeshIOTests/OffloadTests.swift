import MeshIO
import Synchronization
import Testing

private struct Broken: Error, Equatable {}

/// Counts who is in at once.
private final class Crowd: Sendable {
  private let now = Atomic(0)
  private let peak = Atomic(0)

  var most: Int { peak.load(ordering: .relaxed) }

  func enter() {
    peak.max(now.add(1, ordering: .relaxed).newValue, ordering: .relaxed)
  }

  func leave() {
    now.subtract(1, ordering: .relaxed)
  }
}

@Suite struct OffloadTests {
  @Test("what the work throws reaches the task")
  func errors() async throws {
    await #expect(throws: Broken()) { try await Offload.run { throw Broken() } }
    #expect(try await Offload.run { 42 } == 42)
  }

  @Test("no more threads than allowed work at once, and all work is done")
  func bounded() async throws {
    let pool = OffloadPool(name: "test", threadsMax: 2, queueMax: 100)
    let crowd = Crowd()
    try await withThrowingTaskGroup { tasks in
      for _ in 0..<50 {
        tasks.addTask {
          try await pool.run {
            crowd.enter()
            crowd.leave()
          }
        }
      }
      try await tasks.waitForAll()
    }
    #expect((1...2).contains(crowd.most))
    pool.close()
  }

  @Test("a full queue refuses, and a cancelled task's work does not begin")
  func limits() async throws {
    let pool = OffloadPool(name: "test", threadsMax: 1, queueMax: 1)
    let begun = Gate<Void>()
    let released = Atomic<Bool>(false)
    let blocker = Task {
      try await pool.run {
        begun.give(())
        while !released.load(ordering: .acquiring) {}
      }
    }
    await begun.wait()
    let ran = Record<String>()
    let queued = Task.immediate { try await pool.run { ran.add("queued") } }
    await #expect(throws: IOError.overloaded(limit: 1)) {
      try await pool.run { ran.add("refused") }
    }
    queued.cancel()
    released.store(true, ordering: .releasing)
    await #expect(throws: CancellationError.self) { try await queued.value }
    try await blocker.value
    #expect(ran.all.isEmpty)
    pool.close()
    await #expect(throws: IOError.overloaded(limit: 1)) { try await pool.run {} }
  }
}

@Suite struct ResolverTests {
  @Test(
    "an IP address needs no look-up",
    arguments: [
      ("127.0.0.1", "127.0.0.1:80"), ("::1", "[::1]:80"), ("[::1]", "[::1]:80"),
    ])
  func literals(host: String, address: String) async throws {
    #expect(try await Resolver.resolve(host: host, port: 80).map(\.description) == [address])
  }

  @Test("a name gives each address once, and the task comes back to its loop")
  func names() async throws {
    try await onLoop { loop in
      let addresses = try await Resolver.resolve(host: "localhost", port: 80)
      #expect(addresses.contains(.loopback(port: 80)))
      #expect(Set(addresses).count == addresses.count)
      #expect(loop.isCurrent)
    }
  }

  @Test("what is no host name is refused", arguments: ["", "a\0b", "no such host"])
  func refuses(host: String) async throws {
    let error = try #require(
      await #expect(throws: IOError.self) {
        try await Resolver.resolve(host: host, port: 80)
      })
    guard case .unresolved(host, _) = error else {
      Issue.record("\(error)")
      return
    }
  }
}
