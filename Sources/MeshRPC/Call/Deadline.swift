/// The moment at which a call must have ended.
///
/// Absolute inside a process, relative on the wire (`grpc-timeout`), so clocks need not agree.
package struct Deadline: Sendable, Hashable, Comparable {
  /// The moment, on the clock that goes on while the machine sleeps.
  package let instant: ContinuousClock.Instant

  /// A deadline at `instant`.
  package init(_ instant: ContinuousClock.Instant) {
    self.instant = instant
  }

  /// A deadline `duration` from now.
  package static func after(_ duration: Duration) -> Deadline {
    Deadline(.now.advanced(by: duration))
  }

  /// What is left; zero or less when the deadline has passed.
  package var remaining: Duration { ContinuousClock.now.duration(to: instant) }

  /// The earlier deadline is the lesser.
  package static func < (left: Deadline, right: Deadline) -> Bool { left.instant < right.instant }

  /// The earlier of the two; nil is no deadline.
  package static func earlier(_ one: Deadline?, _ other: Deadline?) -> Deadline? {
    switch (one, other) {
    case (let one?, let other?): min(one, other)
    case (let one, nil): one
    case (nil, let other): other
    }
  }
}
