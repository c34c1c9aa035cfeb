import MeshAPI
import MeshKit
import MeshRPC
import Synchronization

/// A pool router that places everybody on pool 0, or refuses as it is told.
final class FakePoolRouter: PoolsV1.PoolServiceHandler {
  /// One placement that was asked for.
  struct Request: Sendable, Equatable {
    let tenantID: String
    let tier: TenantsV1.Tier
    let region: String
    /// In whose name.
    let caller: String
  }

  private struct State {
    var requests: [Request] = []
    var refusals: [String: RPCError] = [:]
    var refusal: RPCError?
  }

  private let state = Mutex(State())

  /// The placements that were made.
  var placed: [Request] { state.withLock { $0.requests } }

  /// Refuses everybody from now on; nil for nobody.
  func refuse(with error: RPCError?) { state.withLock { $0.refusal = error } }

  /// Refuses one tenant from now on.
  func refuse(_ tenantID: String, with error: RPCError) {
    state.withLock { $0.refusals[tenantID] = error }
  }

  func assignTenant(
    _ request: PoolsV1.AssignTenantRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Route {
    let caller = call.caller.name
    try state.withLock { state in
      if let error = state.refusal ?? state.refusals[request.tenantID] { throw error }
      state.requests.append(
        Request(
          tenantID: request.tenantID, tier: request.tier, region: request.region, caller: caller))
    }
    return PoolsV1.Route(tenantID: request.tenantID, epoch: 1)
  }

  func createPool(
    _ request: PoolsV1.CreatePoolRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Pool { throw RPCError(.unimplemented, "not part of the test") }

  func getPool(
    _ request: PoolsV1.GetPoolRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Pool { throw RPCError(.unimplemented, "not part of the test") }

  func listPools(
    _ request: PoolsV1.ListPoolsRequest, _ call: ServerCall
  ) async throws -> PoolsV1.ListPoolsResponse {
    throw RPCError(.unimplemented, "not part of the test")
  }

  func getRoute(
    _ request: PoolsV1.GetRouteRequest, _ call: ServerCall
  ) async throws -> PoolsV1.Route { throw RPCError(.unimplemented, "not part of the test") }
}
