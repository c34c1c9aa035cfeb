import Synchronization

/// Several loops, each on its own thread.
package final class EventLoopGroup: Sendable {
  /// Made becomes running or ended; running becomes ended when the last loop has returned.
  private enum State {
    case made
    case running(loopsLeft: Int, waiters: [CheckedContinuation<Void, Never>])
    case ended
  }

  /// The loops, in a fixed order.
  package let loops: [EventLoop]
  private let dealt = Atomic<Int>(0)
  private let state = Monitor(State.made)

  /// Makes the loops, named `name-0`, `name-1`, …; no thread yet.
  ///
  /// - Throws: `IOError.tooManyDescriptors` or what epoll and eventfd refuse with.
  package init(count: Int, name: String) throws(IOError) {
    precondition(count > 0, "a group has a loop")
    var loops: [EventLoop] = []
    for index in 0..<count { loops.append(try EventLoop(name: "\(name)-\(index)")) }
    self.loops = loops
  }

  /// Gives each loop a thread.
  ///
  /// Once in the life of a group.
  ///
  /// - Throws: `IOError.system(.threadCreate)`; the loops that run already are told to stop.
  package func start() throws(IOError) {
    state.change { state in
      guard case .made = state else { preconditionFailure("a group starts once") }
      state = .running(loopsLeft: loops.count, waiters: [])
    }
    for (index, loop) in loops.enumerated() {
      do {
        try Thread.start(loop.name) { [self] in
          loop.run()
          loopsEnded(1)
        }
      } catch {
        loopsEnded(loops.count - index)
        for running in loops[..<index] { running.stop() }
        throw error
      }
    }
  }

  /// A loop for new work, each in its turn.
  ///
  /// Any thread.
  package func next() -> EventLoop {
    let count = dealt.wrappingAdd(1, ordering: .relaxed).oldValue
    return loops[Int(UInt(bitPattern: count) % UInt(loops.count))]
  }

  /// Stops the loops, as ``EventLoop/stop()`` says, and returns when all have ended.
  ///
  /// Safe to call again.
  ///
  /// Call it from outside: a task that lives on one of the loops would wait for its own end.
  package func stop() async {
    precondition(!loops.contains { $0.isCurrent }, "a loop cannot wait for its own end")
    for loop in loops { loop.stop() }
    await withCheckedContinuation { continuation in
      let runsOn = state.change { state in
        guard case .running(let left, let waiters) = state else {
          state = .ended
          return false
        }
        state = .running(loopsLeft: left, waiters: waiters + [continuation])
        return true
      }
      if !runsOn { continuation.resume() }
    }
  }

  private func loopsEnded(_ count: Int) {
    let waiters: [CheckedContinuation<Void, Never>] = state.change { state in
      guard case .running(let left, let waiters) = state else { return [] }
      guard left == count else {
        state = .running(loopsLeft: left - count, waiters: waiters)
        return []
      }
      state = .ended
      return waiters
    }
    for waiter in waiters { waiter.resume() }
  }
}
