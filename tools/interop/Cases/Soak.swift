/// Runs a call again and again and counts what was slow or failed.
package struct Soak: Sendable {
  /// How often.
  package var iterations: Int
  /// How many may fail.
  package var failures: Int
  /// What an iteration may take; a longer one has failed.
  package var latency: Duration
  /// What all of them may take.
  package var timeout: Duration
  /// The least time from one start to the next.
  package var pause: Duration

  /// Makes a plan.
  package init(
    iterations: Int, failures: Int, latency: Duration, timeout: Duration, pause: Duration
  ) {
    self.iterations = iterations
    self.failures = failures
    self.latency = latency
    self.timeout = timeout
    self.pause = pause
  }

  /// Runs `call` to plan; throws when too many failed, or the time was over.
  func run(_ call: () async throws -> Void) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    var failed: [String] = []
    for iteration in 1...max(1, iterations) {
      guard clock.now < start + timeout else {
        throw CaseFailure(description: "only \(iteration - 1) of \(iterations) in \(timeout)")
      }
      let begin = clock.now
      do {
        try await call()
        let taken = begin.duration(to: clock.now)
        if taken > latency { failed.append("iteration \(iteration) took \(taken)") }
      } catch {
        failed.append("iteration \(iteration): \(error)")
      }
      if pause > .zero { try await clock.sleep(until: begin + pause) }
    }
    guard failed.count <= failures else {
      throw CaseFailure(
        description: "\(failed.count) of \(iterations) failed: "
          + failed.prefix(3).joined(separator: "; "))
    }
  }
}
