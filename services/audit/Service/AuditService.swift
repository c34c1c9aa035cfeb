import MeshAPI
import MeshKit
import MeshRPC

/// The front desk of the ledger: one line for each RPC.
struct AuditService: AuditV1.AuditServiceHandler {
  let store: LedgerStore
  let limits: AuditLimits
  let log: Log
  let now: @Sendable () -> Micros

  func listEntries(
    _ request: AuditV1.ListEntriesRequest, _ call: ServerCall
  ) async throws -> AuditV1.ListEntriesResponse { try await list(request, call) }

  func verifyLedger(
    _ request: AuditV1.VerifyLedgerRequest, _ call: ServerCall
  ) async throws -> AuditV1.VerifyLedgerResponse { try await verify(request, call) }

  func appendEvents(
    _ request: AuditV1.AppendEventsRequest, _ call: ServerCall
  ) async throws -> AuditV1.AppendEventsResponse { try await append(request) }
}

/// The service's limits as they are set.
struct AuditLimits: Sendable {
  /// Events in one append.
  var batch: Int
  /// Canonical bytes of one event.
  var eventBytes: Int
  /// Entries that a verification reads at once.
  var verifyBatch: Int
  /// Canonical bytes on one page of a list, so that it fits a message.
  var pageBytes: Int
}
