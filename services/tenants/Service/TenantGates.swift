import MeshAPI
import MeshKit
import MeshRPC

/// The gates that watch the tenants' states: a snapshot, then every change, each acknowledged.
struct TenantGates: TenantsV1.TenantGateServiceHandler {
  private let hub: WatchHub<TenantsV1.TenantStateChange>
  private let store: GateStore
  private let tenants: TenantStore

  /// Entries of a snapshot that are read at once.
  static let snapshotPage = 1000

  init(
    _ hub: WatchHub<TenantsV1.TenantStateChange>, store: GateStore, tenants: TenantStore
  ) {
    self.hub = hub
    self.store = store
    self.tenants = tenants
  }

  /// Tells every gate about a tenant that was changed.
  ///
  /// Returns when none of them acts on the state before any more.
  func publish(_ tenant: TenantsV1.Tenant) async {
    await hub.publish(await latest(tenant))
  }

  /// The tenant's state as of now.
  ///
  /// A repeated call answers what it answered first, and that may long have been overtaken.
  private func latest(_ tenant: TenantsV1.Tenant) async -> TenantsV1.TenantStateChange {
    // With the database gone since the commit, the answer is the latest that is known.
    let entry = try? await store.find(TenantID(rawValue: tenant.tenantID))
    return TenantsV1.TenantStateChange(
      tenantID: tenant.tenantID, state: entry.map { .init($0.state) } ?? tenant.state,
      epoch: entry?.epoch ?? tenant.epoch)
  }

  func watchTenantStates(
    _ requests: TypedMessages<TenantsV1.WatchTenantStatesRequest>,
    _ responses: ResponseWriter<TenantsV1.TenantStateChange>, _ call: ServerCall
  ) async throws {
    let lease = GoogleProtobuf.Duration(hub.lease)
    try await hub.serve(
      acknowledgements: requests.map { message throws -> Int64 in message.appliedPosition },
      sendSnapshot: { position in
        try await sendSnapshot(at: position, lease, responses)
      },
      send: { position, change in
        var message = change ?? TenantsV1.TenantStateChange()
        message.position = position
        message.lease = lease
        try await responses.write(message)
      })
  }

  func checkTenant(
    _ request: TenantsV1.CheckTenantRequest, _ call: ServerCall
  ) async throws -> TenantsV1.TenantLifecycle {
    var fields = FieldCheck()
    let id = TenantID(rawValue: fields.uuid(request.tenantID, "tenant_id"))
    try fields.finish()
    guard let tenant = try await tenants.find(id) else {
      throw RPCErrors.notFound("tenant", id.rawValue)
    }
    return TenantsV1.TenantLifecycle(tenant)
  }

  /// Sends every tenant in a state that concerns gates, then the snapshot's end.
  private func sendSnapshot(
    at position: Int64, _ lease: GoogleProtobuf.Duration,
    _ responses: ResponseWriter<TenantsV1.TenantStateChange>
  ) async throws {
    var last: TenantID?
    while true {
      let entries = try await store.rows(after: last, limit: Self.snapshotPage)
      for entry in entries {
        try await responses.write(
          TenantsV1.TenantStateChange(
            position: position, tenantID: entry.tenant.rawValue,
            state: TenantsV1.TenantState(entry.state), epoch: entry.epoch, lease: lease))
      }
      guard entries.count == Self.snapshotPage else { break }
      last = entries.last?.tenant
    }
    try await responses.write(
      TenantsV1.TenantStateChange(position: position, snapshotEnd: true, lease: lease))
  }
}
