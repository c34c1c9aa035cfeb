import MeshKit

/// How many calls are let through: so many per second, and a number of them at once.
struct Rate: Sendable, Equatable {
  /// Calls per second in the long run.
  let perSecond: Int
  /// Calls that may come at once.
  let burst: Int

  /// A rate with the bursts of `seconds` seconds; nil for 0, which is no limit.
  init?(perSecond: Int, burstSeconds seconds: Int) {
    guard perSecond > 0 else { return nil }
    self.perSecond = perSecond
    burst = perSecond * seconds
  }
}

/// A token bucket, kept as the moment at which it will be full.
///
/// A call costs `1 / perSecond` of a second; a bucket that is full now is like one that was never
/// used, so it need not be remembered.
struct RateBucket: Sendable, Equatable {
  private var fullAt: Micros

  /// A full bucket.
  init() { fullAt = .min }

  /// Whether the bucket is full at `now`.
  func isFull(at now: Micros) -> Bool { fullAt <= now }

  /// How long until there is a call to take, in microseconds; 0 where there is one now.
  func wait(_ rate: Rate, at now: Micros) -> Micros {
    let cost = Micros(1_000_000 / Double(rate.perSecond))
    return max(0, max(fullAt, now) + cost - now - Micros(rate.burst) * cost)
  }

  /// Takes a call; answers `wait`, and takes nothing where that is not 0.
  mutating func take(_ rate: Rate, at now: Micros) -> Micros {
    let wait = wait(rate, at: now)
    if wait == 0 { fullAt = max(fullAt, now) + Micros(1_000_000 / Double(rate.perSecond)) }
    return wait
  }
}

/// The buckets of many callers, at most so many: the full ones are forgotten first.
struct RateTable<Key: Hashable & Sendable>: Sendable {
  private let limit: Int
  private var buckets: [Key: RateBucket] = [:]

  /// Remembers at most `limit` buckets.
  init(limit: Int) {
    precondition(limit > 0, "a table holds something")
    self.limit = limit
  }

  /// How many buckets are remembered.
  var count: Int { buckets.count }

  /// How long until the key's bucket has a call to take, in microseconds.
  func wait(_ key: Key, _ rate: Rate, at now: Micros) -> Micros {
    buckets[key]?.wait(rate, at: now) ?? 0
  }

  /// Takes a call from the key's bucket; answers how long until there is one, 0 where it was taken.
  mutating func take(_ key: Key, _ rate: Rate, at now: Micros) -> Micros {
    if let wait = buckets[key]?.take(rate, at: now) { return wait }
    if buckets.count >= limit {
      buckets = buckets.filter { !$0.value.isFull(at: now) }
      // All of them in use: forget them rather than grow.
      if buckets.count >= limit { buckets.removeAll() }
    }
    var bucket = RateBucket()
    _ = bucket.take(rate, at: now)
    buckets[key] = bucket
    return 0
  }
}
