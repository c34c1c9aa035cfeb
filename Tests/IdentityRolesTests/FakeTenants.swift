import MeshAPI
import MeshRPC
import Synchronization

/// The service `tenants` as far as identity asks it.
final class FakeTenants: TenantsV1.TenantGateServiceHandler {
  private let states = Mutex<[String: TenantsV1.TenantState]>([:])
  private let isDown = Mutex(false)

  /// Puts a tenant into a state; a tenant that was never put anywhere is none.
  func set(_ tenantID: String, _ state: TenantsV1.TenantState) {
    states.withLock { $0[tenantID] = state }
  }

  /// Answers nobody from now on.
  func goDown() { isDown.withLock { $0 = true } }

  func watchTenantStates(
    _ requests: TypedMessages<TenantsV1.WatchTenantStatesRequest>,
    _ responses: ResponseWriter<TenantsV1.TenantStateChange>, _ call: ServerCall
  ) async throws {
    throw RPCError(.unimplemented, "identity does not watch")
  }

  func checkTenant(
    _ request: TenantsV1.CheckTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle {
    guard !isDown.withLock({ $0 }) else { throw RPCError(.unavailable, "down") }
    guard let state = states.withLock({ $0[request.tenantID] }) else {
      throw RPCError(.notFound, "tenant \(request.tenantID) not found")
    }
    return TenantsV1.TenantLifecycle(tenantID: request.tenantID, state: state)
  }
}
