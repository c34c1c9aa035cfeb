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
    /// How fast old round trips are forgotten: after so long they count 1/e.
    ///
    /// linkerd has 10 s. Where a call takes a third of a millisecond, one that timed out after a
    /// second would keep calls away for eight times as long, and a short stall for half a minute.
    package var decay = Duration.seconds(2)
    /// Averages below this count as this: between endpoints as quick as that the calls decide that
    /// are open, where chance would send all calls to one of them for seconds.
    package var least = Duration.milliseconds(1)
    /// What a call counts as that the endpoint turned away with RESOURCE_EXHAUSTED.
    ///
    /// Such answers are quick; without this an endpoint that is full would draw all calls.
    package var exhausted = Duration.seconds(5)
    /// The most that an endpoint may ask for by `grpc-retry-pushback-ms` instead.
    package var longestPushback = Duration.seconds(300)

    /// linkerd's numbers, but for the decay and the least, which it does not have.
    package init() {}
  }

  /// The average, in nanoseconds.
  private var average: Double
  /// Whether any call was answered yet.
  private var isTried = false
  private var updated: Int64
  private let decay: Double
  private let least: Double
  /// Calls that are open.
  package private(set) var pending = 0

  /// The load of an endpoint that nobody has tried.
  package init(_ config: Config, at now: Int64) {
    average = Double(config.assumed.wholeNanoseconds)
    decay = Double(max(1, config.decay.wholeNanoseconds))
    least = Double(config.least.wholeNanoseconds)
    updated = now
  }

  /// What the next call may expect: lower is better.
  package func cost(at now: Int64) -> Double {
    guard isTried else { return average * Double(pending) }
    return max(average * Self.weight(after: now - updated, decay), least) * Double(pending + 1)
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

  /// How much of the past still counts: 1 now, and falling as e^(-x).
  ///
  /// That takes a C library; this is (e^(-x/32))^32 by the series' first terms, 2 % too much at
  /// x = 10.
  private static func weight(after elapsed: Int64, _ decay: Double) -> Double {
    guard elapsed > 0 else { return 1 }
    let share = Double(elapsed) / (decay * 32)
    var power = 1 / (1 + share + share * share / 2)
    for _ in 0..<5 { power *= power }
    return power
  }
}
