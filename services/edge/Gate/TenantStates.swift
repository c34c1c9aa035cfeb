import MeshAPI
import MeshKit
import MeshRPC
import Synchronization

/// Which tenants' members are locked out: told by the tenants service's watch, or asked for when
/// the watch is not live.
final class TenantStates: Sendable {
  private struct Known {
    var state: TenantsV1.TenantState
    var epoch: Int64

    var isLockedOut: Bool { [.suspended, .offboarding, .offboarded].contains(state) }
  }

  /// How many changed but free tenants are kept at the most.
  private static let freeLimit = 10_000

  private struct State {
    /// The locked ones, and those that changed lately.
    var tenants: [String: Known] = [:]
    var lease = WatchLease()
    var isComplete = false
    var sweepAt = TenantStates.freeLimit
  }

  private let gate: TenantsV1.TenantGateServiceClient
  private let timeout: Duration
  private let supportURL: String
  private let state = Mutex(State())

  /// Asks `gate` when the watch is not live; refusals name `supportURL`.
  init(gate: TenantsV1.TenantGateServiceClient, timeout: Duration, supportURL: String) {
    self.gate = gate
    self.timeout = timeout
    self.supportURL = supportURL
  }

  /// Throws `PERMISSION_DENIED`, reason `TENANT_SUSPENDED` and the like, when the tenant's members
  /// are locked out, and `UNAVAILABLE` when that cannot be found out.
  func check(_ tenantID: String) async throws {
    switch try await current(tenantID) {
    case .suspended: throw refusal("TENANT_SUSPENDED", "this workspace is suspended")
    case .offboarding: throw refusal("TENANT_OFFBOARDING", "this workspace is being closed")
    case .offboarded: throw refusal("TENANT_OFFBOARDED", "this workspace is closed")
    default: return
    }
  }

  private func current(_ tenantID: String) async throws -> TenantsV1.TenantState {
    let known = state.withLock { state -> TenantsV1.TenantState? in
      guard state.isComplete, state.lease.holds(at: .now) else { return nil }
      return state.tenants[tenantID]?.state ?? .active
    }
    if let known { return known }
    var request = TenantsV1.CheckTenantRequest()
    request.tenantID = tenantID
    return try await gate.checkTenant(request, .timeout(timeout)).state
  }

  private func refusal(_ reason: String, _ text: String) -> RPCError {
    RPCErrors.refusal(
      .permissionDenied, reason: reason, "\(text); contact support: \(supportURL)",
      metadata: ["support": supportURL])
  }

  /// A message of the watch came.
  func apply(_ change: TenantsV1.TenantStateChange) {
    state.withLock { state in
      state.lease.renew(for: change.lease?.duration ?? .zero, at: .now)
      if change.snapshotEnd { state.isComplete = true }
      guard !change.tenantID.isEmpty else { return }
      guard change.epoch >= state.tenants[change.tenantID]?.epoch ?? 0 else { return }
      state.tenants[change.tenantID] = Known(state: change.state, epoch: change.epoch)
      if state.tenants.count > state.sweepAt {
        // The free ones were kept only so that a change overtaken by a later one is known as old.
        state.tenants = state.tenants.filter { $0.value.isLockedOut }
        state.sweepAt = state.tenants.count + Self.freeLimit
      }
    }
  }

  /// The watch is gone.
  func watchEnded() { state.withLock { $0 = State() } }
}
