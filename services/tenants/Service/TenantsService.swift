import MeshAPI
import MeshKit
import MeshRPC

/// The front desk of the tenants: one line for each RPC.
struct TenantsService: TenantsV1.TenantServiceHandler {
  let store: TenantStore
  let ledger: Ledger
  let placer: PoolPlacer
  let gates: TenantGates
  let limits: TenantLimits
  let regions: RegionCatalog
  let log: Log
  let now: @Sendable () -> Micros

  func createTenant(
    _ request: TenantsV1.CreateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await create(request, call) }

  func getTenant(
    _ request: TenantsV1.GetTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await get(request, call) }

  func listTenants(
    _ request: TenantsV1.ListTenantsRequest, _ call: ServerCall
  ) async throws -> TenantsV1.ListTenantsResponse { try await list(request, call) }

  func getTenantState(
    _ request: TenantsV1.GetTenantStateRequest, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle { try await getState(request, call) }

  func startTrial(
    _ request: TenantsV1.StartTrialRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await start(request, call) }

  func activateTenant(
    _ request: TenantsV1.ActivateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await activate(request, call) }

  func suspendTenant(
    _ request: TenantsV1.SuspendTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await suspend(request, call) }

  func reinstateTenant(
    _ request: TenantsV1.ReinstateTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await reinstate(request, call) }

  func offboardTenant(
    _ request: TenantsV1.OffboardTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await offboard(request, call) }

  func cancelOffboarding(
    _ request: TenantsV1.CancelOffboardingRequest, _ call: ServerCall
  ) async throws -> TenantsV1.Tenant { try await cancel(request, call) }
}
