import MeshIO

/// The life of one connection on a server: keepalive, greatest idle time and age, and the goodbye
/// that loses no call (gRFC A8, A9).
///
/// It is told what happens and when, and answers what to do; it has no timer of its own.
struct ConnectionLifetime {
  /// What the connection has to do.
  enum Action: Equatable {
    /// Ask the peer for a sign of life.
    case ping
    /// Send GOAWAY with the highest stream number and a PING behind it, whose answer says that the
    /// peer has seen the GOAWAY and sends no new calls.
    case announce
    /// Send GOAWAY with the last stream that has come.
    case leave(debug: String)
    /// Close: there is nothing left to do.
    case close
    /// Cancel what is open and close.
    case abort(String)
  }

  private enum Phase {
    /// Calls come and go. Next: `announced`.
    case serving
    /// The goodbye is on its way. Next: `leaving`.
    case announced(debug: String, since: MonotonicTime)
    /// Open calls run to their end. Next: `over`.
    case leaving
    /// Nothing more to do.
    case over
  }

  private let policy: LifetimePolicy
  private var phase = Phase.serving
  private var openCalls = 0
  private var idleSince: MonotonicTime
  private var lastHeard: MonotonicTime
  private var pingedAt: MonotonicTime?
  private var ageLimit: MonotonicTime?
  /// When the calls of a connection that was too old have had their time.
  private var graceLimit: MonotonicTime?

  /// A connection that begins now; `jitter` is a random number from -1 to 1, so that connections
  /// which began together do not end together.
  init(_ policy: LifetimePolicy, now: MonotonicTime, jitter: Double) {
    self.policy = policy
    idleSince = now
    lastHeard = now
    ageLimit = policy.maxAge.map { now + $0 + $0 / 10 * jitter }
  }

  /// Whether the goodbye has begun.
  var isEnding: Bool {
    if case .serving = phase { return false }
    return true
  }

  /// A call has come.
  mutating func callOpened() { openCalls += 1 }

  /// A call is over.
  mutating func callEnded(at now: @autoclosure () -> MonotonicTime) -> Action? {
    openCalls -= 1
    precondition(openCalls >= 0, "a call ends once")
    guard openCalls == 0 else { return nil }
    idleSince = now()
    return closeIfDone()
  }

  /// The peer has said something, whatever it was.
  mutating func heard(at now: MonotonicTime) {
    lastHeard = now
    pingedAt = nil
  }

  /// Says goodbye for `reason`, unless that has begun.
  mutating func end(_ reason: String, at now: MonotonicTime) -> Action? {
    guard case .serving = phase else { return nil }
    phase = .announced(debug: reason, since: now)
    return .announce
  }

  /// The peer has answered the goodbye's PING.
  mutating func farewellAnswered() -> [Action] {
    guard case .announced(let debug, _) = phase else { return [] }
    phase = .leaving
    return [.leave(debug: debug)] + [closeIfDone()].compactMap(\.self)
  }

  /// Looks at the clock; to be called at `nextWake`, and harmless at any other time.
  mutating func wake(at now: MonotonicTime) -> [Action] {
    if case .over = phase { return [] }
    if let graceLimit, now >= graceLimit { return abort("max_age: the grace period is over") }
    if let pingedAt, now >= pingedAt + policy.keepaliveTimeout {
      return abort("keepalive: the peer does not answer")
    }
    switch phase {
    case .serving:
      if let ageLimit, now >= ageLimit {
        graceLimit = policy.maxAgeGrace.map { now + $0 }
        return [end("max_age", at: now)].compactMap(\.self)
      }
      if let maxIdle = policy.maxIdle, openCalls == 0, now >= idleSince + maxIdle {
        return [end("max_idle", at: now)].compactMap(\.self)
      }
    case .announced(_, let since) where now >= since + policy.farewellTimeout:
      return farewellAnswered()
    case .announced, .leaving, .over: break
    }
    guard pingedAt == nil, now >= lastHeard + policy.keepaliveTime else { return [] }
    pingedAt = now
    return [.ping]
  }

  /// When to call `wake` next, if nothing happens before: early at worst.
  func nextWake(after now: MonotonicTime) -> MonotonicTime {
    var next = pingedAt.map { $0 + policy.keepaliveTimeout } ?? lastHeard + policy.keepaliveTime
    if let graceLimit { next = min(next, graceLimit) }
    switch phase {
    case .serving:
      if let ageLimit { next = min(next, ageLimit) }
      if let maxIdle = policy.maxIdle {
        next = min(next, (openCalls == 0 ? idleSince : now) + maxIdle)
      }
    case .announced(_, let since): next = min(next, since + policy.farewellTimeout)
    case .leaving, .over: break
    }
    return next
  }

  private mutating func closeIfDone() -> Action? {
    guard case .leaving = phase, openCalls == 0 else { return nil }
    phase = .over
    return .close
  }

  private mutating func abort(_ reason: String) -> [Action] {
    phase = .over
    return [.abort(reason)]
  }
}
