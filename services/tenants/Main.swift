import MeshAPI
import MeshKit
import MeshSQL

/// The process `tenants`.
@main
enum Main {
  static let definition = ServiceDefinition(
    name: "tenants", summary: "apps, resellers, tenants and where each stands in its life",
    schema: "tenant", settings: Config.all, calls: ["audit", "pool-router"],
    migrations: [
      Migration(
        name: "V001_tenants",
        sql: String(decoding: PackageResources.V001_tenants_sql, as: UTF8.self))
    ])

  static func main() { ServiceProcess.main(definition, assemble) }

  /// Puts the service together.
  @Sendable static func assemble(_ host: ServiceHost) async throws {
    let settings = host.settings
    let store = TenantStore(host.database)
    let limits = try Config.limits(settings)
    let placements = PlacementStore(host.database)
    let placer = PoolPlacer(
      store: placements, pools: PoolsV1.PoolServiceClient(try host.channel(to: "pool-router")),
      timeout: try settings[Config.placementTimeout])
    let lease = try settings[Config.gateLease]
    // Three heartbeats in a lease: one that is late or lost costs a gate nothing.
    let hub = WatchHub<TenantsV1.TenantStateChange>(
      loop: host.loops[0], lease: lease, heartbeat: lease / 3)
    host.whenDraining { hub.close() }
    let gates = TenantGates(
      hub,
      store: GateStore(host.database), tenants: store)

    host.host(
      AppsService(
        store: AppStore(host.database), ledger: host.ledger, limits: limits,
        now: Timestamps.now))
    host.host(
      ResellersService(
        store: ResellerStore(host.database), ledger: host.ledger, limits: limits,
        now: Timestamps.now))
    host.host(gates)
    host.host(
      TenantsService(
        store: store, ledger: host.ledger, placer: placer, gates: gates, limits: limits,
        regions: try Config.catalog(settings), log: host.log, now: Timestamps.now))
    host.work(
      AssignPools(
        store: placements, placer: placer, batch: try settings[Config.placementBatch],
        patience: try Config.placementPatience(settings),
        log: host.log, now: Timestamps.now),
      every: try settings[Config.placementInterval])
    try host.relayEvents()
  }
}
