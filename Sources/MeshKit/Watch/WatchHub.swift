package import MeshIO
import MeshRPC
import Synchronization

/// Tells live watchers of every change, and tells the one who made it when they all know.
///
/// A watcher may trust what it has been told for one lease after each message. So when a change has
/// been acknowledged by every watcher, or one lease has passed since it was sent, nobody acts on
/// the state before it any more: that is when `publish` returns.
package final class WatchHub<Change: Sendable>: Sendable {
  /// How long a watcher may trust what it holds after it has received a message.
  package let lease: Duration
  private let heartbeat: Duration
  private let backlogLimit: Int
  private let loop: EventLoop

  fileprivate struct State {
    var position: Int64 = 0
    var nextID = 0
    var watchers: [Int: Watcher] = [:]
    var waiters: [Waiter] = []
    /// When `close` ended the streams; nil while the hub is open.
    var closedAt: ContinuousClock.Instant?
  }

  /// One watcher's stream.
  fileprivate struct Watcher {
    var backlog: [(position: Int64, change: Change)] = []
    var applied: Int64 = 0
    /// Wakes the task that writes the stream.
    var wake: CheckedContinuation<Void, Never>?
    /// The watcher fell behind by more than the backlog's limit, or let a lease pass.
    var isDropped = false
  }

  /// One `publish` that waits for acknowledgements.
  fileprivate struct Waiter {
    let position: Int64
    var missing: Set<Int>
    let continuation: CheckedContinuation<Void, Never>
  }

  private let state = Mutex(State())

  /// Makes a hub; `backlogLimit` is how many changes may wait for one slow watcher before its
  /// stream is ended; `loop` keeps its timers.
  package init(
    loop: EventLoop, lease: Duration = .seconds(3), heartbeat: Duration = .seconds(1),
    backlogLimit: Int = 10_000
  ) {
    self.loop = loop
    self.lease = lease
    self.heartbeat = heartbeat
    self.backlogLimit = backlogLimit
  }

  /// How many watchers are connected.
  package var watcherCount: Int { state.withLock { $0.watchers.count } }

  /// Sends `change` to every watcher; returns when none of them acts on the state before it.
  ///
  /// Returns within one lease, whatever the watchers do. Once the hub is closed that is its whole
  /// length: a watcher may not have seen yet that its stream has ended.
  package func publish(_ change: Change) async {
    if let closedAt = state.withLock({ $0.closedAt }) {
      // A cancelled call is answered to nobody, so it need not wait.
      try? await loop.sleep(for: lease - closedAt.duration(to: .now))
      return
    }
    let (position, wakes) = state.withLock { state in
      state.enqueue(change, backlogLimit: backlogLimit)
    }
    for wake in wakes { wake.resume() }
    let timer = Task { [loop, lease, weak self] in
      // Cancelled when everybody has acknowledged first.
      guard (try? await loop.sleep(for: lease)) != nil else { return }
      self?.dropUnacknowledged(position)
    }
    await withCheckedContinuation { waitForAcknowledgements(of: position, $0) }
    timer.cancel()
  }

  /// Serves one watcher until it goes away: first `snapshot`, then every change, then heartbeats.
  ///
  /// `send` writes one message with its position; a nil change is a heartbeat, except for the last
  /// message of the snapshot, which is sent by `sendSnapshot`.
  package func serve(
    acknowledgements: some AsyncSequence<Int64, any Error> & Sendable,
    sendSnapshot: @escaping (_ position: Int64) async throws -> Void,
    send: @escaping @Sendable (_ position: Int64, _ change: Change?) async throws -> Void
  ) async throws {
    let id = add()
    defer { remove(id) }
    // Registered before the snapshot is read: a change in between comes twice rather than never.
    try await sendSnapshot(state.withLock { $0.position })
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { [self] in
        for try await position in acknowledgements { acknowledge(id, position) }
      }
      group.addTask { [self] in try await write(id, send) }
      // Whichever ends first ends the stream.
      try await group.next()
      group.cancelAll()
      wake(id)
    }
  }

  /// Ends every stream and refuses new ones: the process is about to end.
  package func close() {
    let wakes = state.withLock { state in
      state.closedAt = .now
      return state.watchers.keys.compactMap { state.watchers[$0]?.takeWake() }
    }
    for wake in wakes { wake.resume() }
  }

  private func write(
    _ id: Int, _ send: @Sendable (Int64, Change?) async throws -> Void
  ) async throws {
    while !Task.isCancelled {
      let (changes, position, dropped, closed) = take(id)
      if closed { throw RPCError(.unavailable, "the process is about to end; watch another one") }
      if dropped {
        throw RPCError(.unavailable, "the watcher fell behind; watch again from the snapshot")
      }
      for (position, change) in changes { try await send(position, change) }
      if changes.isEmpty { try await send(position, nil) }
      let beat = Task { [loop, heartbeat, weak self] in
        // Cancelled when a change wakes the writer first.
        guard (try? await loop.sleep(for: heartbeat)) != nil else { return }
        self?.wake(id)
      }
      await withCheckedContinuation { park(id, $0) }
      beat.cancel()
    }
  }

  private func add() -> Int {
    state.withLock { state in
      state.nextID += 1
      state.watchers[state.nextID] = Watcher()
      return state.nextID
    }
  }

  private func remove(_ id: Int) {
    let (wake, done) = state.withLock { state in
      let wake = state.watchers.removeValue(forKey: id)?.wake
      // A watcher whose stream we have ended may trust what it holds until its lease is over.
      return (wake, state.closedAt == nil ? state.settle(id, through: .max) : [])
    }
    wake?.resume()
    for waiter in done { waiter.resume() }
  }

  private func acknowledge(_ id: Int, _ position: Int64) {
    let done = state.withLock { state in
      state.watchers[id]?.applied = position
      return state.settle(id, through: position)
    }
    for waiter in done { waiter.resume() }
  }

  private func waitForAcknowledgements(
    of position: Int64, _ continuation: CheckedContinuation<Void, Never>
  ) {
    let isDone = state.withLock { state in
      let missing = Set(
        state.watchers.lazy.filter { !$1.isDropped && $1.applied < position }.map(\.key))
      if missing.isEmpty { return true }
      state.waiters.append(
        Waiter(position: position, missing: missing, continuation: continuation))
      return false
    }
    if isDone { continuation.resume() }
  }

  /// Gives up on the watchers that have let a lease pass: they no longer trust what they hold.
  private func dropUnacknowledged(_ position: Int64) {
    let (wakes, done) = state.withLock { state in
      var wakes: [CheckedContinuation<Void, Never>] = []
      for id in state.watchers.filter({ $1.applied < position }).map(\.key) {
        state.watchers[id]?.isDropped = true
        if let wake = state.watchers[id]?.takeWake() { wakes.append(wake) }
      }
      return (wakes, state.giveUp(through: position))
    }
    for waiting in wakes + done { waiting.resume() }
  }

  private func take(
    _ id: Int
  ) -> (
    changes: [(position: Int64, change: Change)], position: Int64, dropped: Bool, closed: Bool
  ) {
    state.withLock { state in
      let closed = state.closedAt != nil
      guard var watcher = state.watchers[id] else { return ([], state.position, true, closed) }
      defer { state.watchers[id] = watcher }
      let changes = watcher.backlog
      watcher.backlog = []
      return (changes, state.position, watcher.isDropped, closed)
    }
  }

  private func park(_ id: Int, _ continuation: CheckedContinuation<Void, Never>) {
    let isReady = state.withLock { state in
      guard let watcher = state.watchers[id], watcher.backlog.isEmpty, !watcher.isDropped,
        state.closedAt == nil
      else { return true }
      state.watchers[id]?.wake = continuation
      return false
    }
    if isReady || Task.isCancelled { wake(id, orResume: isReady ? continuation : nil) }
  }

  private func wake(_ id: Int, orResume other: CheckedContinuation<Void, Never>? = nil) {
    let wake = state.withLock { $0.watchers[id]?.takeWake() }
    wake?.resume()
    other?.resume()
  }
}

extension WatchHub.Watcher {
  fileprivate mutating func takeWake() -> CheckedContinuation<Void, Never>? {
    defer { wake = nil }
    return wake
  }
}

extension WatchHub.State {
  /// Puts a change behind every watcher's backlog; one whose backlog is full is dropped.
  fileprivate mutating func enqueue(
    _ change: Change, backlogLimit: Int
  ) -> (position: Int64, wakes: [CheckedContinuation<Void, Never>]) {
    position += 1
    var wakes: [CheckedContinuation<Void, Never>] = []
    for id in Array(watchers.keys) {
      guard var watcher = watchers.removeValue(forKey: id) else { continue }
      if watcher.backlog.count < backlogLimit {
        watcher.backlog.append((position, change))
      } else {
        watcher.isDropped = true
      }
      if let wake = watcher.takeWake() { wakes.append(wake) }
      watchers[id] = watcher
    }
    return (position, wakes)
  }

  /// Strikes watcher `id` from the waiters up to `position`; answers those whose list is now empty.
  fileprivate mutating func settle(
    _ id: Int, through position: Int64
  ) -> [CheckedContinuation<Void, Never>] {
    var done: [CheckedContinuation<Void, Never>] = []
    for index in waiters.indices where waiters[index].position <= position {
      waiters[index].missing.remove(id)
      if waiters[index].missing.isEmpty { done.append(waiters[index].continuation) }
    }
    waiters.removeAll { $0.missing.isEmpty }
    return done
  }

  /// Answers the waiters up to `position`, whoever is missing: a lease has passed.
  fileprivate mutating func giveUp(
    through position: Int64
  ) -> [CheckedContinuation<Void, Never>] {
    let done = waiters.filter { $0.position <= position }.map(\.continuation)
    waiters.removeAll { $0.position <= position }
    return done
  }
}
