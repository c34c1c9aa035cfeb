import Glibc

/// State behind a lock, with a condition that threads can wait for; a loop may change it but never
/// waits.
///
/// POSIX's lock, not `Synchronization.Mutex`, because the thread sanitizer understands it: whatever
/// crosses from one thread to another passes through here.
final class Monitor<State>: @unchecked Sendable {
  /// What a waiter's look at the state has found.
  enum Look<Value> {
    case ready(Value)
    case wait
  }

  // Guarded by `lock`; both pthread objects need an address that never moves.
  private var state: State
  private let lock: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  init(_ state: State) {
    self.state = state
    lock = .allocate(capacity: 1)
    condition = .allocate(capacity: 1)
    pthread_mutex_init(lock, nil)
    pthread_cond_init(condition, nil)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(lock)
    condition.deallocate()
    lock.deallocate()
  }

  /// Changes the state; the body holds a transition and nothing else.
  func change<Value>(_ body: (inout State) -> Value) -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    return body(&state)
  }

  /// Blocks until the look finds what it wants; `whileWaiting` is told when the wait begins (true)
  /// and ends.
  func wait<Value>(
    until look: (inout State) -> Look<Value>, whileWaiting: (inout State, Bool) -> Void
  ) -> Value {
    pthread_mutex_lock(lock)
    defer { pthread_mutex_unlock(lock) }
    while true {
      if case .ready(let value) = look(&state) { return value }
      whileWaiting(&state, true)
      pthread_cond_wait(condition, lock)
      whileWaiting(&state, false)
    }
  }

  /// Lets one waiter look again.
  func notify() {
    pthread_cond_signal(condition)
  }

  /// Lets all waiters look again.
  func notifyAll() {
    pthread_cond_broadcast(condition)
  }
}
