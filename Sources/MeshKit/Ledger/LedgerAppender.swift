package import MeshAPI
package import MeshRPC

/// Reports straight to the audit ledger, for a process without a database, and so without an
/// outbox: what is reported is in the ledger when this returns.
package struct LedgerAppender: Sendable {
  private let audit: AuditV1.AuditServiceClient
  private let events: EventMaker
  private let timeout: Duration

  /// Appends to `audit` for the process named `source`, each time within `timeout`.
  package init(
    _ audit: AuditV1.AuditServiceClient, source: String, timeout: Duration,
    now: @escaping @Sendable () -> Micros = Timestamps.now
  ) {
    self.audit = audit
    self.timeout = timeout
    events = EventMaker(source: source, now: now)
  }

  /// Appends the events of a call.
  ///
  /// - Throws: `UNAVAILABLE`, reason `LEDGER_UNREACHABLE`, when the ledger has not taken them: what
  ///   they report must then not happen.
  package func append(_ drafts: [EventDraft], of call: ServerCall) async throws {
    let request = AuditV1.AppendEventsRequest(events: events.events(drafts, of: call))
    do {
      _ = try await audit.appendEvents(request, call.onward(limit: timeout))
    } catch {
      guard [.unavailable, .deadlineExceeded].contains(error.code) else { throw error }
      throw LedgerGuard.unreachable
    }
  }
}
