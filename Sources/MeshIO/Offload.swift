import Glibc
import Synchronization

/// The one door off the loop: a few threads for work that blocks or computes for long.
///
/// Password hashing, name look-up, verification walks and file access go through here; nothing else
/// leaves the loop.
package enum Offload {
  private static let pool = OffloadPool(
    name: "offload", threadsMax: max(2, min(8, Int(sysconf(Int32(_SC_NPROCESSORS_ONLN))))),
    queueMax: 1024)

  /// How busy it is.
  package static var statistics: OffloadStatistics { pool.statistics }

  /// Runs the work on a thread of its own kind and returns its result to the task, wherever that
  /// runs.
  ///
  /// - Throws: what the work throws; `IOError.overloaded` when 1024 pieces wait;
  ///   `CancellationError` when the task is cancelled before the work begins. Work that has begun
  ///   runs to its end.
  package static func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    try await pool.run(work)
  }
}

/// A bounded set of threads with a bounded queue; threads start when there is work and then stay.
package final class OffloadPool: Sendable {
  private struct State {
    var queue: [Callback] = []
    var head = 0
    var threads = 0
    var idle = 0
    var closed = false

    var waiting: Int { queue.count - head }

    mutating func next() -> Callback? {
      guard head < queue.count else { return nil }
      let work = queue[head]
      queue[head] = Callback {}
      head += 1
      if head == queue.count {
        queue.removeAll(keepingCapacity: true)
        head = 0
      } else if head >= 256 {
        queue.removeFirst(head)
        head = 0
      }
      return work
    }
  }

  private let name: String
  private let threadsMax: Int
  private let queueMax: Int
  private let state: Monitor<State>

  /// A pool that starts at most so many threads and keeps at most so many pieces waiting.
  package init(name: String, threadsMax: Int, queueMax: Int) {
    precondition(threadsMax > 0 && queueMax > 0, "a pool has a thread and a place to wait")
    self.name = name
    self.threadsMax = threadsMax
    self.queueMax = queueMax
    self.state = Monitor(State())
  }

  /// Runs the work on one of the threads and returns its result to the task; see
  /// ``Offload/run(_:)``.
  package func run<Value: Sendable>(
    _ work: @escaping @Sendable () throws -> Value
  ) async throws -> Value {
    let cancelled = Flag()
    return try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let refusal = submit {
          guard !cancelled.isRaised else {
            return continuation.resume(throwing: CancellationError())
          }
          continuation.resume(with: Result { try work() })
        }
        if let refusal { continuation.resume(throwing: refusal) }
      }
    } onCancel: {
      cancelled.raise()
    }
  }

  /// How busy it is.
  package var statistics: OffloadStatistics {
    state.change {
      OffloadStatistics(threads: $0.threads, idle: $0.idle, waiting: $0.waiting)
    }
  }

  /// Lets the threads finish what is queued and end; later work is refused.
  ///
  /// The shared pool is never closed.
  package func close() {
    state.change { $0.closed = true }
    state.notifyAll()
  }

  private func submit(_ work: @escaping @Sendable () -> Void) -> IOError? {
    let refusal = startThreadIfNeeded()
    if let refusal { return refusal }
    let queued = state.change { state in
      guard !state.closed, state.waiting < queueMax else { return false }
      state.queue.append(Callback(run: work))
      return true
    }
    guard queued else { return .overloaded(limit: queueMax) }
    state.notify()
    return nil
  }

  /// Sees to it that there is a thread for one more piece, or at least one that will come to it.
  private func startThreadIfNeeded() -> IOError? {
    let needed = state.change { state in
      guard !state.closed, state.idle <= state.waiting, state.threads < threadsMax else {
        return false
      }
      state.threads += 1
      return true
    }
    guard needed else { return nil }
    do throws(IOError) {
      try Thread.start(name) { [self] in serve() }
      return nil
    } catch {
      let left = state.change { state in
        state.threads -= 1
        return state.threads
      }
      return left > 0 ? nil : error
    }
  }

  private func serve() {
    while let work = nextWork() { work.run() }
  }

  private func nextWork() -> Callback? {
    state.wait { state in
      if let work = state.next() { return .ready(work) }
      return state.closed ? .ready(nil) : .wait
    } whileWaiting: { state, waits in
      state.idle += waits ? 1 : -1
    }
  }
}

/// A flag that one thread raises and others see.
private final class Flag: Sendable {
  private let value = Atomic<Bool>(false)

  var isRaised: Bool { value.load(ordering: .acquiring) }

  func raise() {
    value.store(true, ordering: .releasing)
  }
}
