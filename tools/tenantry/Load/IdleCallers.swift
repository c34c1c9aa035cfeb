import Synchronization

/// A call of an open loop whose time has come.
struct DueCall: Sendable, Equatable {
  /// Its place among all, from 0.
  let number: Int
  /// When it was to start.
  let intended: Int64
}

/// The callers of an open loop that have no call to make.
///
/// Kept from call to call: to make a task for each and end it costs a seventh of what the call
/// does.
final class IdleCallers: Sendable {
  private struct State {
    var waiting: [UnsafeContinuation<DueCall?, Never>] = []
    var isOver = false
  }

  private let state = Mutex(State())

  /// Hands the call to who came last, whose memory is at hand; false where nobody waits.
  func give(_ call: DueCall) -> Bool {
    guard let caller = state.withLock({ $0.waiting.popLast() }) else { return false }
    caller.resume(returning: call)
    return true
  }

  /// Waits for a call; nil once there will be none.
  func next() async -> DueCall? {
    await withUnsafeContinuation { caller in
      let isOver = state.withLock { state in
        if !state.isOver { state.waiting.append(caller) }
        return state.isOver
      }
      if isOver { caller.resume(returning: nil) }
    }
  }

  /// Sends home who waits, and who comes later.
  func dismiss() {
    let waiting = state.withLock { state in
      defer { state.waiting = [] }
      state.isOver = true
      return state.waiting
    }
    for caller in waiting { caller.resume(returning: nil) }
  }
}
