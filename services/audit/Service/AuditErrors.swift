import MeshKit
import MeshRPC

extension AppendRefusal: RPCErrorConvertible {
  /// `FAILED_PRECONDITION` with the reason for programs.
  var rpcError: RPCError {
    switch self {
    case .eventIDReused(let id):
      RPCErrors.refusal(
        .failedPrecondition, reason: "EVENT_ID_REUSED", description, metadata: ["event_id": id])
    }
  }
}

extension AuditService {
  /// The ledger that a request names: `platform`, or a tenant's id.
  func ledger(named name: String) throws -> LedgerID {
    if name == LedgerID.platform.description { return .platform }
    var fields = FieldCheck()
    let id = fields.uuid(name, "tenant_id")
    try fields.finish()
    guard let ledger = LedgerID(tenant: id) else { throw RPCErrors.notFound("ledger", id) }
    return ledger
  }
}
