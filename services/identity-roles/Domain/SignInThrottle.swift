/// When sign-in to an account is paused after failures, in microseconds.
struct ThrottleLimits: Sendable, Equatable {
  /// The failure in a row that brings the first pause.
  var threshold: Int
  /// The first pause; each further failure doubles it.
  var firstPause: Micros
  /// The longest pause.
  var longestPause: Micros
  /// Failures are forgotten when this long has passed since the last one.
  var memory: Micros
}

/// The failures in a row at one account.
///
/// Whoever fails on purpose can keep an account's owner from signing in, for one pause at a time;
/// sessions that exist stay.
struct SignInThrottle: Sendable, Equatable {
  private(set) var failures: Int
  private(set) var lastFailureAt: Micros?
  private(set) var pausedUntil: Micros?

  /// An account without failures.
  static let clear = SignInThrottle(failures: 0, lastFailureAt: nil, pausedUntil: nil)

  init(failures: Int, lastFailureAt: Micros?, pausedUntil: Micros?) {
    self.failures = failures
    self.lastFailureAt = lastFailureAt
    self.pausedUntil = pausedUntil
  }

  /// Whether sign-in is paused at `now`: then even the right password is refused.
  func isPaused(at now: Micros) -> Bool {
    pausedUntil.map { now < $0 } ?? false
  }

  /// The failures after one more at `now`.
  ///
  /// One during a pause does not lengthen it.
  func afterFailure(at now: Micros, _ limits: ThrottleLimits) -> SignInThrottle {
    guard !isPaused(at: now) else { return self }
    let isForgotten = lastFailureAt.map { now - $0 >= limits.memory } ?? true
    let count = isForgotten ? 1 : failures + 1
    let pause = Self.pause(after: count, limits)
    return SignInThrottle(
      failures: count, lastFailureAt: now, pausedUntil: pause.map { now + $0 })
  }

  private static func pause(after failures: Int, _ limits: ThrottleLimits) -> Micros? {
    guard failures >= limits.threshold else { return nil }
    var pause = limits.firstPause
    for _ in limits.threshold..<failures where pause < limits.longestPause { pause *= 2 }
    return min(pause, limits.longestPause)
  }
}
