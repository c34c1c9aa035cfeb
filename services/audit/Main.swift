import MeshKit
import MeshSQL

/// The process `audit`.
@main
enum Main {
  static let definition = ServiceDefinition(
    name: "audit", summary: "the ledger: one hash chain for each tenant and one for the platform",
    schema: "audit", settings: Config.all,
    migrations: [
      Migration(
        name: "V001_ledger", sql: String(decoding: PackageResources.V001_ledger_sql, as: UTF8.self))
    ])

  static func main() { ServiceProcess.main(definition, assemble) }

  /// Puts the service together.
  @Sendable static func assemble(_ host: ServiceHost) async throws {
    host.host(
      AuditService(
        store: LedgerStore(host.database), limits: try Config.limits(host.settings),
        log: host.log, now: Timestamps.now))
  }
}
