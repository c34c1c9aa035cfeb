/// Finds out that a silent peer is gone, by pings (gRFC A8), as a state machine.
///
/// The owner says when anything was read and how many calls are open, and does what `check`
/// answers. Times are nanoseconds on a clock that only grows.
package struct Keepalive: Sendable {
  /// When to ping.
  package struct Config: Sendable, Equatable {
    /// How long the peer may be silent before it is asked; at least 10 s.
    package let time: Duration
    /// How long it may take to answer.
    package let timeout: Duration
    /// Whether it is asked while no call is open; servers may take that amiss.
    package let withoutCalls: Bool

    /// Pings a peer that was silent for `time`, which is raised to gRFC A8's least, 10 s.
    package init(
      time: Duration, timeout: Duration = .seconds(20), withoutCalls: Bool = false
    ) {
      self.init(exactly: max(time, .seconds(10)), timeout: timeout, withoutCalls: withoutCalls)
    }

    /// Pings as told, however often; servers answer such clients with GOAWAY.
    init(exactly time: Duration, timeout: Duration, withoutCalls: Bool) {
      self.time = time
      self.timeout = timeout
      self.withoutCalls = withoutCalls
    }

    /// What suits peers of a mesh: as often as gRFC A8 allows, and little patience.
    package static let mesh = Config(time: .seconds(10), timeout: .seconds(10))

    /// Half as often: what a server wants that has said `too_many_pings`.
    package var doubled: Config {
      Config(exactly: time * 2, timeout: timeout, withoutCalls: withoutCalls)
    }
  }

  /// What the owner has to do.
  package enum Action: Sendable, Equatable {
    /// Nothing until a call begins.
    case sleep
    /// Call `check` again after so long.
    case wait(Duration)
    /// Send a PING, and call `check` again after so long.
    case ping(Duration)
    /// The peer is gone.
    case giveUp
  }

  private let time: Int64
  private let timeout: Int64
  private let withoutCalls: Bool
  /// When the peer last said anything.
  private var heard: Int64
  /// When it was asked and has not answered yet.
  private var asked: Int64?
  /// When it was last asked at all.
  private var lastAsked: Int64?
  /// Whether a call has expired without a word from the peer, which was asked since and is silent.
  ///
  /// Such a peer gets no calls while there are others: it may hang, or be out of reach.
  package private(set) var isDoubtful = false

  /// Begins with a peer that has just spoken.
  package init(_ config: Config, at now: Int64) {
    time = config.time.wholeNanoseconds
    timeout = config.timeout.wholeNanoseconds
    withoutCalls = config.withoutCalls
    heard = now
  }

  /// Something was read; anything at all is a sign of life.
  package mutating func didRead(at now: Int64) {
    heard = now
    asked = nil
    isDoubtful = false
  }

  /// A call that began at `began` has expired; whether the peer has to be asked now, by a PING.
  ///
  /// It is asked if nothing at all was read while the call was open, and again only after `time`,
  /// for the sake of calls with short deadlines to peers that are only slow. After a PING call
  /// `check` when the timeout is over.
  package mutating func callExpired(began: Int64, at now: Int64) -> Bool {
    guard heard <= began else { return false }
    if asked != nil {
      isDoubtful = true
      return false
    }
    if let lastAsked, now - lastAsked < time { return false }
    isDoubtful = true
    ask(at: now)
    return true
  }

  /// Says what is due: at the beginning, when the last answer's time is over, and, after `sleep`,
  /// when a call begins.
  package mutating func check(at now: Int64, openCalls: Int) -> Action {
    if let asked {
      let left = asked + timeout - now
      return left > 0 ? .wait(.nanoseconds(left)) : .giveUp
    }
    guard withoutCalls || openCalls > 0 else { return .sleep }
    let left = heard + time - now
    guard left <= 0 else { return .wait(.nanoseconds(left)) }
    ask(at: now)
    return .ping(.nanoseconds(timeout))
  }

  private mutating func ask(at now: Int64) {
    asked = now
    lastAsked = now
  }
}
