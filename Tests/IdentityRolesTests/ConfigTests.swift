import MeshKit
import Testing

@testable import IdentityRoles

@Suite("The settings of identity-roles")
struct ConfigTests {
  private static func settings(_ environment: [String: String]) throws -> Settings {
    try Settings(declared: Config.all, file: nil, environment: environment)
  }

  @Test("the defaults hold together")
  func defaults() throws {
    let rules = try Config.rules(try Self.settings([:]))
    #expect(rules.setup == SetupRule(reservedFor: nil))
    #expect(rules.sessions.operators.absolute == 86_400_000_000)
    #expect(rules.sessions.operators.idle == 1_800_000_000)
    #expect(rules.throttle.threshold == 5)
  }

  @Test("in production somebody must be named for setup")
  func production() throws {
    let unnamed = try Self.settings(["TENANTRY_ENVIRONMENT": "production"])
    #expect(throws: SettingsError.self) { try Config.setupRule(unnamed) }
    let named = try Self.settings([
      "TENANTRY_ENVIRONMENT": "production", "TENANTRY_SETUP_EMAIL": "ada@example.com",
    ])
    #expect(
      try Config.setupRule(named)
        == SetupRule(reservedFor: EmailAddress(rawValue: "ada@example.com")))
  }

  @Test("the session's life is set by its variable, in the syntax of durations")
  func sessionTimeout() throws {
    let settings = try Self.settings(["TENANTRY_ADMIN_SESSION_TIMEOUT": "15m"])
    #expect(try Config.rules(settings).sessions.operators.absolute == 900_000_000)
  }

  private static let malformed = [
    ["TENANTRY_SETUP_EMAIL": "ada"], ["TENANTRY_ENVIRONMENT": "prod"],
    ["TENANTRY_SESSION_IDLE_TIMEOUT": "0s"], ["TENANTRY_PASSWORD_COST": "1"],
  ]

  @Test("a value that breaks its rule is refused", arguments: malformed)
  func refused(_ environment: [String: String]) {
    #expect(throws: SettingsError.self) { try Self.settings(environment) }
  }
}
