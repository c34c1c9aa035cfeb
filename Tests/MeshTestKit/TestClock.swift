import Synchronization

/// A wall clock that goes on by a microsecond with every look, and otherwise as it is told.
package final class TestClock: Sendable {
  private let time: Mutex<Int64>

  /// Starts at `micros` since 1970.
  package init(_ micros: Int64 = 1_700_000_000_000_000) {
    time = Mutex(micros)
  }

  /// Microseconds since 1970, later with every look.
  package var now: Int64 {
    time.withLock { time in
      time += 1
      return time
    }
  }

  /// Goes on by `micros`.
  package func advance(by micros: Int64) {
    time.withLock { $0 += micros }
  }
}
