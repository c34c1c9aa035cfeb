import MeshKit

/// The edge: authenticates callers and forwards what the policy allows.
@main
enum Main {
  static let definition = ServiceDefinition(
    name: "edge", summary: "authenticates callers and forwards what the policy allows",
    settings: Config.all, calls: ["identity-roles", "tenants", "pool-router", "audit"],
    accessLog: .info)

  static func main() { ServiceProcess.main(definition, assemble) }

  /// Puts the edge together and opens both planes.
  @Sendable static func assemble(_ host: ServiceHost) async throws {
    try await EdgeAssembly(host).start()
  }
}
