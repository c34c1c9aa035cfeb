import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC

extension AuditService {
  func verify(
    _ request: AuditV1.VerifyLedgerRequest, _ call: ServerCall
  ) async throws -> AuditV1.VerifyLedgerResponse {
    let scope = try call.tenantScope(request.tenantID)
    let ledger = try ledger(named: scope)
    let end = try await store.end(of: ledger)
    // A tenant without a ledger is nobody. The platform always has one.
    guard end.head != nil || end.lastSequence != nil || ledger == .platform else {
      throw RPCErrors.notFound("ledger", ledger.description)
    }
    let walk = try await walk(ledger, to: end)
    if let damage = walk.damage {
      log(
        .error, "a ledger is damaged",
        [
          "ledger": "\(ledger)", "sequence": "\(damage.sequence)", "kind": "\(damage.kind)",
          "cause": damage.description,
        ])
    }
    return AuditV1.VerifyLedgerResponse(ledger, walk)
  }

  /// Reads the ledger stretch by stretch and hashes off the loop.
  ///
  /// The next stretch is on its way meanwhile. Entries recorded after `end` was read are not
  /// looked at.
  private func walk(
    _ ledger: LedgerID, to end: LedgerEnd
  ) async throws -> LedgerWalk<SHA256> {
    var walk = LedgerWalk<SHA256>(ledger, readColumns: EntryColumns.read)
    let last = max(end.head?.sequence ?? 0, end.lastSequence ?? 0)
    var rows = try await store.entries(
      of: ledger, after: 0, through: last, limit: limits.verifyBatch)
    while let lastRow = rows.last {
      let sequence = try lastRow["sequence", as: Int64.self]
      async let following = store.entries(
        of: ledger, after: sequence, through: last, limit: limits.verifyBatch)
      walk = try await Offload.run { [rows, walk] in
        var walk = walk
        for row in rows { guard walk.take(try LedgerEntry(row)) else { break } }
        return walk
      }
      guard walk.damage == nil else { return walk }
      rows = try await following
    }
    walk.finish(at: end.head)
    return walk
  }
}
