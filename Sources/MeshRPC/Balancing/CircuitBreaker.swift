import Synchronization

/// Refuses calls beyond a number of open ones, so that a slow service cannot gather its callers'
/// memory (gRFC A32).
///
/// Any thread.
package final class CircuitBreaker: Sendable {
  private let limit: Int
  private let open = Atomic<Int>(0)

  /// Allows `limit` open calls.
  package init(limit: Int) { self.limit = limit }

  /// Counts a call that begins; false, and not counted, when there are too many.
  package func enter() -> Bool {
    guard open.wrappingAdd(1, ordering: .relaxed).newValue <= limit else {
      open.wrappingSubtract(1, ordering: .relaxed)
      return false
    }
    return true
  }

  /// Counts the end of a call that has entered.
  package func leave() { open.wrappingSubtract(1, ordering: .relaxed) }

  /// What a refused caller is told.
  package var refusal: RPCError {
    RPCError(
      .unavailable, "\(limit) calls to the service are open, which is the limit", reach: .client)
  }
}
