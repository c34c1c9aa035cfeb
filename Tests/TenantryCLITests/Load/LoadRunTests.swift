import MeshAPI
import MeshRPC
import Synchronization
import Testing

@testable import TenantryCLI

@Suite("A load at work", .timeLimit(.minutes(1)))
struct LoadRunTests {
  private static let method = MethodDescriptor(service: "a.B", method: "C", kind: .unary)

  private func plan(_ flags: String) throws -> LoadPlan {
    guard
      case .run(let line) = try LineParser.parse(
        ["load"] + flags.split(separator: " ").map(String.init), CommandTable())
    else { throw Failure.usage("not a line") }
    return try LoadPlan(line)
  }

  private func mix() -> CallMix {
    CallMix([
      LoadCall(method: Self.method, weight: 1, message: WireMessage(payload: [0x0a, 1, 0x41]))
    ])
  }

  private func run(
    _ flags: String, clock: FakeLoadClock = FakeLoadClock(),
    handler: @escaping @Sendable (Int) async throws -> Void = { _ in }
  ) async throws -> LoadResult {
    let number = SharedCount()
    var router = Router()
    router.unary(Self.method) { (_: GoogleProtobuf.StringValue, _) -> GoogleProtobuf.StringValue in
      try await handler(number.next())
      return GoogleProtobuf.StringValue(value: "four")
    }
    let ground = LoadGround(
      channels: [InProcessChannel(router)], clock: clock.clock, executor: nil)
    return await LoadRun(
      plan: try plan(flags), mix: mix(), ground: ground, token: nil, progress: nil
    ).run()
  }

  /// Holds tasks until it opens.
  private final class Gate: Sendable {
    private struct State {
      var isOpen = false
      var waiting: [CheckedContinuation<Void, Never>] = []
    }

    private let state = Mutex(State())

    func wait() async {
      await withCheckedContinuation { waiter in
        let isOpen = state.withLock { state in
          if !state.isOpen { state.waiting.append(waiter) }
          return state.isOpen
        }
        if isOpen { waiter.resume() }
      }
    }

    func open() {
      let waiting = state.withLock { state in
        state.isOpen = true
        let waiting = state.waiting
        state.waiting = []
        return waiting
      }
      for waiter in waiting { waiter.resume() }
    }
  }

  private final class SharedCount: Sendable {
    private let count = Mutex(0)
    func next() -> Int {
      count.withLock { count in
        count += 1
        return count
      }
    }
  }

  @Test("by a rate makes the calls of the time, without those of the warm-up")
  func byRate() async throws {
    let result = try await run("--rate 100 --duration 2s --warm-up 1s")
    #expect(result.state.total.completed == 200)
    #expect(result.state.total.statuses == [.ok: 200])
    #expect(result.state.total.sentBytes == 600)
    #expect(result.state.total.receivedBytes == 1200)
    #expect(result.state.dropped == 0)
    #expect(result.state.inFlight == 0)
  }

  @Test("counts how calls end, and measures failures apart")
  func failures() async throws {
    let result = try await run("--rate 100 --duration 1s --warm-up 0s") { number in
      if number % 4 == 0 { throw RPCError(.resourceExhausted, "enough") }
    }
    #expect(result.state.total.statuses == [.ok: 75, .resourceExhausted: 25])
    #expect(result.state.total.latency.count == 75)
    #expect(result.state.total.failureLatency.count == 25)
  }

  @Test("goes on by the clock while nobody answers, and counts what it may not start")
  func noAnswers() async throws {
    let gate = Gate()
    let start = FakeLoadClock().clock.now()
    // The answers come when the last call is due.
    let clock = FakeLoadClock { moment in
      if moment >= start + 1_000_000_000 { gate.open() }
    }
    let result = try await run(
      "--rate 100 --duration 1s --warm-up 0s --max-in-flight 7", clock: clock
    ) { _ in
      await gate.wait()
    }
    #expect(result.state.total.completed == 7)
    #expect(result.state.dropped == 93)
    // Each is measured from when it was due: the first has waited for the whole second.
    #expect(result.state.total.latency.max == 1_000_000_000)
    #expect(result.state.total.latency.min == 940_000_000)
  }

  @Test("makes all calls that fell due in a pause, and measures them from then")
  func pause() async throws {
    let second: Int64 = 1_000_000_000
    let result = try await run(
      "--rate 1000 --duration 3s --warm-up 0s", clock: FakeLoadClock(pause: second))
    #expect(result.state.total.completed == 3000)
    #expect(result.state.dropped == 0)
    // All of the pause but those of its last millisecond.
    #expect(result.state.late == 999)
    #expect(result.state.total.latency.max >= second)
  }

  @Test("by callers has as many calls open as there are callers")
  func byCallers() async throws {
    let clock = FakeLoadClock()
    let open = Mutex((now: 0, most: 0))
    let result = try await run(
      "--concurrency 5 --duration 1s --warm-up 0s", clock: clock
    ) { number in
      open.withLock { open in
        open.now += 1
        open.most = max(open.most, open.now)
      }
      await Task.yield()
      // Each call takes a millisecond of the clock.
      try await clock.clock.sleep(clock.clock.now() + 1_000_000)
      open.withLock { $0.now -= 1 }
    }
    #expect(open.withLock { $0.most } <= 5)
    #expect(result.state.total.completed >= 5)
    #expect(result.state.dropped == 0)
  }

  @Test(
    "is refused outside its bounds, with the flag and the bounds",
    arguments: [
      ("", "load needs --rate or --concurrency"),
      ("--rate 1 --concurrency 1", "--rate and --concurrency exclude each other"),
      ("--rate 0", "--rate takes calls per second"),
      ("--rate 1000001", "--rate takes calls per second"),
      ("--concurrency 0", "--concurrency takes a number from 1 to 100000"),
      ("--rate 1 --connections 10001", "--connections takes a number from 1 to 10000"),
      ("--rate 1 --max-in-flight 0", "--max-in-flight takes a number from 1 to 1000000"),
      ("--rate 1 --duration 25h", "--duration takes a length of time"),
      ("--rate 1 --duration 99ms", "--duration takes a length of time"),
      ("--rate 1 --warm-up 61m", "--warm-up takes a length of time"),
    ])
  func bounds(flags: String, message: String) {
    let failure = #expect(throws: Failure.self) { try plan(flags) }
    #expect(failure?.code == .usage)
    #expect(failure?.message.hasPrefix(message) == true, "\(failure?.message ?? "")")
  }
}
