import MeshIO

/// Calls that wait for an endpoint, at most as many as the channel's circuit breaker lets in.
struct WaitingCalls {
  /// Why a call waits no longer.
  enum Outcome: Sendable {
    /// The channel stands differently: look again.
    case changed
    /// The caller has given up.
    case cancelled
    /// The deadline has passed.
    case expired
  }

  private typealias Call = (waiter: CheckedContinuation<Outcome, Never>, timer: TimerHandle?)

  private var calls: [Int: Call] = [:]
  private var last = 0

  var isEmpty: Bool { calls.isEmpty }

  mutating func nextNumber() -> Int {
    last += 1
    return last
  }

  mutating func add(
    _ number: Int, _ waiter: CheckedContinuation<Outcome, Never>, _ timer: TimerHandle?
  ) {
    calls[number] = (waiter, timer)
  }

  /// Ends one wait; does nothing when it has ended.
  mutating func end(_ number: Int, _ outcome: Outcome) {
    guard let call = calls.removeValue(forKey: number) else { return }
    call.timer?.cancel()
    call.waiter.resume(returning: outcome)
  }

  /// Lets all of them look again, those first that came first.
  mutating func endAll() {
    guard !calls.isEmpty else { return }
    let old = calls.sorted { $0.key < $1.key }
    calls = [:]
    for (_, call) in old {
      call.timer?.cancel()
      call.waiter.resume(returning: .changed)
    }
  }
}
