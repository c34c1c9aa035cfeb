package import MeshIO
import Synchronization

/// Repeats a worker: at once when it is woken, at the latest after its interval, with a growing
/// pause after failures.
package final class WorkLoop: Sendable {
  private let interval: Duration
  private let loop: EventLoop
  private let log: Log

  private struct State {
    var isWoken = false
    var sleeper: Task<Void, any Error>?
  }

  private let state = Mutex(State())

  /// Repeats every `interval` by the timers of `loop`.
  package init(every interval: Duration, loop: EventLoop, log: Log) {
    self.interval = interval
    self.loop = loop
    self.log = log
  }

  /// Starts the next round now.
  package func wake() {
    let sleeper = state.withLock { state in
      state.isWoken = true
      return state.sleeper
    }
    sleeper?.cancel()
  }

  /// Repeats `worker` until the task is cancelled.
  package func run(_ worker: some Worker) async {
    var failures = 0
    while !Task.isCancelled {
      state.withLock { $0.isWoken = false }
      do {
        _ = try await worker.runOnce()
        if failures > 0 { log(.info, "\(worker.name) works again") }
        failures = 0
      } catch {
        // The first failure is news, the repetitions are not.
        log(failures == 0 ? .warning : .debug, "\(worker.name) failed", ["cause": "\(error)"])
        failures += 1
      }
      await pause(failures == 0 ? interval : Self.pause(after: failures, interval))
    }
  }

  /// 50 ms, doubling, up to the interval.
  private static func pause(after failures: Int, _ interval: Duration) -> Duration {
    min(interval, .milliseconds(50 << min(failures - 1, 10)))
  }

  private func pause(_ duration: Duration) async {
    let sleeper = Task { [loop] in try await loop.sleep(for: duration) }
    let isWoken = state.withLock { state in
      state.sleeper = sleeper
      return state.isWoken
    }
    if isWoken { sleeper.cancel() }
    // Cancelled by a wake-up: that is its purpose, so what it threw does not matter.
    await withTaskCancellationHandler {
      _ = await sleeper.result
    } onCancel: {
      sleeper.cancel()
    }
    state.withLock { $0.sleeper = nil }
  }
}
