import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension PoolRouterService {
  /// Places a tenant; one that has its place is answered that, and nothing is reported.
  func assign(
    _ request: PoolsV1.AssignTenantRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Route {
    var fields = FieldCheck()
    let tenant = TenantID(rawValue: fields.uuid(request.tenantID, "tenant_id"))
    let tier = Tier(request.tier)
    fields.require(tier != nil, "tier", "tier \(request.tier.rawValue) is not known")
    // Which regions there are is for the tenants service to say; here a new one just gets pools.
    let region = fields.text(request.region, "region", 1...63)
    try fields.finish()
    return try await ledger.mutate(call, request, requestID: "") { transaction, events in
      var (route, shared) = try await assignments.findForPlacement(
        tenant, in: region, in: transaction)
      if let route { return PoolsV1.Route(route, for: "") }
      var placement = try Placement.decide(tier ?? .shared, in: region, shared: shared)
      if placement.opensShared {
        shared = try await assignments.sharedPoolsForOpening(in: region, in: transaction)
        placement = try Placement.decide(tier ?? .shared, in: region, shared: shared)
      }
      let newcomer = Newcomer(tenant: tenant, region: region, at: now())
      // Admin pool first, always: two placements never wait for each other's rows.
      let admin = try await take(placement.admin, .admin, for: newcomer, transaction, &events)
      let app = try await take(placement.app, .app, for: newcomer, transaction, &events)
      let placed = Route(tenant: tenant, module: "", adminPool: admin, appPool: app, epoch: 1)
      try await assignments.insert(placed, at: newcomer.at, in: transaction)
      events.append(
        EventDraft(
          tenantID: tenant.rawValue, target: EventDraft.Target("tenant", id: tenant.rawValue),
          details: [
            "tier": (tier ?? .shared).rawValue, "region": region,
            "admin_pool": "\(admin.rawValue)", "app_pool": "\(app.rawValue)",
          ]))
      return PoolsV1.Route(placed, for: "")
    }
  }

  /// Where a tenant's module goes.
  func route(_ request: PoolsV1.GetRouteRequest) async throws -> PoolsV1.Route {
    var fields = FieldCheck()
    let tenant = TenantID(rawValue: fields.uuid(request.tenantID, "tenant_id"))
    let module = fields.text(request.module, "module", 0...63)
    try fields.finish()
    guard let route = try await assignments.find(tenant, module: module) else {
      throw RPCErrors.refusal(
        .notFound, reason: "NO_PLACEMENT", "tenant \(tenant.rawValue) has no pools")
    }
    return PoolsV1.Route(route, for: module)
  }

  /// The tenant that is being placed.
  private struct Newcomer {
    let tenant: TenantID
    let region: String
    let at: Micros
  }

  /// Takes one seat: counts the tenant on a shared pool or opens the pool it needs.
  private func take(
    _ seat: Placement.Seat, _ kind: Pool.Kind, for newcomer: Newcomer,
    _ transaction: Transaction, _ events: inout [EventDraft]
  ) async throws -> PoolIndex {
    if case .existing(let index) = seat {
      guard try await pools.join(.init(kind: kind, index: index), in: transaction) else {
        throw PlacementRefusal.poolClosed(kind, index)
      }
      return index
    }
    let pool = try await pools.insert(
      kind, in: newcomer.region, for: seat == .own ? newcomer.tenant : nil, tenants: 1,
      at: newcomer.at, in: transaction)
    events.append(.opened(pool))
    return pool.index
  }
}
