import MeshAPI
import MeshKit
import MeshRPC

/// The front desk of the pools: one line for each RPC.
struct PoolRouterService: PoolsV1.PoolServiceHandler {
  let pools: PoolStore
  let assignments: AssignmentStore
  let ledger: Ledger
  let regions: PoolRegions
  let now: @Sendable () -> Micros

  func createPool(
    _ request: PoolsV1.CreatePoolRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Pool { try await create(request, call) }

  func getPool(
    _ request: PoolsV1.GetPoolRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Pool { try await get(request) }

  func listPools(
    _ request: PoolsV1.ListPoolsRequest, _ call: ServerCall
  ) async throws -> PoolsV1.ListPoolsResponse { try await list(request) }

  func getRoute(
    _ request: PoolsV1.GetRouteRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Route { try await route(request) }

  func assignTenant(
    _ request: PoolsV1.AssignTenantRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Route { try await assign(request, call) }
}
