import Synchronization

/// What a subscriber to a channel hears.
package enum Notification: Sendable, Equatable {
  /// From now on notifications arrive; those sent before may be lost. Read the state now.
  ///
  /// It comes first of all, after each new connection, and when the subscriber was too slow.
  case gap
  /// A notification's payload.
  case message(String)
}

/// The notifications on one channel, for one reader.
///
/// It never ends by itself except when the database is shut down. A reader that stops, or lets go
/// of it, is unsubscribed.
package struct Notifications: AsyncSequence, Sendable {
  /// One notification, or the word that some may be missing.
  package typealias Element = Notification
  /// A subscription does not fail; it reconnects.
  package typealias Failure = Never

  let subscription: Subscription

  /// Takes the notifications from where the last iterator stopped.
  package func makeAsyncIterator() -> Iterator {
    Iterator(subscription: subscription)
  }

  /// Waits for one notification after the other.
  package struct Iterator: AsyncIteratorProtocol {
    fileprivate let subscription: Subscription

    /// The next notification; nil when the task is cancelled or the database shut down.
    package mutating func next() async -> Notification? {
      await subscription.next()
    }
  }
}

/// The queue between the listener's loop and one reader's task.
final class Subscription: Sendable {
  private struct State {
    var queue: NotificationQueue
    var waiter: CheckedContinuation<Notification?, Never>?
    var isEnded = false
  }

  private let state: Mutex<State>
  private let onEnd: @Sendable () -> Void

  init(limit: Int, onEnd: @escaping @Sendable () -> Void) {
    state = Mutex(State(queue: NotificationQueue(limit: limit)))
    self.onEnd = onEnd
  }

  deinit {
    onEnd()
  }

  func push(_ notification: Notification) {
    let waiter = state.withLock { state in
      guard !state.isEnded, state.waiter == nil else { return state.waiter.take() }
      state.queue.push(notification)
      return nil
    }
    waiter?.resume(returning: notification)
  }

  func end() {
    let waiter = state.withLock { state in
      state.isEnded = true
      return state.waiter.take()
    }
    waiter?.resume(returning: nil)
  }

  func next() async -> Notification? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let ready: Notification?? = state.withLock { state in
          if let next = state.queue.pop() { return .some(next) }
          guard !state.isEnded, !Task.isCancelled else { return .some(nil) }
          precondition(state.waiter == nil, "a subscription has one reader")
          state.waiter = continuation
          return nil
        }
        if let ready { continuation.resume(returning: ready) }
      }
    } onCancel: {
      state.withLock { $0.waiter.take() }?.resume(returning: nil)
    }
  }
}

/// A bounded queue that turns into a single gap when it overflows.
struct NotificationQueue {
  private let limit: Int
  private var items = Ring<Notification>()

  init(limit: Int) {
    self.limit = max(1, limit)
  }

  var count: Int { items.count }

  mutating func push(_ notification: Notification) {
    // A gap tells the reader to read everything anew, so what waited before it has no worth.
    if notification == .gap || items.count >= limit {
      _ = items.removeAll()
      items.append(.gap)
    } else {
      items.append(notification)
    }
  }

  mutating func pop() -> Notification? {
    items.popFirst()
  }
}
