/// A budget that regrows with time; the clock is read only when the budget seems used up.
struct TokenBucket {
  private let limit: RateLimit
  private var tokens: Int
  /// Nanoseconds of the monotonic clock up to which regrown tokens are counted in.
  private var regrownAt: UInt64

  init(_ limit: RateLimit, at now: UInt64) {
    self.limit = limit
    self.tokens = limit.burst
    self.regrownAt = now
  }

  /// Takes one token; false when there is none.
  mutating func take(_ now: () -> UInt64) -> Bool {
    if tokens <= 0 { regrow(at: now()) }
    guard tokens > 0 else { return false }
    tokens -= 1
    return true
  }

  /// Fills the budget up.
  mutating func refill() {
    tokens = limit.burst
  }

  private mutating func regrow(at now: UInt64) {
    guard limit.perSecond > 0, now > regrownAt else { return }
    let interval = 1_000_000_000 / UInt64(limit.perSecond)
    let grown = (now - regrownAt) / interval
    guard grown > 0 else { return }
    tokens = min(limit.burst, Int(clamping: grown))
    // What has not made a whole token yet stays in the account.
    regrownAt += grown * interval
  }
}
