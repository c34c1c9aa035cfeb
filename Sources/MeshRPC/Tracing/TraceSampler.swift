/// Decides which traces are recorded.
///
/// By the parent where there is one: a trace is recorded as a whole or not at all. Else by the
/// trace's id, so that all who see the id decide alike.
package struct TraceSampler: Sendable, Equatable {
  private let bound: UInt64
  private let isAll: Bool

  /// Records `ratio` (0 to 1) of the traces that begin here.
  package init(ratio: Double) {
    precondition((0...1).contains(ratio), "a ratio is 0 to 1")
    isAll = ratio == 1
    bound = isAll ? .max : UInt64(ratio * 0x1p64)
  }

  /// Whether the trace is recorded.
  package func decide(parent: TraceContext?, traceID: TraceID) -> Bool {
    if let parent { return parent.isSampled }
    return isAll || traceID.low < bound
  }
}
