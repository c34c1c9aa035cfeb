import Testing

@testable import MeshRPC

/// A policy of round numbers: pauses of 1, 2, 4, then 5 seconds.
func policy(
  attempts: Int = 5, codes: Set<StatusCode> = [.unavailable]
) throws -> RetryPolicy {
  try RetryPolicy(
    maxAttempts: attempts, initialBackoff: .seconds(1), maxBackoff: .seconds(5),
    backoffMultiplier: 2, retryableCodes: codes)
}

@Suite("The retry machine")
struct RetryMachineTests {
  private typealias Decision = RetryMachine.Decision

  /// Each decision after so many equal failures, at the middle of the jitter.
  private func decisions(
    _ failures: [AttemptFailure], _ policy: RetryPolicy?, jitter: Double = 0.5
  ) -> [Decision] {
    var machine = RetryMachine(policy)
    var tokens: RetryTokens?
    return failures.map { machine.failed($0, tokens: &tokens, jitter: jitter) }
  }

  private func retry(_ seconds: Double, _ previous: Int) -> Decision {
    .retry(after: .seconds(1) * seconds, previousAttempts: previous)
  }

  @Test("pauses longer each time, up to the longest, and gives up after the last attempt")
  func backoff() throws {
    let failures = [AttemptFailure](repeating: AttemptFailure(code: .unavailable), count: 5)
    #expect(
      try decisions(failures, policy()) == [
        retry(1, 1), retry(2, 2), retry(4, 3), retry(5, 4), .giveUp,
      ])
  }

  @Test("spreads its pauses over 0.8 to 1.2", arguments: [(0.0, 0.8), (0.25, 0.9), (1.0, 1.2)])
  func jitter(chance: Double, factor: Double) throws {
    let pause = try policy().pause(0, jitter: chance)
    #expect(abs((pause - .seconds(1) * factor) / .seconds(1)) < 1e-9)
  }

  @Test(
    "gives up on what retries are not for",
    arguments: [
      AttemptFailure(code: .notFound), AttemptFailure(code: .unavailable, hadHeaders: true),
      AttemptFailure(code: .unavailable, pushback: .stop),
    ])
  func givesUp(failure: AttemptFailure) throws {
    #expect(try decisions([failure], policy()) == [.giveUp])
  }

  @Test("waits as long as the server says, and then begins its own pauses anew")
  func pushback() throws {
    let plain = AttemptFailure(code: .unavailable)
    let pushed = AttemptFailure(code: .unavailable, pushback: .after(.seconds(30)))
    #expect(
      try decisions([plain, plain, pushed, plain], policy()) == [
        retry(1, 1), retry(2, 2), retry(30, 3), retry(1, 4),
      ])
  }

  @Test(
    "reads the server's pushback",
    arguments: [
      ("0", AttemptFailure.Pushback.after(.zero)), ("1500", .after(.milliseconds(1500))),
      ("-1", .stop), ("soon", .stop), ("", .stop), ("9999999999", .stop),
    ])
  func pushbackText(text: String, expected: AttemptFailure.Pushback) {
    #expect(AttemptFailure.pushback(text) == expected)
  }

  @Test("repeats what never left at once, as often as it happens, and counts none of it")
  func neverLeft() throws {
    let unsent = AttemptFailure(code: .unavailable, reach: .client)
    let failures = [AttemptFailure](repeating: unsent, count: 8)
    #expect(decisions(failures, nil) == [Decision](repeating: retry(0, 0), count: 8))
    #expect(
      try decisions(failures + [AttemptFailure(code: .unavailable)], policy()).last == retry(1, 1))
  }

  @Test("repeats what the server's transport turned away once, and then by the policy alone")
  func turnedAway() throws {
    let refused = AttemptFailure(code: .unavailable, reach: .transport)
    #expect(decisions([refused, refused], nil) == [retry(0, 0), .giveUp])
    #expect(try decisions([refused, refused], policy()) == [retry(0, 0), retry(1, 1)])
  }

  @Test("repeats nothing that must not be executed twice, but what nobody executed")
  func forbidden() throws {
    var machine = RetryMachine(try policy())
    var tokens: RetryTokens?
    machine.forbidRepetition()
    let refused = AttemptFailure(code: .unavailable, reach: .transport)
    #expect(machine.failed(refused, tokens: &tokens, jitter: 0) == retry(0, 0))
    #expect(
      machine.failed(AttemptFailure(code: .unavailable), tokens: &tokens, jitter: 0) == .giveUp)
  }

  @Test("stops while the bucket is not more than half full, and goes on when it is again")
  func throttling() throws {
    var tokens: RetryTokens? = RetryTokens(try RetryThrottling(maxTokens: 4, tokenRatio: 0.5))
    func attempt() throws -> Decision {
      var machine = RetryMachine(try policy())
      return machine.failed(AttemptFailure(code: .unavailable), tokens: &tokens, jitter: 0.5)
    }
    #expect(try attempt() == retry(1, 1))
    #expect(try attempt() == .giveUp)
    #expect(try attempt() == .giveUp)
    for _ in 0..<4 { tokens?.succeeded() }
    // 1 and 2 are 3, less the failure itself: half of 4 is not enough.
    #expect(try attempt() == .giveUp)
    for _ in 0..<20 { tokens?.succeeded() }
    #expect(try attempt() == retry(1, 1))
  }

  @Test(
    "counts failures that retries are for, and those after which the server wants none",
    arguments: [
      (AttemptFailure(code: .unavailable), 1), (AttemptFailure(code: .notFound), 0),
      (AttemptFailure(code: .notFound, pushback: .stop), 1),
      (AttemptFailure(code: .unavailable, reach: .transport), 0),
      (AttemptFailure(code: .unavailable, reach: .client), 0),
    ])
  func counted(failure: AttemptFailure, tokens count: Int) throws {
    // One token more than half: a counted failure is the one that stops retries.
    var tokens: RetryTokens? = RetryTokens(try RetryThrottling(maxTokens: 2, tokenRatio: 1))
    var machine = RetryMachine(try policy())
    _ = machine.failed(failure, tokens: &tokens, jitter: 0)
    #expect(tokens?.mayRetry == (count == 0))
  }
}
