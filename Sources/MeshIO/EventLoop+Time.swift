extension EventLoop {
  /// When this turn began: the clock, read once per turn.
  ///
  /// On the loop.
  package var now: MonotonicTime {
    preconditionOnLoop()
    return time
  }

  /// Runs the work once on the loop, no earlier than after the delay and some 1 ms later at most
  /// when idle.
  ///
  /// Equal deadlines fire in the order of scheduling. A timer set from a timer fires in the next
  /// turn at the earliest. On the loop.
  package func schedule(after delay: Duration, _ work: @escaping () -> Void) -> TimerHandle {
    preconditionOnLoop()
    return TimerHandle(loop: self, id: timers.insert(time + delay, Callback(run: work)))
  }

  func cancel(_ handle: TimerHandle) {
    preconditionOnLoop()
    // Kept alive until the heap is no longer being changed: see TimerHeap.remove.
    let work = timers.remove(handle.id)
    withExtendedLifetime(work) {}
  }

  /// Suspends the task for a while, by the loop's own timer.
  ///
  /// Best called on the loop; works anywhere.
  ///
  /// - Throws: `CancellationError` as soon as the task is cancelled or the loop stops.
  package func sleep(for duration: Duration) async throws(CancellationError) {
    let alarm = Alarm()
    let rung = await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let answer = OneAnswer(continuation, orElse: false)
        if isCurrent {
          alarm.set(answer, after: duration, on: self)
        } else {
          execute { alarm.set(answer, after: duration, on: self) }
        }
      }
    } onCancel: {
      execute { alarm.cancel() }
    }
    guard rung else { throw CancellationError() }
  }
}

/// The timer of one sleeping task, and the cancellation that may overtake it.
///
/// Thread: the loop's, after `init`. Only the timer holds the answer, so whoever drops the timer
/// wakes the task.
private final class Alarm: @unchecked Sendable {
  /// Idle may become set or cancelled; the others are final, and cancelling a timer twice does
  /// nothing.
  private enum State {
    case idle
    case set(TimerHandle)
    case cancelled
  }

  private var state = State.idle

  func set(_ answer: OneAnswer<Bool>, after duration: Duration, on loop: EventLoop) {
    guard case .idle = state, !Task.isCancelled else { return }
    state = .set(loop.schedule(after: duration) { answer.give(true) })
  }

  func cancel() {
    if case .set(let timer) = state { timer.cancel() }
    state = .cancelled
  }
}
