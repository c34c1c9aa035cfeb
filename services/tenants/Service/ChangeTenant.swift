import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension TenantsService {
  func start(
    _ request: TenantsV1.StartTrialRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let id = try tenantID(request.tenantID, call)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(.startTrial, to: id, in: $0, &$1)
      })
  }

  func activate(
    _ request: TenantsV1.ActivateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let id = try tenantID(request.tenantID, call)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(.activate, to: id, in: $0, &$1)
      })
  }

  func suspend(
    _ request: TenantsV1.SuspendTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    var fields = FieldCheck()
    let id = fields.uuid(try call.tenantScope(request.tenantID), "tenant_id")
    let reason = fields.text(request.reason, "reason", 1...limits.reason)
    let cause = SuspensionCause(request.cause)
    fields.require(cause != nil, "cause", "cause \(request.cause.rawValue) is not known")
    try fields.finish()
    let action = LifecycleAction.suspend(reason: reason, cause: cause ?? .other)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(action, to: TenantID(rawValue: id), in: $0, &$1)
      })
  }

  func reinstate(
    _ request: TenantsV1.ReinstateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let id = try tenantID(request.tenantID, call)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(.reinstate, to: id, in: $0, &$1)
      })
  }

  func offboard(
    _ request: TenantsV1.OffboardTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    var fields = FieldCheck()
    let id = fields.uuid(try call.tenantScope(request.tenantID), "tenant_id")
    let reason = fields.text(request.reason, "reason", 1...limits.reason)
    let grace = request.grace?.seconds ?? limits.standardGrace
    if let problem = limits.problem(withGrace: grace) {
      fields.add(FieldViolation("grace", problem))
    }
    try fields.finish()
    let action = LifecycleAction.offboard(reason: reason, grace: grace * 1_000_000)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(action, to: TenantID(rawValue: id), in: $0, &$1)
      })
  }

  func cancel(
    _ request: TenantsV1.CancelOffboardingRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let id = try tenantID(request.tenantID, call)
    return await announced(
      try await ledger.mutate(call, request, requestID: request.requestID) {
        try await apply(.cancelOffboarding, to: id, in: $0, &$1)
      })
  }

  /// Takes the turn, if the tenant's life has it: the one place that writes a state.
  private func apply(
    _ action: LifecycleAction, to id: TenantID, in transaction: Transaction,
    _ events: inout [EventDraft]
  ) async throws -> TenantsV1.Tenant {
    guard let tenant = try await store.findForChange(id, in: transaction) else {
      throw notFound(id)
    }
    let changed = try tenant.applying(action, at: now())
    let origin = tenant.lifecycle.state
    try await store.update(changed, by: action, from: origin, in: transaction)
    let (from, to) = (origin.rawValue, changed.lifecycle.state.rawValue)
    var event = EventDraft(
      tenantID: id.rawValue, target: EventDraft.Target(changed), details: ["from": from, "to": to])
    switch action {
    case .suspend(let reason, let cause):
      event.reason = reason
      event.details = ["from": from, "to": to, "cause": cause.rawValue]
    case .offboard(let reason, _):
      event.reason = reason
      let deadline = changed.lifecycle.deadline.map { Timestamps.rfc3339($0) } ?? ""
      event.details = ["from": from, "to": to, "deadline_at": deadline]
    case .startTrial, .activate, .reinstate, .cancelOffboarding, .completeOffboarding: break
    }
    events.append(event)
    return TenantsV1.Tenant(changed)
  }

  /// Answers a change once no gate acts on the state before it any more.
  private func announced(_ tenant: TenantsV1.Tenant) async -> TenantsV1.Tenant {
    await gates.publish(tenant)
    return tenant
  }
}
