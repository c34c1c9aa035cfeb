import Testing

@testable import MeshRPC

@Suite("The hedging machine")
struct HedgingMachineTests {
  private typealias Step = HedgingMachine.Step

  private let delay = Duration.milliseconds(50)
  private let slow = AttemptFailure(code: .unavailable)
  private let fatal = AttemptFailure(code: .notFound)

  private func machine(attempts: Int = 3) throws -> HedgingMachine {
    HedgingMachine(
      try HedgingPolicy(maxAttempts: attempts, delay: delay, nonFatalCodes: [.unavailable]))
  }

  @Test("begins an attempt after each delay, as many as allowed, and says how many there were")
  func delays() throws {
    var machine = try machine()
    #expect(machine.begin() == Step(start: 0, timer: delay))
    #expect(machine.timerFired(tokens: nil) == Step(start: 1, timer: delay))
    #expect(machine.timerFired(tokens: nil) == Step(start: 2))
    #expect(machine.timerFired(tokens: nil) == Step())
  }

  @Test("begins the next attempt at once when one has failed that leaves the others their chance")
  func nonFatal() throws {
    var machine = try machine()
    var tokens: RetryTokens?
    _ = machine.begin()
    #expect(machine.failed(slow, tokens: &tokens) == Step(start: 1, timer: delay))
    #expect(machine.failed(slow, tokens: &tokens) == Step(start: 2))
    #expect(machine.failed(slow, tokens: &tokens) == Step(givesUp: true))
  }

  @Test("gives up at once when an attempt fails for good, whatever else is under way")
  func fatalFailure() throws {
    var machine = try machine()
    var tokens: RetryTokens?
    _ = machine.begin()
    _ = machine.timerFired(tokens: nil)
    #expect(machine.failed(fatal, tokens: &tokens) == Step(givesUp: true))
  }

  @Test("waits as long as the server says, also with nothing under way")
  func pushback() throws {
    var machine = try machine()
    var tokens: RetryTokens?
    _ = machine.begin()
    let pushed = AttemptFailure(code: .unavailable, pushback: .after(.seconds(9)))
    #expect(machine.failed(pushed, tokens: &tokens) == Step(timer: .seconds(9)))
    #expect(machine.timerFired(tokens: nil) == Step(start: 1, timer: delay))
  }

  @Test("begins no further attempt when the server wants none, but awaits those under way")
  func stopped() throws {
    var machine = try machine()
    var tokens: RetryTokens?
    _ = machine.begin()
    _ = machine.timerFired(tokens: nil)
    let stop = AttemptFailure(code: .unavailable, pushback: .stop)
    #expect(machine.failed(stop, tokens: &tokens) == Step())
    #expect(machine.timerFired(tokens: nil) == Step())
    #expect(machine.failed(slow, tokens: &tokens) == Step(givesUp: true))
  }

  @Test("begins no further attempt while the bucket is not more than half full")
  func throttled() throws {
    var machine = try machine()
    var tokens: RetryTokens? = RetryTokens(try RetryThrottling(maxTokens: 2, tokenRatio: 1))
    _ = machine.begin()
    _ = machine.timerFired(tokens: tokens)
    #expect(machine.failed(slow, tokens: &tokens) == Step())
    #expect(machine.timerFired(tokens: tokens) == Step())
    #expect(machine.failed(slow, tokens: &tokens) == Step(givesUp: true))
  }

  @Test("repeats what no handler has seen without counting it")
  func unseen() throws {
    var machine = try machine(attempts: 2)
    var tokens: RetryTokens?
    _ = machine.begin()
    let refused = AttemptFailure(code: .unavailable, reach: .transport)
    #expect(machine.failed(refused, tokens: &tokens) == Step(start: 0))
    #expect(machine.failed(refused, tokens: &tokens) == Step(start: 1))
    #expect(machine.failed(slow, tokens: &tokens) == Step(givesUp: true))
  }
}
