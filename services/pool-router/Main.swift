import MeshKit
import MeshSQL

/// The process `pool-router`.
@main
enum Main {
  static let definition = ServiceDefinition(
    name: "pool-router", summary: "pools, and which of them serve each tenant", schema: "pool",
    settings: Config.all, calls: ["audit"],
    migrations: [
      Migration(
        name: "V001_pools", sql: String(decoding: PackageResources.V001_pools_sql, as: UTF8.self))
    ])

  static func main() { ServiceProcess.main(definition, assemble) }

  /// Puts the service together.
  @Sendable static func assemble(_ host: ServiceHost) async throws {
    host.host(
      PoolRouterService(
        pools: PoolStore(host.database), assignments: AssignmentStore(host.database),
        ledger: host.ledger, regions: try Config.poolRegions(host.settings),
        now: Timestamps.now))
    try host.relayEvents()
  }
}
