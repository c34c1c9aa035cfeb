package import MeshAPI
package import MeshKit
package import MeshSQL
import Synchronization

/// A service's ledger whose events stay in the outbox, and whose audit service can be out of reach.
package final class TestLedger: Sendable {
  /// What the service under test writes to.
  package let ledger: Ledger
  private let database: Database
  private let silence: Silence

  /// How far the guard's clock has run ahead since the audit service was last heard of.
  private final class Silence: Sendable {
    let duration = Mutex(Duration.zero)
  }

  /// Writes to `database`, whose search path is the service's schema.
  package init(_ database: Database, source: String, clock: TestClock) {
    let silence = Silence()
    // The guard's clock stands still: a busy machine is no silent ledger.
    let start = ContinuousClock.now
    let guardian = LedgerGuard(clock: { start + silence.duration.withLock { $0 } })
    guardian.noteContact()
    self.database = database
    self.silence = silence
    ledger = Ledger(
      database, source: source, guardian: guardian, now: { clock.now }, wakeRelay: {})
  }

  /// From now on the audit service has been silent for longer than any bound.
  package func fallSilent() {
    silence.duration.withLock { $0 = .seconds(3600) }
  }

  /// The events that wait for the relay, in order.
  package func events() async throws -> [EventsV1.Event] {
    var events: [EventsV1.Event] = []
    for row in try await database.query("SELECT event FROM outbox ORDER BY id") {
      events.append(try EventsV1.Event(bytes: try row["event", as: [UInt8].self]))
    }
    return events
  }
}
