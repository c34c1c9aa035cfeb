import MeshKit

/// The edge: authenticates callers and forwards what the policy allows.
@main
struct Main {
  static func main() {
    ServiceProcess.main(
      ServiceDefinition(
        name: "edge", summary: "authenticates callers and forwards what the policy allows",
        settings: Config.all, calls: ["identity-roles", "tenants", "pool-router", "audit"])
    ) { host in
      try await EdgeAssembly(host).start()
    }
  }
}
