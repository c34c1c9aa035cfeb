package import MeshIO

/// How many calls, or streams, have begun and ended.
///
/// Plain numbers of the loop that owns them: counting takes no lock and allocates nothing.
package struct CallCounts: Sendable, Equatable {
  /// Those that have begun, open ones included.
  package private(set) var started = 0
  /// Those that ended well.
  package private(set) var succeeded = 0
  /// Those that ended otherwise.
  package private(set) var failed = 0
  /// When the last one began; nil before the first.
  package private(set) var lastStarted: MonotonicTime?

  /// Counts from nothing.
  package init() {}

  /// One has begun.
  mutating func began(at now: MonotonicTime) {
    started &+= 1
    lastStarted = now
  }

  /// One is over.
  mutating func ended(well: Bool) {
    if well { succeeded &+= 1 } else { failed &+= 1 }
  }

  /// The counts of several loops, taken together.
  static func sum(_ counts: some Sequence<CallCounts>) -> CallCounts {
    var sum = CallCounts()
    for count in counts {
      sum.started += count.started
      sum.succeeded += count.succeeded
      sum.failed += count.failed
      sum.lastStarted = [sum.lastStarted, count.lastStarted].compactMap(\.self).max()
    }
    return sum
  }
}

/// The calls of one loop's connections, those that are gone included.
///
/// Thread: the loop's.
final class CallTally: @unchecked Sendable {
  var counts = CallCounts()
}
