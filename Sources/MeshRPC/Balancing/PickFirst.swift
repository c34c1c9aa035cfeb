/// One connection, to the first address that takes it (gRFC A62), with a head start for earlier
/// addresses instead of a full time-out (gRFC A61, "happy eyeballs").
///
/// Failure is sticky: once every address has failed, calls fail until one of them is ready.
struct PickFirst: Sendable {
  private enum State: Equatable {
    /// Next: connecting.
    case idle
    /// Trying the addresses in turn; those before `next` have begun. Next: ready, failing, idle.
    case connecting(next: Int)
    /// All calls go there. Next: idle.
    case ready(Int)
    /// Every address has failed; each is tried again after its pause. Next: ready, idle.
    case failing
  }

  private let delay: Duration
  private let isShuffled: Bool
  private var state = State.idle
  /// The slots in the order in which they are tried.
  private var order: [Int] = []
  /// Which slots have failed in this round.
  private var failed: [Bool] = []

  init(delay: Duration, isShuffled: Bool) {
    self.delay = delay
    self.isShuffled = isShuffled
  }

  var connectivity: ConnectivityState {
    switch state {
    case .idle: .idle
    case .connecting: .connecting
    case .ready: .ready
    case .failing: .transientFailure
    }
  }

  /// The slot that takes the calls.
  var selected: Int? { if case .ready(let slot) = state { slot } else { nil } }

  /// Follows a change of the addresses; a connection to one that stays is kept.
  mutating func rearrange(
    _ before: [Int?], _ random: inout some RandomNumberGenerator
  ) -> [Balancer.Action] {
    let kept = selected.flatMap { old in before.firstIndex(of: old) }
    let wasActive = state != .idle
    order = isShuffled ? before.indices.shuffled(using: &random) : Array(before.indices)
    failed = before.map { _ in false }
    if let kept {
      state = .ready(kept)
      return []
    }
    state = .idle
    return wasActive ? wake() : []
  }

  /// A connection is wanted.
  mutating func wake() -> [Balancer.Action] {
    guard state == .idle, !order.isEmpty else { return [] }
    for slot in failed.indices { failed[slot] = false }
    return attempt(0)
  }

  /// Connections are not wanted any more.
  mutating func sleep() { state = .idle }

  /// The head start of the address that was tried last is over.
  mutating func timerFired() -> [Balancer.Action] {
    guard case .connecting(let next) = state, next < order.count else { return [] }
    return attempt(next)
  }

  /// A slot stands differently.
  mutating func changed(_ slot: Int, _ connectivity: ConnectivityState) -> [Balancer.Action] {
    switch connectivity {
    case .ready:
      guard state != .idle else { return [.disconnect(slot)] }
      if case .ready(let selected) = state, selected != slot { return [.disconnect(slot)] }
      state = .ready(slot)
      return order.filter { $0 != slot }.map { .disconnect($0) }
    case .transientFailure: return attemptFailed(slot)
    case .idle:
      if state == .ready(slot) {
        state = .idle
        return [.resolve]
      }
      // Its pause is over: while nothing works, everything is tried again and again.
      return state == .failing ? [.connect(slot)] : []
    case .connecting:
      // Its connection is lost and is made again by itself in a moment: a round like any other, for
      // its server may be gone while another is there.
      guard state == .ready(slot) else { return [] }
      for slot in failed.indices { failed[slot] = false }
      return attempt(0)
    case .shutdown: return []
    }
  }

  private mutating func attemptFailed(_ slot: Int) -> [Balancer.Action] {
    // The connection stands, but its server does not serve: as good as lost.
    if state == .ready(slot) {
      state = .failing
      return [.resolve] + order.filter { $0 != slot }.map { .connect($0) }
    }
    failed[slot] = true
    guard case .connecting(let next) = state else { return [] }
    if next < order.count { return attempt(next) }
    guard failed.allSatisfy({ $0 }) else { return [] }
    state = .failing
    // Those whose pause was over before the round was have told so in vain.
    return [.resolve] + order.map { .connect($0) }
  }

  private mutating func attempt(_ index: Int) -> [Balancer.Action] {
    let next = index + 1
    state = .connecting(next: next)
    return [.connect(order[index])] + (next < order.count ? [.startTimer(delay)] : [])
  }
}
