/// An endpoint's load: an average of its round trips that jumps up at once and comes down slowly,
/// times the calls that are open (linkerd2-proxy and Finagle, "peak EWMA").
///
/// Times are nanoseconds on a clock that only grows.
package struct PeakEWMA: Sendable, Equatable {
  /// What the average is made of.
  package struct Config: Sendable, Equatable {
    /// What the first call to an endpoint is thought to take until it is answered.
    ///
    /// An endpoint that nobody has tried costs nothing, so it gets that first call at once.
    package var assumed = Duration.milliseconds(30)
    /// How fast old round trips are forgotten: after so long they count a third or so.
    package var decay = Duration.seconds(10)
    /// What a call counts as that the endpoint turned away with RESOURCE_EXHAUSTED.
    ///
    /// Such answers are quick; without this an endpoint that is full would draw all calls.
    package var exhausted = Duration.seconds(5)
    /// The most that an endpoint may ask for by `grpc-retry-pushback-ms` instead.
    package var longestPushback = Duration.seconds(300)

    /// linkerd's numbers.
    package init() {}
  }

  /// The average, in nanoseconds.
  private var average: Double
  /// Whether any call was answered yet.
  private var isTried = false
  private var updated: Int64
  private let decay: Double
  /// Calls that are open.
  package private(set) var pending = 0

  /// The load of an endpoint that nobody has tried.
  package init(_ config: Config, at now: Int64) {
    average = Double(config.assumed.wholeNanoseconds)
    decay = Double(max(1, config.decay.wholeNanoseconds))
    updated = now
  }

  /// What the next call may expect: lower is better.
  package func cost(at now: Int64) -> Double {
    guard isTried else { return average * Double(pending) }
    return average * Self.weight(after: now - updated, decay) * Double(pending + 1)
  }

  /// A call goes to the endpoint.
  package mutating func began() { pending += 1 }

  /// A call to the endpoint is over.
  package mutating func ended() { pending -= 1 }

  /// A call's answer has taken so long, in nanoseconds.
  package mutating func observe(_ roundTrip: Int64, at now: Int64) {
    let sample = Double(max(0, roundTrip))
    let weight = Self.weight(after: now - updated, decay)
    updated = max(updated, now)
    average = !isTried || sample > average ? sample : average * weight + sample * (1 - weight)
    isTried = true
  }

  /// As `observe`, but never makes the endpoint look faster.
  package mutating func observe(atLeast roundTrip: Int64, at now: Int64) {
    if !isTried || Double(roundTrip) > average { observe(roundTrip, at: now) }
  }

  /// How much of the past still counts: 1 now, and falling.
  ///
  /// A quadratic stand-in for e^(-x), which needs a C library; only the order of costs matters.
  private static func weight(after elapsed: Int64, _ decay: Double) -> Double {
    guard elapsed > 0 else { return 1 }
    let share = Double(elapsed) / decay
    return 1 / (1 + share + share * share / 2)
  }
}
