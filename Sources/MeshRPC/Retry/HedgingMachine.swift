/// Decides when further attempts of one call begin beside those under way (gRFC A6); a value
/// without clock and chance.
struct HedgingMachine: Sendable {
  /// What to do now.
  struct Step: Sendable, Equatable {
    /// Begin an attempt that says that so many were made before.
    var start: Int?
    /// Say `timerFired` after so long, in place of any earlier timer.
    var timer: Duration?
    /// The last failure is the call's; nothing is to be waited for.
    var givesUp = false
  }

  private let policy: HedgingPolicy
  private var attempts = 0
  private var underWay = 0
  private var isTimerSet = false
  private var isStopped = false
  private var transparent = TransparentRetry()

  init(_ policy: HedgingPolicy) { self.policy = policy }

  /// The call begins.
  mutating func begin() -> Step { startNext() }

  /// The timer has run down.
  mutating func timerFired(tokens: RetryTokens?) -> Step {
    isTimerSet = false
    guard mayStart(tokens) else { return Step(givesUp: underWay == 0) }
    return startNext()
  }

  /// An attempt has failed.
  mutating func failed(_ failure: AttemptFailure, tokens: inout RetryTokens?) -> Step {
    underWay -= 1
    if transparent.allows(failure.reach) {
      underWay += 1
      return Step(start: attempts - 1)
    }
    let isFatal = !policy.nonFatalCodes.contains(failure.code)
    if !isFatal || failure.pushback == .stop { tokens?.failed() }
    if isFatal { return Step(givesUp: true) }
    switch failure.pushback {
    case .stop: isStopped = true
    case .after(let wanted) where mayStart(tokens):
      isTimerSet = true
      return Step(timer: wanted)
    case nil where mayStart(tokens): return startNext()
    case .after, nil: break
    }
    let isOver = underWay == 0 && !(isTimerSet && mayStart(tokens))
    return Step(givesUp: isOver)
  }

  private func mayStart(_ tokens: RetryTokens?) -> Bool {
    attempts < policy.maxAttempts && !isStopped && (tokens?.mayRetry ?? true)
  }

  private mutating func startNext() -> Step {
    attempts += 1
    underWay += 1
    isTimerSet = attempts < policy.maxAttempts
    return Step(start: attempts - 1, timer: isTimerSet ? policy.delay : nil)
  }
}
