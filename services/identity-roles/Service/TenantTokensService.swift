import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL

/// The front desk of the tokens for one tenant's lifecycle: one line for each RPC.
struct TenantTokensService: IdentityV1.TenantTokenServiceHandler {
  let store: SessionStore
  let issuer: SessionIssuer
  let tenants: TenantDirectory
  let gates: SessionGates
  let ledger: Ledger
  let rules: IdentityRules
  let now: @Sendable () -> Micros

  func createTenantToken(
    _ request: IdentityV1.CreateTenantTokenRequest, _ call: ServerCall
  ) async throws -> IdentityV1.CreateTenantTokenResponse { try await create(request, call) }

  func revokeTenantToken(
    _ request: IdentityV1.RevokeTenantTokenRequest, _ call: ServerCall
  ) async throws -> IdentityV1.RevokeTenantTokenResponse { try await revoke(request, call) }
}

extension TenantTokensService {
  /// Makes a token; its maker's permissions bound it now and at every later use.
  private func create(
    _ request: IdentityV1.CreateTenantTokenRequest, _ call: ServerCall
  ) async throws -> IdentityV1.CreateTenantTokenResponse {
    var fields = FieldCheck()
    let tenant = TenantID(rawValue: fields.uuid(request.tenantID, "tenant_id"))
    let reason = fields.text(request.reason, "reason", 1...rules.reasonLimit)
    let lifetime = request.lifetime?.seconds ?? rules.tokens.standard
    if let problem = rules.tokens.problem(withLifetime: lifetime) {
      fields.add(FieldViolation("lifetime", problem))
    }
    let asked = Set(request.permissions)
    let known = RoleTable.ofTenantTokens
    fields.require(
      asked.isSubset(of: known), "permissions",
      "permissions may be \(known.sorted().joined(separator: ", "))")
    try fields.finish()
    try await tenants.require(tenant, call)

    let time = now()
    let scope = TokenScope(
      tenant: tenant,
      permissions: (asked.isEmpty ? known : asked).intersection(call.caller.permissions),
      expiresAt: time + lifetime * 1_000_000)
    let new = issuer.newSession()
    return try await ledger.mutate(call, request, requestID: "") { transaction, events in
      try await store.insert(
        new.id, of: OperatorID(rawValue: call.caller.id), scope,
        tokenHash: SHA256.digest(of: new.token.text), ip: call.caller.ip, at: time,
        in: transaction)
      events.append(
        EventDraft(
          tenantID: tenant.rawValue, target: .init("tenant token", id: new.id.rawValue),
          reason: reason,
          details: [
            "permissions": scope.permissions.sorted().joined(separator: " "),
            "expires_at": Timestamps.rfc3339(scope.expiresAt),
          ]))
      return IdentityV1.CreateTenantTokenResponse(
        token: new.token.text, tokenID: new.id.rawValue, tenantID: tenant.rawValue,
        permissions: scope.permissions.sorted(), expiresAt: .init(micros: scope.expiresAt))
    }
  }

  /// Ends a token; ending an ended one changes nothing.
  private func revoke(
    _ request: IdentityV1.RevokeTenantTokenRequest, _ call: ServerCall
  ) async throws -> IdentityV1.RevokeTenantTokenResponse {
    var fields = FieldCheck()
    let id = SessionID(rawValue: fields.uuid(request.tokenID, "token_id"))
    try fields.finish()
    guard let token = try await store.findTenantToken(id), let scope = token.scope else {
      throw RPCErrors.notFound("tenant token", id.rawValue)
    }
    let response = try await ledger.mutate(call, request, requestID: "") { transaction, events in
      if try await store.end(id, of: token.account, at: now(), in: transaction) {
        events.append(
          EventDraft(
            tenantID: scope.tenant.rawValue, target: .init("tenant token", id: id.rawValue)))
      }
      return IdentityV1.RevokeTenantTokenResponse()
    }
    await gates.publish(id)
    return response
  }
}
