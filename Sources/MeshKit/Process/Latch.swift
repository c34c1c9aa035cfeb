import Glibc
import Synchronization

/// Holds a thread until somebody lets it go: the main thread waits here while the loops work.
///
/// A pipe, because a thread may block on it without a lock that a task could meet.
final class Latch: Sendable {
  private let reading: Int32
  private let writing: Int32
  private let outcome = Mutex<(any Error)?>(nil)

  init() {
    var ends: [Int32] = [0, 0]
    precondition(pipe(&ends) == 0, "a process can open one pipe at its start")
    (reading, writing) = (ends[0], ends[1])
  }

  deinit {
    close(reading)
    close(writing)
  }

  /// Lets the thread go.
  func open(_ error: (any Error)?) {
    outcome.withLock { $0 = error }
    var byte: UInt8 = 0
    _ = write(writing, &byte, 1)
  }

  /// Waits; answers what `open` was given.
  func wait() -> (any Error)? {
    var byte: UInt8 = 0
    while read(reading, &byte, 1) < 0, errno == EINTR {}
    return outcome.withLock { $0 }
  }
}
