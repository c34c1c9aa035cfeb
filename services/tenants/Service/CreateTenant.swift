import MeshAPI
import MeshKit
import MeshRPC

extension TenantsService {
  /// Provisions a tenant, then places it on its pools.
  ///
  /// The tenant exists from the commit on, so a placement that fails does not fail the call: the
  /// tenant waits in `tenant.unplaced` and the worker goes on.
  func create(
    _ request: TenantsV1.CreateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let tenant = try Tenant.provisioned(
      order(request), as: TenantID(rawValue: NewID.make()), in: regions, at: now())
    let answer = try await ledger.mutate(call, request, requestID: request.requestID) {
      transaction, events in
      try await store.insert(tenant, in: transaction)
      events.append(
        EventDraft(
          tenantID: tenant.id.rawValue, target: EventDraft.Target(tenant),
          details: [
            "app_id": tenant.app.rawValue, "reseller_id": tenant.reseller?.rawValue ?? "",
            "region": tenant.region, "tier": tenant.tier.rawValue,
            "brand_domain": tenant.brandDomain?.rawValue ?? "", "sandbox": "\(tenant.isSandbox)",
          ]))
      return TenantsV1.Tenant(tenant)
    }
    do {
      // A repeated call answers the first tenant: place that one.
      try await placer.place(
        PlacementStore.Unplaced(
          tenant: TenantID(rawValue: answer.tenantID), tier: tenant.tier, region: tenant.region,
          since: tenant.createdAt),
        call)
    } catch {
      log(.warning, "placement postponed", ["tenant": answer.tenantID, "cause": "\(error)"])
    }
    return answer
  }

  private func order(_ request: TenantsV1.CreateTenantRequest) throws -> Tenant.Order {
    var fields = FieldCheck()
    let app = fields.uuid(request.appID, "app_id")
    let name = fields.text(request.displayName, "display_name", 1...limits.displayName)
    fields.require(!request.region.isEmpty, "region", "region is required")
    let tier = Tenant.Tier(request.tier)
    fields.require(tier != nil, "tier", "tier \(request.tier.rawValue) is not known")
    let reseller = fields.optionalUUID(request.resellerID, "reseller_id")
    let domain = BrandDomain(rawValue: request.brandDomain)
    fields.require(
      request.brandDomain.isEmpty || domain != nil, "brand_domain",
      "brand_domain is not a host name: \"\(request.brandDomain.prefix(64))\"")
    try fields.finish()
    return Tenant.Order(
      app: AppID(rawValue: app), reseller: reseller.map(ResellerID.init(rawValue:)),
      displayName: name, region: request.region, tier: tier ?? .shared, brandDomain: domain,
      isSandbox: request.sandbox)
  }
}

extension EventDraft.Target {
  /// A tenant that was acted on.
  init(_ tenant: Tenant) {
    self.init("tenant", id: tenant.id.rawValue, name: tenant.displayName)
  }
}
