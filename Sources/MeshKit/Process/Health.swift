import Synchronization

/// Whether the process can do its work, and if not, why.
///
/// Each dependency reports itself; the process serves while none reports a problem and it is not
/// draining.
package final class Health: Sendable {
  private struct State {
    var problems: [String: String] = [:]
    var isDraining = false
    var hasEnded = false
    var watchers: [Int: AsyncStream<Bool>.Continuation] = [:]
    var nextID = 0

    var isServing: Bool { problems.isEmpty && !isDraining }
  }

  private let state = Mutex(State())

  /// Starts healthy.
  package init() {}

  /// Whether calls should come here.
  package var isServing: Bool { state.withLock { $0.isServing } }

  /// What is wrong, for example `postgresql: connection refused`.
  package var problems: [String] {
    state.withLock { $0.problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }
  }

  /// A dependency is well (nil) or has a problem.
  package func report(_ dependency: String, problem: String?) {
    change { $0.problems[dependency] = problem }
  }

  /// The process is about to end: no new calls, please.
  package func startDraining() { change { $0.isDraining = true } }

  /// Ends all watches, and those to come: their streams would hold up a drain.
  package func endWatches() {
    let watchers = state.withLock { state in
      state.hasEnded = true
      return Array(state.watchers.values)
    }
    for watcher in watchers { watcher.finish() }
  }

  /// Whether calls should come here: now, and whenever that changes.
  package func watch() -> AsyncStream<Bool> {
    AsyncStream(bufferingPolicy: .bufferingNewest(1)) { continuation in
      let id = state.withLock { state in
        state.nextID += 1
        state.watchers[state.nextID] = continuation
        continuation.yield(state.isServing)
        return state.nextID
      }
      if state.withLock({ $0.hasEnded }) { continuation.finish() }
      continuation.onTermination = { [weak self] _ in
        _ = self?.state.withLock { $0.watchers.removeValue(forKey: id) }
      }
    }
  }

  private func change(_ body: (inout State) -> Void) {
    state.withLock { state in
      let before = state.isServing
      body(&state)
      guard state.isServing != before else { return }
      for watcher in state.watchers.values { watcher.yield(state.isServing) }
    }
  }
}
