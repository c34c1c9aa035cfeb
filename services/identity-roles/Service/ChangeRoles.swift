import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension OperatorsService {
  func grant(
    _ request: IdentityV1.GrantRoleRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator {
    var fields = FieldCheck()
    let id = OperatorID(rawValue: fields.uuid(request.operatorID, "operator_id"))
    let role = fields.role(request.role)
    let reason = fields.text(request.reason, "reason", 1...rules.reasonLimit)
    try fields.finish()
    let change = RoleChange.grant(role)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(change, to: id, reason: reason, call, in: $0, &$1)
      })
  }

  func revoke(
    _ request: IdentityV1.RevokeRoleRequest, _ call: ServerCall
  ) async throws -> IdentityV1.Operator {
    var fields = FieldCheck()
    let id = OperatorID(rawValue: fields.uuid(request.operatorID, "operator_id"))
    let role = fields.role(request.role)
    let reason = fields.text(request.reason, "reason", 1...rules.reasonLimit)
    try fields.finish()
    let change = RoleChange.revoke(role)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(change, to: id, reason: reason, call, in: $0, &$1)
      })
  }

  /// Changes the operator's roles, if the rules let the caller: the one place that writes a grant.
  private func apply(
    _ change: RoleChange, to id: OperatorID, reason: String, _ call: ServerCall,
    in transaction: Transaction, _ events: inout [EventDraft]
  ) async throws -> IdentityV1.Operator {
    let time = now()
    guard
      var account = try await store.findForChange(
        id, at: time, rules.sessions.operators, in: transaction)
    else { throw RPCErrors.notFound("operator", id.rawValue) }
    let superusers =
      change.role == .superuser ? try await store.lockSuperusers(in: transaction) : 0
    let actor = OperatorID(rawValue: call.caller.id)
    account.roles = try change.applied(
      to: account.roles, by: try await store.roles(of: actor, in: transaction),
      superusers: superusers)
    switch change {
    case .grant(let role):
      try await store.grant(
        role, to: id, by: actor, reason: reason, at: time, in: transaction)
    case .revoke(let role):
      try await store.revoke(role, from: id, in: transaction)
    }
    events.append(
      EventDraft(
        target: EventDraft.Target(account), reason: reason,
        details: ["role": change.role.rawValue]))
    return IdentityV1.Operator(account)
  }

  /// Answers a change once no edge acts on the roles before it any more.
  private func announced(_ account: IdentityV1.Operator) async -> IdentityV1.Operator {
    await gates.publish(.operator(OperatorID(rawValue: account.operatorID)))
    return account
  }
}
