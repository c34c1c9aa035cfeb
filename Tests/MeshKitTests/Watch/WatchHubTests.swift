import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshKit

@Suite("A watch hub")
struct WatchHubTests {
  /// One watcher's end of a stream: what it received, and the way to acknowledge.
  private final class Watcher: Sendable {
    let received = Mutex<[String]>([])
    let acknowledgements: AsyncThrowingStream<Int64, any Error>
    let acknowledge: AsyncThrowingStream<Int64, any Error>.Continuation
    private let arrivals: AsyncStream<String>
    private let arrive: AsyncStream<String>.Continuation

    init() {
      (acknowledgements, acknowledge) = AsyncThrowingStream.makeStream()
      (arrivals, arrive) = AsyncStream.makeStream()
    }

    func serve(_ hub: WatchHub<String>, acknowledging: Bool) -> Task<Void, any Error> {
      Task {
        try await hub.serve(
          acknowledgements: acknowledgements,
          sendSnapshot: { [self] position in
            arrive.yield("snapshot")
            acknowledge.yield(position)
          },
          send: { [self] position, change in
            if let change { arrive.yield(change) }
            if acknowledging { acknowledge.yield(position) }
          })
      }
    }

    /// Waits for the next message that is no heartbeat.
    func next() async -> String? {
      for await message in arrivals { return message }
      return nil
    }
  }

  private func withLoop(_ body: (EventLoop) async throws -> Void) async throws {
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    do {
      try await body(group.loops[0])
      await group.stop()
    } catch {
      await group.stop()
      throw error
    }
  }

  @Test("ends its streams when it is closed, and then answers a change a lease later")
  func closed() async throws {
    try await withLoop { loop in
      let hub = WatchHub<String>(loop: loop, lease: .milliseconds(50), heartbeat: .seconds(60))
      let (watcher, late) = (Watcher(), Watcher())
      let serving = watcher.serve(hub, acknowledging: false)
      #expect(await watcher.next() == "snapshot")
      let publishing = Task { await hub.publish("suspended") }
      #expect(await watcher.next() == "suspended")
      hub.close()
      await #expect(throws: RPCError.self) { try await serving.value }
      await #expect(throws: RPCError.self) {
        try await late.serve(hub, acknowledging: true).value
      }
      await publishing.value
      let start = ContinuousClock.now
      await hub.publish("reinstated")
      #expect(hub.watcherCount == 0)
      #expect(start.duration(to: .now) < .seconds(30))
    }
  }

  @Test("answers a change only when every watcher has acknowledged it")
  func acknowledged() async throws {
    try await withLoop { loop in
      let hub = WatchHub<String>(loop: loop, lease: .seconds(60), heartbeat: .milliseconds(5))
      let (prompt, slow) = (Watcher(), Watcher())
      let serving = [prompt.serve(hub, acknowledging: true), slow.serve(hub, acknowledging: false)]
      #expect(await prompt.next() == "snapshot")
      #expect(await slow.next() == "snapshot")
      let isAnswered = Mutex(false)
      let publishing = Task {
        await hub.publish("suspended")
        isAnswered.withLock { $0 = true }
      }
      #expect(await prompt.next() == "suspended")
      #expect(await slow.next() == "suspended")
      #expect(!isAnswered.withLock { $0 })
      slow.acknowledge.yield(1)
      await publishing.value
      for task in serving { task.cancel() }
      for task in serving { _ = await task.result }
      #expect(hub.watcherCount == 0)
    }
  }

  @Test("gives up on a silent watcher after one lease, and ends its stream")
  func lease() async throws {
    try await withLoop { loop in
      let hub = WatchHub<String>(loop: loop, lease: .milliseconds(30), heartbeat: .milliseconds(5))
      let silent = Watcher()
      let serving = silent.serve(hub, acknowledging: false)
      #expect(await silent.next() == "snapshot")
      await hub.publish("suspended")
      await #expect(throws: RPCError.self) { try await serving.value }
    }
  }

  @Test("does not wait for a watcher who leaves")
  func leaves() async throws {
    try await withLoop { loop in
      let hub = WatchHub<String>(loop: loop, lease: .seconds(60), heartbeat: .seconds(60))
      let watcher = Watcher()
      let serving = watcher.serve(hub, acknowledging: false)
      #expect(await watcher.next() == "snapshot")
      let publishing = Task { await hub.publish("suspended") }
      #expect(await watcher.next() == "suspended")
      watcher.acknowledge.finish()
      await publishing.value
      _ = await serving.result
    }
  }

  @Test("without watchers answers at once")
  func nobody() async throws {
    try await withLoop { loop in
      await WatchHub<String>(loop: loop).publish("suspended")
    }
  }
}
