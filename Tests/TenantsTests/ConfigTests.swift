import MeshKit
import Testing

@testable import Tenants

@Suite("Settings of the service")
struct ConfigTests {
  private static func settings(_ file: String = "") throws -> Settings {
    try Settings(declared: Config.all, file: file, environment: [:])
  }

  @Test("the defaults are those of the contract")
  func defaults() throws {
    let settings = try Self.settings()
    #expect(try Config.limits(settings) == TenantLimits())
    #expect(try Config.placementPatience(settings) == 4_000_000)
    let regions = try Config.catalog(settings)
    #expect(try !regions.region("eu-west-1").isSovereign)
    #expect(try regions.region("us-gov-west-1").isSovereign)
  }

  @Test("what is set holds")
  func set() throws {
    let settings = try Self.settings(
      """
      display-name-limit = 40
      offboarding-grace = 7d
      regions = here-1, there-1
      sovereign-regions =
      """)
    let limits = try Config.limits(settings)
    #expect(limits.displayName == 40 && limits.standardGrace == 7 * 86_400)
    #expect(try Config.catalog(settings).codes == ["here-1", "there-1"])
  }

  @Test("a grace beyond its bounds is refused")
  func bounds() {
    #expect(throws: SettingsError.self) { try Self.settings("offboarding-grace = 366d") }
  }
}
