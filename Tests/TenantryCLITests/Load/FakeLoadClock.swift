import Synchronization

@testable import TenantryCLI

/// A clock that jumps to whatever is waited for.
final class FakeLoadClock: Sendable {
  private let time: Mutex<Int64>
  private let pause: Mutex<Int64>
  private let passed: @Sendable (Int64) -> Void

  /// Starts at some moment; tells `passed` of each moment that was waited for.
  ///
  /// The first wait takes `pause` nanoseconds longer, as if the machine had stood still.
  init(pause: Int64 = 0, passed: @escaping @Sendable (Int64) -> Void = { _ in }) {
    time = Mutex(5_000_000_000)
    self.pause = Mutex(pause)
    self.passed = passed
  }

  var clock: LoadClock {
    LoadClock(
      now: { self.time.withLock { $0 } },
      sleep: { moment in
        try Task.checkCancellation()
        let pause = self.pause.withLock { pause in
          defer { pause = 0 }
          return pause
        }
        let now = self.time.withLock { time in
          time = max(time, moment) + pause
          return time
        }
        self.passed(now)
        await Task.yield()
      })
  }
}
