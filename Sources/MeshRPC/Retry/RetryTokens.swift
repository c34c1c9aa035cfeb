import Synchronization

/// The bucket that stops retries to a server which fails too often (gRFC A6); a value.
struct RetryTokens: Sendable {
  private let full: Int
  private let ratio: Int
  private var tokens: Int

  init(_ rule: RetryThrottling) {
    full = rule.maxTokens * 1000
    ratio = rule.milliRatio
    tokens = full
  }

  /// Whether a further attempt may be made.
  var mayRetry: Bool { tokens > full / 2 }

  /// Counts an attempt that failed in a way that retries are for.
  mutating func failed() { tokens = max(0, tokens - 1000) }

  /// Counts an attempt that succeeded.
  mutating func succeeded() { tokens = min(full, tokens + ratio) }
}

/// One server name's bucket, shared by all its calls; without a rule it is never empty.
package final class RetryBudget: Sendable {
  private let tokens: Mutex<RetryTokens?>
  /// Whether there is anything to count.
  let counts: Bool

  /// A full bucket.
  package init(_ rule: RetryThrottling?) {
    tokens = Mutex(rule.map { RetryTokens($0) })
    counts = rule != nil
  }

  func succeeded() {
    guard counts else { return }
    tokens.withLock { $0?.succeeded() }
  }

  /// An attempt has failed: what its call's machine decides.
  func failed(
    _ failure: AttemptFailure, _ machine: inout RetryMachine, jitter: Double
  ) -> RetryMachine.Decision {
    let before = machine
    let (after, decision) = tokens.withLock { tokens in
      var machine = before
      let decision = machine.failed(failure, tokens: &tokens, jitter: jitter)
      return (machine, decision)
    }
    machine = after
    return decision
  }

  func withTokens<Result: Sendable>(_ body: (inout RetryTokens?) -> Result) -> Result {
    tokens.withLock { tokens in body(&tokens) }
  }
}
