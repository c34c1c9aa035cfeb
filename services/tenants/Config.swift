import MeshKit

/// Every knob of the service.
enum Config {
  static let displayNameLimit = Setting(
    "display-name-limit", default: 80, in: 1...500, unit: "characters",
    why: "a tenant's name must fit a table's column and a banner's line")
  static let nameLimit = Setting(
    "name-limit", default: 80, in: 1...500, unit: "characters",
    why: "the names of apps and resellers stand beside those of tenants")
  static let reasonLimit = Setting(
    "reason-limit", default: 500, in: 10...4000, unit: "characters",
    why: "a reason is a few sentences and a ticket's number, not a document")
  static let offboardingGrace = Setting(
    "offboarding-grace", default: Duration.seconds(30 * 86_400),
    in: .seconds(86_400)...(.seconds(365 * 86_400)),
    why: "a leaving customer has this long to change its mind; the contracts say 30 days")
  static let regions = Setting(
    "regions",
    default: """
      us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,sa-east-1,eu-central-1,eu-north-1,\
      eu-south-1,eu-west-1,eu-west-2,eu-west-3,me-south-1,af-south-1,ap-east-1,ap-northeast-1,\
      ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2
      """,
    why: "where tenants can be; the same list as pool-router's")
  static let sovereignRegions = Setting(
    "sovereign-regions", default: "us-gov-east-1,us-gov-west-1,eusc-de-east-1",
    why: "regions with guaranteed data residency, which tier G requires; the same as pool-router's")
  static let placementTimeout = Setting(
    "placement-timeout", default: Duration.seconds(2), in: .milliseconds(100)...(.seconds(30)),
    why: "a new tenant's answer waits for its pools this long, then the worker goes on")
  static let placementInterval = Setting(
    "placement-interval", default: Duration.seconds(5), in: .seconds(1)...(.seconds(3600)),
    why: "how often tenants without pools are looked for; there are none unless something failed")
  static let placementBatch = Setting(
    "placement-batch", default: 100, in: 1...1000, unit: "tenants",
    why: "read at once; a round goes on until none waits")
  static let gateLease = Setting(
    "gate-lease", default: Duration.seconds(3), in: .seconds(1)...(.seconds(60)),
    why: "a gate that does not answer delays a suspension this long and is then not trusted")

  static let all: [SettingDeclaration] = [
    displayNameLimit.declaration, nameLimit.declaration, reasonLimit.declaration,
    offboardingGrace.declaration, regions.declaration, sovereignRegions.declaration,
    placementTimeout.declaration, placementInterval.declaration, placementBatch.declaration,
    gateLease.declaration,
  ]

  /// The limits as they are set.
  static func limits(_ settings: Settings) throws(SettingsError) -> TenantLimits {
    TenantLimits(
      displayName: try settings[displayNameLimit], name: try settings[nameLimit],
      reason: try settings[reasonLimit],
      standardGrace: try settings[offboardingGrace].components.seconds)
  }

  /// How long the worker leaves a new tenant to the call that provisions it, in microseconds: twice
  /// as long as that call waits.
  static func placementPatience(_ settings: Settings) throws(SettingsError) -> Micros {
    Micros(try settings[placementTimeout] * 2 / .microseconds(1))
  }

  /// The regions as they are set.
  static func catalog(_ settings: Settings) throws(SettingsError) -> RegionCatalog {
    RegionCatalog(
      ordinary: codes(try settings[regions]), sovereign: codes(try settings[sovereignRegions]))
  }

  private static func codes(_ list: String) -> [String] {
    list.split(separator: ",").map { String($0.trimmingSpace) }.filter { !$0.isEmpty }
  }
}
