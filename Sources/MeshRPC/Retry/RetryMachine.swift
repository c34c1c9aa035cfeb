/// Decides after each failed attempt of one call whether and when there is another (gRFC A6); a
/// value without clock and chance.
struct RetryMachine: Sendable {
  enum Decision: Sendable, Equatable {
    /// Make the next attempt after so long, which says that so many were made before.
    case retry(after: Duration, previousAttempts: Int)
    /// The failure is the call's.
    case giveUp
  }

  /// Nil repeats only what no handler has seen.
  private(set) var policy: RetryPolicy?
  /// Attempts that count: a handler may have seen them.
  private var attempts = 1
  /// How often the pause has grown.
  private var step = 0
  private var transparent = TransparentRetry()

  init(_ policy: RetryPolicy?) { self.policy = policy }

  /// The call must not be executed twice after all.
  mutating func forbidRepetition() { policy = nil }

  /// The attempt under way has failed; `jitter` is from 0 to 1.
  mutating func failed(
    _ failure: AttemptFailure, tokens: inout RetryTokens?, jitter: Double
  ) -> Decision {
    if transparent.allows(failure.reach) {
      return .retry(after: .zero, previousAttempts: attempts - 1)
    }
    guard let policy else { return .giveUp }
    guard policy.retryableCodes.contains(failure.code) || failure.pushback == .stop else {
      return .giveUp
    }
    // Counted before the other checks: the server has failed, whether or not there is a retry.
    tokens?.failed()
    guard tokens?.mayRetry ?? true, !failure.hadHeaders, attempts < policy.maxAttempts else {
      return .giveUp
    }
    let pause: Duration
    switch failure.pushback {
    case .stop: return .giveUp
    case .after(let wanted):
      pause = wanted
      step = 0
    case nil:
      pause = policy.pause(step, jitter: jitter)
      step += 1
    }
    attempts += 1
    return .retry(after: pause, previousAttempts: attempts - 1)
  }
}
