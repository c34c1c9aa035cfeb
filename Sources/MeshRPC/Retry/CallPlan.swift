/// What one call that may be repeated consists of, beside its messages.
struct CallPlan: Sendable {
  let next: any Channel
  let method: MethodDescriptor
  let options: CallOptions
  let rules: RepetitionRules
  let budget: RetryBudget

  /// Opens an attempt; `previous` attempts were made before that a handler may have seen.
  func open(previous: Int) async throws(RPCError) -> any ClientStream {
    do {
      return try await next.open(method, options(previous: previous))
    } catch {
      // The channel has tried what it could, so asking it again at once is in vain.
      var error = error
      error.reach = .handler
      throw error
    }
  }

  private static let previousAttempts = "grpc-previous-rpc-attempts"

  /// The options of an attempt that says how many were made before it.
  func options(previous: Int) -> CallOptions {
    guard previous > 0 else { return options }
    var options = options
    // A call that is passed on may bring its caller's count.
    options.metadata = options.metadata.filtered { $0 != Self.previousAttempts }
    options.metadata.add("\(previous)", for: Self.previousAttempts)
    return options
  }

  /// Whether an attempt after `pause` would still be within the deadline.
  func isInTime(_ pause: Duration) -> Bool {
    guard let deadline = options.deadline else { return true }
    return pause < deadline.remaining
  }

  /// Counts the outcome of the attempt whose answer the caller gets.
  func count(_ stream: any ClientStream, retryable: Set<StatusCode>) {
    guard budget.counts else { return }
    stream.onEnd { [budget] end in
      if end.status.code == .ok {
        budget.succeeded()
      } else if end.hadHeaders, retryable.contains(end.status.code) {
        // A failure without headers has been counted where it was decided on.
        budget.withTokens { $0?.failed() }
      }
    }
  }
}

/// Within which bounds, and by what clock and chance, calls are repeated.
package struct RepetitionRules: Sendable {
  /// The payloads that are kept for a further attempt, in bytes for each call; a call that sends
  /// more is not repeated (gRPC core's own limit is the same).
  package var bufferBytes = 256 << 10
  /// Whether a method's call with this first message may be executed twice; asked only after a
  /// failure.
  package var mayRepeat: @Sendable (MethodDescriptor, WireMessage) -> Bool = { _, _ in true }
  /// Waits; throws when it is cancelled.
  package var pause: @Sendable (Duration) async throws -> Void = { duration in
    try await ContinuousClock().sleep(for: duration)
  }
  /// A number from 0 to 1, each equally likely.
  package var jitter: @Sendable () -> Double = { Double.random(in: 0..<1) }

  /// The bounds of gRPC core, the real clock and real chance.
  package init() {}
}
