import MeshIO

/// When to try PostgreSQL again, and whether it is worth waiting for.
///
/// Pauses double from 50 ms up to the limit; jitter keeps replicas from returning all at once.
struct Reconnection {
  private static let firstPause = Duration.milliseconds(50)

  let pauseLimit: Duration
  let failFastAfter: Duration
  private(set) var failures = 0
  /// The moment before which no attempt is made; nil when one may be made now.
  private(set) var retryAt: MonotonicTime?
  private var outageSince: MonotonicTime?
  private var lastFailure: MonotonicTime?
  private(set) var reason = ""

  init(_ config: DatabaseConfig) {
    pauseLimit = config.backoffLimit
    failFastAfter = config.failFastAfter
  }

  /// Notes a failed attempt; `jitter` lies in 0…1.
  mutating func failed(_ reason: String, now: MonotonicTime, jitter: Double) {
    self.reason = reason
    failures += 1
    outageSince = outageSince ?? now
    lastFailure = now
    let doubled = Self.firstPause * (1 << min(failures - 1, 16))
    let pause = min(doubled, pauseLimit)
    // Between half the pause and the whole of it.
    retryAt = now + (pause / 2 + pause * jitter / 2)
  }

  mutating func succeeded() {
    failures = 0
    retryAt = nil
    outageSince = nil
    lastFailure = nil
    reason = ""
  }

  /// Lets the next attempt through once its time has come.
  mutating func tick(now: MonotonicTime) {
    if let time = retryAt, time <= now { retryAt = nil }
  }

  /// Whether the outage has lasted so long that callers should hear of it at once.
  ///
  /// Not when the last attempt is long ago: nobody knows then how things are.
  func failsFast(now: MonotonicTime) -> Bool {
    guard let outageSince, let lastFailure else { return false }
    return now - outageSince >= failFastAfter && now - lastFailure <= pauseLimit * 2
  }
}
