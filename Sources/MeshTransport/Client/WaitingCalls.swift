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

  private struct Call {
    let number: Int
    let waiter: CheckedContinuation<Outcome, Never>
    let timer: TimerHandle?

    func end(_ outcome: Outcome) {
      timer?.cancel()
      waiter.resume(returning: outcome)
    }
  }

  /// By their numbers: those first that came first.
  private var calls: [Call] = []
  private var last = 0

  var isEmpty: Bool { calls.isEmpty }

  /// The place in the queue of a call that comes now; it keeps it when it has to wait again.
  mutating func nextNumber() -> Int {
    last += 1
    return last
  }

  mutating func add(
    _ number: Int, _ waiter: CheckedContinuation<Outcome, Never>, _ timer: TimerHandle?
  ) {
    calls.insert(Call(number: number, waiter: waiter, timer: timer), at: place(of: number))
  }

  /// Ends one wait; does nothing when it has ended.
  mutating func end(_ number: Int, _ outcome: Outcome) {
    let place = place(of: number)
    guard place < calls.count, calls[place].number == number else { return }
    calls.remove(at: place).end(outcome)
  }

  /// Lets the first of them look again.
  mutating func endFirst() {
    if !calls.isEmpty { calls.removeFirst().end(.changed) }
  }

  /// Lets all of them look again, those first that came first.
  mutating func endAll() {
    let old = calls
    calls = []
    for call in old { call.end(.changed) }
  }

  /// Where the call with this number is, or belongs.
  private func place(of number: Int) -> Int {
    var (low, high) = (0, calls.count)
    while low < high {
      let middle = (low + high) / 2
      if calls[middle].number < number { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
