import MeshAPI
import MeshKit
import MeshRPC

/// Has the pool router place a tenant, and notes that it is done.
struct PoolPlacer: Sendable {
  let store: PlacementStore
  let pools: PoolsV1.PoolServiceClient
  /// How long the pool router may take.
  let timeout: Duration

  /// Places a tenant in the name of whoever provisions it.
  func place(_ waiting: PlacementStore.Unplaced, _ call: ServerCall) async throws {
    try await place(waiting, call.onward(limit: timeout))
  }

  /// Places a tenant in this service's own name.
  func place(_ waiting: PlacementStore.Unplaced) async throws {
    try await place(waiting, .timeout(timeout))
  }

  private func place(
    _ waiting: PlacementStore.Unplaced, _ options: CallOptions
  ) async throws {
    // The same tenant again is answered its placement, so it does not matter who was first.
    _ = try await pools.assignTenant(
      PoolsV1.AssignTenantRequest(
        tenantID: waiting.tenant.rawValue, tier: TenantsV1.Tier(waiting.tier),
        region: waiting.region), options)
    try await store.delete(waiting.tenant)
  }
}
