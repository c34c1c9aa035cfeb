/// The way to one address as a state machine: at most one connection, and the pauses between
/// attempts (gRPC core, `doc/connectivity-semantics-and-api.md`).
///
/// The owner performs what each event answers. Times are nanoseconds on a clock that only grows.
package struct SubchannelMachine: Sendable {
  /// Where the connection stands.
  private enum State: Equatable {
    /// Next: connecting, shutdown.
    case idle
    /// Next: checking, ready, failed, shutdown.
    case connecting(since: Int64)
    /// Connected, and asking whether the server serves. Next: as ready.
    case checking(since: Int64)
    /// Next: notServing, idle or resting (the connection is over), shutdown.
    case ready(since: Int64)
    /// The connection stands, but its server does not serve. Next: as ready.
    case notServing(since: Int64)
    /// The connection has ended right after it was made; the next attempt starts in a moment, or a
    /// server that hangs up on everybody would keep us busy. Next: connecting, idle, shutdown.
    case resting
    /// Waits until the moment. Next: idle, shutdown.
    case failed(until: Int64)
    /// For good.
    case shutdown
  }

  /// What the owner has to do.
  package enum Action: Sendable, Equatable {
    /// Nothing.
    case none
    /// Start an attempt, and give it up after so long.
    case connect(limit: Duration)
    /// Say `pauseEnded` after so long.
    case wait(Duration)
  }

  private var state = State.idle
  private var backoff: ConnectionBackoff
  private let attemptLimit: Duration
  /// The least time between two attempts.
  private let rest: Int64
  private let health: HealthRule

  /// An idle way.
  ///
  /// - Parameters:
  ///   - backoff: the pauses between attempts.
  ///   - attemptLimit: how long an attempt may take until the server's SETTINGS are there.
  ///   - health: whether the server is asked, and what its answer means.
  package init(
    backoff: ConnectionBackoff.Config, attemptLimit: Duration, health: HealthRule = .ignored
  ) {
    self.backoff = ConnectionBackoff(backoff)
    self.attemptLimit = attemptLimit
    rest = backoff.initial.wholeNanoseconds
    self.health = health
  }

  /// What the balancer knows of it.
  package var connectivity: ConnectivityState {
    switch state {
    case .idle: .idle
    case .connecting, .checking, .resting: .connecting
    case .ready: .ready
    case .notServing: if case .required = health { .transientFailure } else { .ready }
    case .failed: .transientFailure
    case .shutdown: .shutdown
    }
  }

  /// Whether calls should go elsewhere, because the server says that it does not serve.
  package var isUnwilling: Bool { if case .notServing = state { true } else { false } }

  /// A connection is wanted; only an idle way answers with an attempt.
  package mutating func connect(at now: Int64) -> Action {
    guard state == .idle else { return .none }
    state = .connecting(since: now)
    return .connect(limit: attemptLimit)
  }

  /// The server's SETTINGS have come: the pauses begin anew.
  package mutating func connected() {
    guard case .connecting(let since) = state else { return }
    backoff.reset()
    state = health == .ignored ? .ready(since: since) : .checking(since: since)
  }

  /// The attempt has failed; the pause counts from when it began.
  package mutating func attemptFailed(
    at now: Int64, _ random: inout some RandomNumberGenerator
  ) -> Action {
    guard case .connecting(let since) = state else { return .none }
    let until = since + backoff.next(&random).wholeNanoseconds
    let left = max(0, until - now)
    state = .failed(until: now + left)
    return .wait(.nanoseconds(left))
  }

  /// The pause that `wait` asked for is over.
  package mutating func pauseEnded(at now: Int64) -> Action {
    switch state {
    case .failed: state = .idle
    case .resting:
      state = .idle
      return connect(at: now)
    case .idle, .connecting, .checking, .ready, .notServing, .shutdown: break
    }
    return .none
  }

  /// The connection takes no more calls: it is lost, or its server goes away.
  package mutating func connectionEnded(at now: Int64) -> Action {
    switch state {
    case .checking(let since), .ready(let since), .notServing(let since):
      let left = since + rest - now
      state = left > 0 ? .resting : .idle
      return left > 0 ? .wait(.nanoseconds(left)) : .none
    case .idle, .connecting, .resting, .failed, .shutdown: return .none
    }
  }

  /// The owner has given up the attempt, or ended the connection, because neither is needed.
  package mutating func disconnect() {
    if state != .shutdown { state = .idle }
  }

  /// The server says whether it serves.
  package mutating func healthChanged(isServing: Bool) {
    switch state {
    case .checking(let since), .ready(let since), .notServing(let since):
      state = isServing ? .ready(since: since) : .notServing(since: since)
    case .idle, .connecting, .resting, .failed, .shutdown: break
    }
  }

  /// No more connections.
  package mutating func shutDown() { state = .shutdown }
}

extension Duration {
  /// The duration in nanoseconds, cut towards zero and held within `Int64`.
  var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard !sumOverflow else { return seconds < 0 ? .min : .max }
    return sum
  }
}
