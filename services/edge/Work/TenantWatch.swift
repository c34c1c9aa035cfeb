import MeshAPI
import MeshKit
import MeshRPC

/// Holds the watch on tenants' states, and tells the gate what changes.
///
/// One run is one stream: it ends with the stream, and the process starts the next.
struct TenantWatch: Worker {
  let name = "tenant watch"
  private let gate: TenantsV1.TenantGateServiceClient
  private let tenants: TenantStates

  /// Watches over `gate` for `tenants`.
  init(_ gate: TenantsV1.TenantGateServiceClient, _ tenants: TenantStates) {
    self.gate = gate
    self.tenants = tenants
  }

  func runOnce() async throws {
    defer { tenants.watchEnded() }
    let watch = try await gate.watchTenantStates()
    var acknowledgement = TenantsV1.WatchTenantStatesRequest()
    try await watch.write(acknowledgement)
    for try await change in watch.responses {
      tenants.apply(change)
      acknowledgement.appliedPosition = change.position
      try await watch.write(acknowledgement)
    }
  }
}
