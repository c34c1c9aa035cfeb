package import MeshAPI
import MeshProto
import MeshRPC
package import MeshSQL

/// Brings the outbox's events to the audit ledger, in order, each exactly once.
///
/// An event leaves the outbox in the transaction that follows the ledger's answer; if that is lost,
/// it is sent again and the ledger knows its id.
package struct OutboxRelay: Worker {
  /// What one run did.
  package struct Result: Sendable, Equatable {
    /// Events that are in the ledger now.
    package var relayed = 0
    /// Old answers that were forgotten.
    package var forgotten = 0
  }

  /// Knobs of the relay.
  package struct Config: Sendable {
    /// Events in one append; the ledger takes 1000 at most.
    package var batch = 500
    /// How long one append may take.
    package var timeout = Duration.seconds(4)
    /// How long an answer is kept for its request id.
    package var answersKept = Duration.seconds(24 * 3600)

    /// The defaults.
    package init() {}
  }

  /// The relay's name in logs.
  package let name = "outbox relay"
  private let database: Database
  private let audit: AuditV1.AuditServiceClient
  private let guardian: LedgerGuard
  private let config: Config

  /// Relays from `database` to `audit`, and tells `guardian` of every contact.
  package init(
    _ database: Database, to audit: AuditV1.AuditServiceClient, guardian: LedgerGuard,
    config: Config = Config()
  ) {
    self.database = database
    self.audit = audit
    self.guardian = guardian
    self.config = config
  }

  /// Relays everything that waits; with nothing waiting it only asks the ledger for a sign of life.
  package func runOnce() async throws -> Result {
    var result = Result()
    while true {
      let relayed = try await relayBatch()
      result.relayed += relayed
      if relayed < config.batch { break }
    }
    result.forgotten = try await forgetOldAnswers()
    return result
  }

  private func relayBatch() async throws -> Int {
    try await database.transaction { transaction in
      // One relay at a time for a service, however many replicas it has: order within a tenant.
      // The others send nothing, which still tells them that the ledger is there.
      let results = try await transaction.batch([
        "SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || '.outbox'))",
        "SELECT id, event FROM outbox ORDER BY id LIMIT \(config.batch)",
      ])
      let isMine = try results[0].one().decode(Bool.self)
      var ids: [Int64] = []
      var request = AuditV1.AppendEventsRequest()
      for row in results[1] where isMine {
        let (id, bytes) = try row.decode(Int64.self, [UInt8].self)
        ids.append(id)
        request.events.append(try EventsV1.Event(bytes: bytes))
      }
      _ = try await audit.appendEvents(request, .timeout(config.timeout))
      guardian.noteContact()
      if !ids.isEmpty { try await transaction.execute("DELETE FROM outbox WHERE id = ANY(\(ids))") }
      return ids.count
    }
  }

  private func forgetOldAnswers() async throws -> Int {
    let seconds = config.answersKept.components.seconds
    return try await database.execute(
      """
      DELETE FROM idempotency WHERE ctid IN (
        SELECT ctid FROM idempotency
        WHERE created_at < now() - make_interval(secs => \(Double(seconds))) LIMIT 1000)
      """)
  }
}
