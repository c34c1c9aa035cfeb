package import MeshProto
package import MeshRPC
package import MeshSQL

/// Changes state and reports it, in one transaction: no change without its ledger entry.
///
/// The event waits in the service's outbox until the relay has brought it to the audit ledger.
package struct Ledger: Sendable {
  private let database: Database
  private let events: EventMaker
  private let guardian: LedgerGuard
  private let wakeRelay: @Sendable () -> Void

  /// Writes to `database` for the service named `source`; `wakeRelay` is called after each commit.
  package init(
    _ database: Database, source: String, guardian: LedgerGuard,
    now: @escaping @Sendable () -> Micros = Timestamps.now,
    wakeRelay: @escaping @Sendable () -> Void
  ) {
    self.database = database
    self.events = EventMaker(source: source, now: now)
    self.guardian = guardian
    self.wakeRelay = wakeRelay
  }

  /// Runs a change once for each `requestID`, with its events, all or nothing.
  ///
  /// The same id with the same request answers the first answer for 24 hours; with another request
  /// it is `ALREADY_EXISTS`. `request` stands for the body in that comparison: blank its secrets
  /// first, because its digest is stored. An empty id is no id.
  ///
  /// - Throws: `UNAVAILABLE` when the ledger is out of reach, and whatever `body` throws.
  package func mutate<Response: ProtoMessage>(
    _ call: ServerCall, _ request: some ProtoMessage, requestID: String,
    _ body: (Transaction, inout [EventDraft]) async throws -> Response
  ) async throws -> Response {
    try guardian.check()
    let once = try IdempotencyKey(call, request, requestID: requestID)
    let response = try await database.transaction { transaction in
      if let once, let first: Response = try await once.firstAnswer(transaction) { return first }
      var drafts: [EventDraft] = []
      let response = try await body(transaction, &drafts)
      var statements = Outbox.insertions(events.events(drafts, of: call))
      if let once { statements.append(once.answer(response)) }
      _ = try await transaction.batch(statements)
      return response
    }
    wakeRelay()
    return response
  }

  /// Runs a read; on the operator plane it is answered only once its event is committed.
  ///
  /// Nothing is changed, so the read needs no part in the transaction of its event.
  ///
  /// - Throws: as `mutate`.
  package func read<Response>(
    _ call: ServerCall, _ draft: (Response) -> EventDraft,
    _ body: () async throws -> Response
  ) async throws -> Response {
    let isReported = call.caller.kind == .operator && !call.policy.event.isEmpty
    if isReported { try guardian.check() }
    let response = try await body()
    guard isReported else { return response }
    _ = try await database.batch(Outbox.insertions(events.events([draft(response)], of: call)))
    wakeRelay()
    return response
  }

  /// Reports something that changed nothing here, such as a failed sign-in.
  package func report(_ call: ServerCall, _ drafts: [EventDraft]) async throws {
    _ = try await database.batch(Outbox.insertions(events.events(drafts, of: call)))
    wakeRelay()
  }
}
