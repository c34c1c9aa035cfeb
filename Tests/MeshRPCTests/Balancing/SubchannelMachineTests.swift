import MeshRPC
import Testing

private let second: Int64 = 1_000_000_000
private let millisecond: Int64 = 1_000_000

@Suite("The pauses between attempts to connect")
struct ConnectionBackoffTests {
  @Test("grow by 1.6 from the first to the longest, and begin anew")
  func grows() {
    var config = ConnectionBackoff.Config.grpc
    config.jitter = 0
    var random = SplitMix64(seed: 1)
    var backoff = ConnectionBackoff(config)
    let pauses = (0..<12).map { _ in Int((backoff.next(&random) / .milliseconds(1)).rounded()) }
    #expect(pauses[..<5] == [1000, 1600, 2560, 4096, 6554])
    #expect(pauses[10...] == [109_951, 120_000])
    backoff.reset()
    #expect(backoff.next(&random) == .seconds(1))
  }

  @Test("differ by a fifth at most, and do differ")
  func jitter() {
    var random = SplitMix64(seed: 2)
    let pauses = (0..<1000).map { _ -> Duration in
      var backoff = ConnectionBackoff(.grpc)
      return backoff.next(&random)
    }
    #expect(pauses.allSatisfy { $0 >= .milliseconds(800) && $0 <= .milliseconds(1200) })
    #expect(pauses.contains { $0 < .milliseconds(850) })
    #expect(pauses.contains { $0 > .milliseconds(1150) })
  }
}

@Suite("The way to one address")
struct SubchannelMachineTests {
  private static let backoff: ConnectionBackoff.Config = {
    var config = ConnectionBackoff.Config()
    config.jitter = 0
    return config
  }()

  private func machine(health: HealthRule = .ignored) -> SubchannelMachine {
    SubchannelMachine(
      backoff: Self.backoff, attemptLimit: .seconds(5), health: health)
  }

  private var random = SplitMix64(seed: 1)

  @Test("connects once when it is wanted, and is ready when the server has greeted")
  func connects() {
    var machine = machine()
    #expect(machine.connectivity == .idle)
    #expect(machine.connect(at: 0) == .connect(limit: .seconds(5)))
    #expect(machine.connect(at: 1) == .none)
    #expect(machine.connectivity == .connecting)
    machine.connected()
    #expect(machine.connectivity == .ready)
    #expect(machine.connect(at: 2) == .none)
  }

  @Test("that fails waits from when the attempt began, longer each time")
  func fails() {
    var random = random
    var machine = machine()
    _ = machine.connect(at: 0)
    #expect(machine.attemptFailed(at: 20 * millisecond, &random) == .wait(.milliseconds(30)))
    #expect(machine.connectivity == .transientFailure)
    #expect(machine.connect(at: 21 * millisecond) == .none)
    #expect(machine.pauseEnded(at: 50 * millisecond) == .none)
    #expect(machine.connectivity == .idle)
    _ = machine.connect(at: second)
    #expect(machine.attemptFailed(at: second, &random) == .wait(.milliseconds(80)))
    _ = machine.pauseEnded(at: 2 * second)
    _ = machine.connect(at: 2 * second)
    // The attempt took longer than the pause.
    #expect(machine.attemptFailed(at: 7 * second, &random) == .wait(.zero))
  }

  @Test("begins its pauses anew once a server has greeted")
  func reset() {
    var random = random
    var machine = machine()
    _ = machine.connect(at: 0)
    _ = machine.attemptFailed(at: 0, &random)
    _ = machine.pauseEnded(at: second)
    _ = machine.connect(at: second)
    machine.connected()
    #expect(machine.connectionEnded(at: 3 * second) == .none)
    #expect(machine.connectivity == .idle)
    _ = machine.connect(at: 3 * second)
    #expect(machine.attemptFailed(at: 3 * second, &random) == .wait(.milliseconds(50)))
  }

  @Test("rests before it goes back to a server that hung up at once, and calls wait meanwhile")
  func rests() {
    var machine = machine()
    _ = machine.connect(at: 0)
    machine.connected()
    #expect(machine.connectionEnded(at: 10 * millisecond) == .wait(.milliseconds(40)))
    #expect(machine.connectivity == .connecting)
    #expect(machine.connect(at: 11 * millisecond) == .none)
    #expect(machine.pauseEnded(at: 50 * millisecond) == .connect(limit: .seconds(5)))
    #expect(machine.connectivity == .connecting)
  }

  @Test("that asks for health is ready only while the server says that it serves")
  func health() {
    var machine = machine(health: .required(service: ""))
    _ = machine.connect(at: 0)
    machine.connected()
    #expect(machine.connectivity == .connecting)
    machine.healthChanged(isServing: true)
    #expect(machine.connectivity == .ready)
    machine.healthChanged(isServing: false)
    #expect(machine.connectivity == .transientFailure)
    #expect(machine.connect(at: 1) == .none)
    machine.healthChanged(isServing: true)
    #expect(machine.connectivity == .ready)
    #expect(machine.connectionEnded(at: second) == .none)
    machine.healthChanged(isServing: true)
    #expect(machine.connectivity == .idle)
  }

  @Test("that prefers servers that serve stays ready when its server does not, and says so")
  func preferredHealth() {
    var machine = machine(health: .preferred(service: ""))
    _ = machine.connect(at: 0)
    machine.connected()
    #expect(machine.connectivity == .connecting)
    machine.healthChanged(isServing: false)
    #expect((machine.connectivity, machine.isUnwilling) == (.ready, true))
    machine.healthChanged(isServing: true)
    #expect((machine.connectivity, machine.isUnwilling) == (.ready, false))
    machine.healthChanged(isServing: false)
    #expect(machine.connectionEnded(at: second) == .none)
    #expect((machine.connectivity, machine.isUnwilling) == (.idle, false))
  }

  @Test("that is not needed any more is idle, and keeps nothing of an attempt")
  func disconnect() {
    var random = random
    var machine = machine()
    _ = machine.connect(at: 0)
    machine.disconnect()
    #expect(machine.connectivity == .idle)
    #expect(machine.attemptFailed(at: 1, &random) == .none)
    machine.connected()
    #expect(machine.connectivity == .idle)
  }

  @Test("that is shut down stays so")
  func shutdown() {
    var random = random
    var machine = machine()
    _ = machine.connect(at: 0)
    machine.shutDown()
    machine.connected()
    #expect(machine.attemptFailed(at: 1, &random) == .none)
    #expect(machine.pauseEnded(at: 1) == .none)
    #expect(machine.connectionEnded(at: 1) == .none)
    machine.healthChanged(isServing: true)
    machine.disconnect()
    #expect(machine.connect(at: 2) == .none)
    #expect(machine.connectivity == .shutdown)
  }
}
