import Synchronization

/// Spans that have ended and wait for the collector: bounded, and what does not fit is counted.
package final class SpanQueue: Sendable {
  private struct State {
    var spans: [TraceSpan] = []
    var dropped = 0
  }

  /// The most spans that wait.
  package let limit: Int
  private let state = Mutex(State())

  /// Holds at most `limit` spans.
  package init(limit: Int) {
    precondition(limit > 0, "a queue holds something")
    self.limit = limit
  }

  /// Spans that did not fit, since the start.
  package var dropped: Int { state.withLock { $0.dropped } }

  /// Spans that wait.
  package var count: Int { state.withLock { $0.spans.count } }

  /// Adds a span, unless the queue is full; how many wait then.
  @discardableResult
  package func add(_ span: TraceSpan) -> Int {
    state.withLock { state in
      if state.spans.count < limit { state.spans.append(span) } else { state.dropped += 1 }
      return state.spans.count
    }
  }

  /// Takes the oldest spans, `count` at most.
  package func take(_ count: Int) -> [TraceSpan] {
    state.withLock { state in
      let taken = Array(state.spans.prefix(count))
      state.spans.removeFirst(taken.count)
      return taken
    }
  }
}
