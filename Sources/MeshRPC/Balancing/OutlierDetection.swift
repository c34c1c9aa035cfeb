/// Finds endpoints that fail more than their neighbours and takes them out for a while (gRFC A50),
/// at once where they fail everything.
///
/// The owner counts each call's end and calls `sweep` once per interval. Times are nanoseconds on
/// a clock that only grows; endpoints are known by their slots.
package struct OutlierDetection: Sendable {
  /// The rules of ejection; the numbers are those of gRFC A50 but for `hosts`.
  package struct Config: Sendable, Equatable {
    /// How often the endpoints are judged.
    package var interval = Duration.seconds(10)
    /// How long the first ejection lasts; the second lasts twice as long, and so on.
    package var baseEjection = Duration.seconds(30)
    /// The longest ejection.
    package var longestEjection = Duration.seconds(300)
    /// How many of the endpoints may be out at once, in percent; one always may, all never.
    package var ejectedPercent = 10
    /// Ejects endpoints whose share of good calls is far below the mean; nil turns it off.
    package var successRate: SuccessRate? = SuccessRate()
    /// Ejects endpoints that fail most of their calls; nil turns it off.
    package var failurePercentage: FailurePercentage? = FailurePercentage()

    /// Ejects an endpoint at once that fails so many calls on end, counted anew in each interval,
    /// while another answers; nil turns it off.
    ///
    /// gRFC A50 has no such rule, as Envoy does (with 5 calls): by its own, a replica that fails
    /// fast takes its share of the calls, or more, for up to two intervals.
    package var failuresOnEnd: Int? = 20

    /// gRFC A50's rules, fitted to services of two to four replicas.
    package init() {}
  }

  /// The rule that compares with the mean.
  package struct SuccessRate: Sendable, Equatable {
    /// How many standard deviations below the mean are too many, in thousandths.
    package var deviations = 1900
    /// How often the verdict is carried out, in percent.
    package var enforced = 100
    /// How many endpoints must have had enough calls; gRFC A50 has 5.
    package var hosts = 2
    /// How many calls in an interval are enough to judge an endpoint.
    package var calls = 100

    /// The numbers above.
    package init() {}
  }

  /// The rule that looks at each endpoint alone.
  package struct FailurePercentage: Sendable, Equatable {
    /// The share of failed calls, in percent, above which an endpoint is ejected.
    package var threshold = 85
    /// How often the verdict is carried out, in percent.
    package var enforced = 100
    /// How many endpoints must have had enough calls; gRFC A50 has 5.
    package var hosts = 2
    /// How many calls in an interval are enough to judge an endpoint.
    package var calls = 50

    /// The numbers above.
    package init() {}
  }

  /// What a sweep has decided.
  package struct Verdict: Sendable, Equatable {
    /// Slots that get no calls from now on.
    package var ejected: [Int] = []
    /// Slots that get calls again.
    package var returned: [Int] = []
  }

  private struct Endpoint {
    var good = 0
    var bad = 0
    /// Failures since the last good call.
    var onEnd = 0
    /// Since when it is out; nil while it is in.
    var ejectedAt: Int64?
    /// How many ejections the next one's length counts.
    var ejections = 0

    var calls: Int { good + bad }
  }

  private let config: Config
  private var endpoints: [Endpoint] = []

  /// Judges by `config`.
  package init(_ config: Config = Config()) { self.config = config }

  /// How often to call `sweep`.
  package var interval: Duration { config.interval }

  /// Follows a change of the endpoints: each new slot with the slot that it had before, if any.
  package mutating func rearrange(_ before: [Int?]) {
    endpoints = before.map { $0.map { endpoints[$0] } ?? Endpoint() }
  }

  /// Whether a slot is out.
  package func isEjected(_ slot: Int) -> Bool { endpoints[slot].ejectedAt != nil }

  /// Counts the end of a call, and answers whether its slot is out from now on.
  ///
  /// Calls that were lost with their connection count for the shares, but not as failures on end: a
  /// process that has crashed under many calls is as good as any when it is back.
  package mutating func count(
    _ slot: Int, _ code: StatusCode, wasLost: Bool = false, at now: Int64
  ) -> Bool {
    guard Self.isFault(code) else {
      endpoints[slot].good += 1
      endpoints[slot].onEnd = 0
      return false
    }
    endpoints[slot].bad += 1
    if wasLost { return false }
    endpoints[slot].onEnd += 1
    guard let limit = config.failuresOnEnd, endpoints[slot].onEnd >= limit,
      endpoints[slot].ejectedAt == nil, mayEjectOneMore, anotherAnswers(than: slot)
    else { return false }
    eject(slot, at: now)
    return true
  }

  /// Whether another endpoint answers well, so that what fails is not something that they share.
  private func anotherAnswers(than slot: Int) -> Bool {
    endpoints.indices.contains {
      $0 != slot && endpoints[$0].good > 0 && endpoints[$0].onEnd == 0
        && endpoints[$0].ejectedAt == nil
    }
  }

  /// Judges all endpoints by what was counted since the last sweep, and begins to count anew.
  package mutating func sweep(
    at now: Int64, _ random: inout some RandomNumberGenerator
  ) -> Verdict {
    var verdict = Verdict()
    for slot in endpoints.indices where endpoints[slot].ejectedAt == nil {
      endpoints[slot].ejections = max(0, endpoints[slot].ejections - 1)
    }
    returnDue(at: now, &verdict)
    if let rule = config.successRate { apply(rule, at: now, &verdict, &random) }
    if let rule = config.failurePercentage { apply(rule, at: now, &verdict, &random) }
    for slot in endpoints.indices {
      endpoints[slot].good = 0
      endpoints[slot].bad = 0
      endpoints[slot].onEnd = 0
    }
    return verdict
  }

  /// Whether the code speaks against the endpoint, not against the caller or its request.
  ///
  /// A service that answers NOT_FOUND works.
  static func isFault(_ code: StatusCode) -> Bool {
    switch code {
    case .unknown, .deadlineExceeded, .internal, .unavailable, .dataLoss: true
    case .ok, .cancelled, .invalidArgument, .notFound, .alreadyExists, .permissionDenied,
      .resourceExhausted, .failedPrecondition, .aborted, .outOfRange, .unimplemented,
      .unauthenticated:
      false
    }
  }

  private mutating func returnDue(at now: Int64, _ verdict: inout Verdict) {
    let base = config.baseEjection.wholeNanoseconds
    let longest = max(base, config.longestEjection.wholeNanoseconds)
    for slot in endpoints.indices {
      guard let since = endpoints[slot].ejectedAt else { continue }
      let (length, overflow) = base.multipliedReportingOverflow(
        by: Int64(endpoints[slot].ejections))
      guard now - since >= (overflow ? longest : min(length, longest)) else { continue }
      endpoints[slot].ejectedAt = nil
      verdict.returned.append(slot)
    }
  }

  private mutating func apply(
    _ rule: SuccessRate, at now: Int64, _ verdict: inout Verdict,
    _ random: inout some RandomNumberGenerator
  ) {
    let judged = endpoints.indices.filter { endpoints[$0].calls >= max(1, rule.calls) }
    guard judged.count >= rule.hosts else { return }
    let rates = judged.map { Double(endpoints[$0].good) / Double(endpoints[$0].calls) }
    let mean = rates.reduce(0, +) / Double(rates.count)
    let variance = rates.map { ($0 - mean) * ($0 - mean) }.reduce(0, +) / Double(rates.count)
    let limit = mean - variance.squareRoot() * Double(rule.deviations) / 1000
    for (slot, rate) in zip(judged, rates) where rate < limit {
      eject(slot, enforced: rule.enforced, at: now, &verdict, &random)
    }
  }

  private mutating func apply(
    _ rule: FailurePercentage, at now: Int64, _ verdict: inout Verdict,
    _ random: inout some RandomNumberGenerator
  ) {
    let judged = endpoints.indices.filter { endpoints[$0].calls >= max(1, rule.calls) }
    guard judged.count >= rule.hosts else { return }
    for slot in judged where endpoints[slot].bad * 100 > rule.threshold * endpoints[slot].calls {
      eject(slot, enforced: rule.enforced, at: now, &verdict, &random)
    }
  }

  private mutating func eject(
    _ slot: Int, enforced: Int, at now: Int64, _ verdict: inout Verdict,
    _ random: inout some RandomNumberGenerator
  ) {
    guard endpoints[slot].ejectedAt == nil, mayEjectOneMore,
      Int.random(in: 0..<100, using: &random) < enforced
    else { return }
    eject(slot, at: now)
    verdict.ejected.append(slot)
  }

  private mutating func eject(_ slot: Int, at now: Int64) {
    endpoints[slot].ejectedAt = now
    endpoints[slot].ejections += 1
  }

  private var mayEjectOneMore: Bool {
    let out = endpoints.count { $0.ejectedAt != nil }
    guard out + 1 < endpoints.count else { return false }
    return out == 0 || out * 100 < config.ejectedPercent * endpoints.count
  }
}
