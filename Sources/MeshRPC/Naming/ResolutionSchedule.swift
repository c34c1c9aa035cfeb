/// When to look a name up again: on failures of its addresses, but not too often.
///
/// Times are nanoseconds on a clock that only grows.
package struct ResolutionSchedule: Sendable {
  /// Where the name stands.
  private enum State: Equatable {
    /// Never looked up. Next: running.
    case new
    /// A look-up is under way. Next: known, failed.
    case running
    /// The addresses are of this moment. Next: running, waiting.
    case known(at: Int64)
    /// It will be looked up at its time. Next: running.
    case waiting
  }

  /// What the owner has to do.
  package enum Action: Sendable, Equatable {
    /// Nothing, or it is under way.
    case none
    /// Look the name up.
    case resolve
    /// Say `timeCame` after so long.
    case wait(Duration)
  }

  private var state = State.new
  private let leastInterval: Int64
  private var backoff: ConnectionBackoff

  /// Leaves `leastInterval` between two look-ups, and `backoff` after one that failed.
  package init(leastInterval: Duration, backoff: ConnectionBackoff.Config) {
    self.leastInterval = leastInterval.wholeNanoseconds
    self.backoff = ConnectionBackoff(backoff)
  }

  /// The addresses are needed, or the known ones do not work.
  package mutating func wanted(at now: Int64) -> Action {
    switch state {
    case .new:
      state = .running
      return .resolve
    case .known(let moment):
      let left = moment + leastInterval - now
      state = left > 0 ? .waiting : .running
      return left > 0 ? .wait(.nanoseconds(left)) : .resolve
    case .running, .waiting: return .none
    }
  }

  /// The wait is over.
  package mutating func timeCame() -> Action {
    guard state == .waiting else { return .none }
    state = .running
    return .resolve
  }

  /// The look-up has brought addresses.
  package mutating func succeeded(at now: Int64) {
    backoff.reset()
    state = .known(at: now)
  }

  /// The look-up has failed.
  package mutating func failed(_ random: inout some RandomNumberGenerator) -> Action {
    state = .waiting
    return .wait(backoff.next(&random))
  }
}
