import Glibc

/// A moment on the machine's monotonic clock, which never jumps and means nothing on another
/// machine.
package struct MonotonicTime: Sendable, Hashable, Comparable {
  /// Nanoseconds since the machine started.
  package var nanoseconds: Int64

  /// The moment so many nanoseconds after the machine's start.
  package init(nanoseconds: Int64) {
    self.nanoseconds = nanoseconds
  }

  /// Reads the clock (`CLOCK_MONOTONIC`, some 20 ns); on a loop, prefer ``EventLoop/now``.
  package static func now() -> MonotonicTime {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return MonotonicTime(nanoseconds: Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec))
  }

  /// Earlier compares less.
  package static func < (left: MonotonicTime, right: MonotonicTime) -> Bool {
    left.nanoseconds < right.nanoseconds
  }

  /// The moment a duration later, at most the last one that can be told (292 years).
  package static func + (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (sum, overflow) = time.nanoseconds.addingReportingOverflow(duration.wholeNanoseconds)
    guard overflow else { return MonotonicTime(nanoseconds: sum) }
    return MonotonicTime(nanoseconds: duration < .zero ? .min : .max)
  }

  /// The moment a duration earlier.
  package static func - (time: MonotonicTime, duration: Duration) -> MonotonicTime {
    let (rest, overflow) = time.nanoseconds.subtractingReportingOverflow(duration.wholeNanoseconds)
    guard overflow else { return MonotonicTime(nanoseconds: rest) }
    return MonotonicTime(nanoseconds: duration < .zero ? .max : .min)
  }

  /// How long from the right moment to the left one; negative when the left is earlier.
  package static func - (later: MonotonicTime, earlier: MonotonicTime) -> Duration {
    .nanoseconds(later.nanoseconds) - .nanoseconds(earlier.nanoseconds)
  }
}

extension Duration {
  /// The duration in nanoseconds, cut towards zero and held within `Int64`.
  package var wholeNanoseconds: Int64 {
    let (seconds, attoseconds) = components
    let (scaled, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
    guard !overflow else { return seconds < 0 ? .min : .max }
    let (sum, sumOverflow) = scaled.addingReportingOverflow(attoseconds / 1_000_000_000)
    guard !sumOverflow else { return seconds < 0 ? .min : .max }
    return sum
  }
}
