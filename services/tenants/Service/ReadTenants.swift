import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL

extension TenantsService {
  /// One tenant; its own ledger tells it that an operator looked.
  func get(
    _ request: TenantsV1.GetTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant {
    let id = try tenantID(request.tenantID, call)
    let tenant = try await ledger.read(call) { tenant in
      EventDraft(tenantID: tenant.id.rawValue, target: EventDraft.Target(tenant))
    } _: {
      guard let tenant = try await store.find(id) else { throw notFound(id) }
      return tenant
    }
    return TenantsV1.Tenant(tenant)
  }

  /// A page of tenants, newest first; one event for the request, in the platform's ledger.
  func list(
    _ request: TenantsV1.ListTenantsRequest, _ call: ServerCall
  ) async throws -> TenantsV1.ListTenantsResponse {
    let page = try Paging.page(
      size: request.pageSize, token: request.pageToken, list: "tenants",
      parameters: [request.filter], keyParts: 2)
    let key = try ListKey(page)
    let filter = try Filter(request.filter, fields: Self.filterFields)
    let tenants = try await ledger.read(call) { tenants in
      EventDraft(
        target: EventDraft.Target("list", id: "tenants"),
        details: ["filter": request.filter, "count": "\(min(tenants.count, page.limit))"])
    } _: {
      try await store.rows(where: filter.sql, after: key, limit: page.limit + 1)
    }
    let shown = tenants.prefix(page.limit)
    let isLast = tenants.count <= page.limit
    return TenantsV1.ListTenantsResponse(
      tenants: shown.map { TenantsV1.Tenant($0) },
      nextPageToken: page.next(after: isLast ? nil : shown.last.map { ListKey($0).parts }))
  }

  /// One tenant's state; nothing is reported.
  func getState(
    _ request: TenantsV1.GetTenantStateRequest, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle {
    let id = try tenantID(request.tenantID, call)
    guard let tenant = try await store.find(id) else { throw notFound(id) }
    return TenantsV1.TenantLifecycle(tenant)
  }

  /// The tenant that a request names, as far as the caller may name it.
  func tenantID(_ text: String, _ call: ServerCall) throws -> TenantID {
    var fields = FieldCheck()
    let id = fields.uuid(try call.tenantScope(text), "tenant_id")
    try fields.finish()
    return TenantID(rawValue: id)
  }

  func notFound(_ id: TenantID) -> RPCError { RPCErrors.notFound("tenant", id.rawValue) }

  private static let filterFields: [FilterField] = [
    .enumeration(
      "state", column: "state",
      values: Dictionary(
        uniqueKeysWithValues: LifecycleState.allCases.map {
          ($0.rawValue.uppercased(), $0.rawValue)
        })),
    .enumeration("tier", column: "tier", values: ["TIER_S": "S", "TIER_P": "P", "TIER_G": "G"]),
    .text("region", column: "region"),
    .uuid("app_id", column: "app_id"),
    .uuid("reseller_id", column: "reseller_id"),
    .boolean("sandbox", column: "sandbox"),
    .text("display_name", column: "display_name"),
    .text("brand_domain", column: "brand_domain"),
    .timestamp("created_at", column: "created_at"),
  ]
}

extension ListKey {
  init(_ tenant: Tenant) {
    self.init(createdAt: tenant.createdAt, id: tenant.id.rawValue)
  }

  /// Reads where a page begins; nil for the first one.
  init?(_ page: Paging.Page) throws {
    guard let parts = page.after else { return nil }
    guard let key = ListKey(parts) else {
      throw RPCErrors.badRequest([FieldViolation("page_token", "page_token is not one of ours")])
    }
    self = key
  }
}
