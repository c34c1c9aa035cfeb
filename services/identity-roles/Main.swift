import MeshAPI
import MeshKit
import MeshSQL

/// The process `identity-roles`.
@main
enum Main {
  static let definition = ServiceDefinition(
    name: "identity-roles", summary: "who calls: operators, members, roles and sessions",
    schema: "accounts", settings: Config.all, calls: ["audit", "tenants"],
    migrations: [
      Migration(
        name: "V001_accounts",
        sql: String(decoding: PackageResources.V001_accounts_sql, as: UTF8.self)),
      Migration(
        name: "V002_tenant_tokens",
        sql: String(decoding: PackageResources.V002_tenant_tokens_sql, as: UTF8.self)),
    ])

  static func main() { ServiceProcess.main(definition, assemble) }

  /// Puts the service together.
  @Sendable static func assemble(_ host: ServiceHost) async throws {
    let settings = host.settings
    let tenants = TenantDirectory(
      tenants: TenantsV1.TenantGateServiceClient(try host.channel(to: "tenants")),
      timeout: try settings[Config.tenantTimeout],
      supportURL: try settings[Config.supportURL])
    let hub = WatchHub<IdentityV1.SessionChange>(
      loop: host.loops[0], lease: try settings[Config.watchLease])
    host.whenDraining { hub.close() }
    let desk = FrontDesk(
      host.database, ledger: host.ledger, rules: try Config.rules(settings),
      passwords: try Config.passwords(settings), tenants: tenants,
      hub: hub,
      maxAge: try settings[Config.introspectMaxAge].micros, now: Timestamps.now)
    for service in desk.services { host.host(service) }
    host.work(
      SweepSessions(
        store: desk.sessions, retention: try settings[Config.sessionRetention].micros,
        batch: try settings[Config.sweepBatch], now: Timestamps.now),
      every: try settings[Config.sweepInterval])
    try host.relayEvents()
  }
}
