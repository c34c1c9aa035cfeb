import MeshKit

/// Forgets sessions that ended long ago; what they were is in the ledger.
struct SweepSessions: Worker {
  let name = "session sweep"
  let store: SessionStore
  /// How long sessions are kept from their start, in microseconds.
  let retention: Micros
  /// Sessions of each plane that are forgotten at once.
  let batch: Int
  let now: @Sendable () -> Micros

  /// Forgets everything that is due; answers how many sessions.
  func runOnce() async throws -> Int {
    var forgotten = 0
    while true {
      let count = try await store.delete(before: now() - retention, limit: batch)
      forgotten += count
      guard count > 0 else { return forgotten }
    }
  }
}
