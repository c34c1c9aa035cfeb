import CLinux
import Glibc

/// One epoll instance with its waker and its buffer of events.
///
/// `wake` may be called from any thread; everything else from the loop's.
struct Poller: ~Copyable {
  /// The key of the waker's events; no registration has it, for no descriptor is negative.
  static let wakerKey = UInt64.max

  private let descriptor: Int32
  private let waker: Int32
  private let events: UnsafeMutablePointer<clinux_event>

  init() throws(IOError) {
    let descriptor = clinux_poller_create()
    guard descriptor >= 0 else { throw IOError(.epollCreate, code: -descriptor) }
    let waker = clinux_waker_create()
    guard waker >= 0 else {
      clinux_close(descriptor)
      throw IOError(.eventfd, code: -waker)
    }
    let added = clinux_waker_add(descriptor, waker, Self.wakerKey)
    guard added == 0 else {
      clinux_close(waker)
      clinux_close(descriptor)
      throw IOError(.epollControl, code: -added)
    }
    self.descriptor = descriptor
    self.waker = waker
    self.events = .allocate(capacity: Int(CLINUX_EVENTS_MAX))
  }

  deinit {
    events.deallocate()
    clinux_close(waker)
    clinux_close(descriptor)
  }

  /// Waits for events, at most so many milliseconds (-1: for ever), and returns how many there are.
  func wait(milliseconds: Int32) -> Int {
    let count = clinux_poller_wait(descriptor, events, milliseconds)
    precondition(count >= 0, "epoll_wait refused its own descriptor or buffer")
    return Int(count)
  }

  /// One event of the last `wait`.
  func event(_ index: Int) -> (key: UInt64, readiness: Readiness) {
    (events[index].key, Readiness(rawValue: events[index].ready))
  }

  /// Makes the current or the next `wait` return.
  func wake() {
    clinux_waker_wake(waker)
  }

  func add(_ file: Int32, _ interest: Interest, key: UInt64) throws(IOError) {
    let result = clinux_poller_add(descriptor, file, interest.rawValue, key)
    guard result == 0 else { throw IOError(.epollControl, code: -result) }
  }

  func modify(_ file: Int32, _ interest: Interest, key: UInt64) throws(IOError) {
    let result = clinux_poller_modify(descriptor, file, interest.rawValue, key)
    guard result == 0 else { throw IOError(.epollControl, code: -result) }
  }

  /// Forgets the descriptor.
  ///
  /// One that was closed before is forgotten already, and that is no error.
  func remove(_ file: Int32) {
    let result = clinux_poller_remove(descriptor, file)
    precondition(result == 0 || result == -ENOENT || result == -EBADF, "epoll_ctl cannot remove")
  }
}
