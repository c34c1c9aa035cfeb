import MeshKit

/// Every knob of the service.
enum Config {
  static let regions = Setting(
    "regions",
    default: """
      us-east-1,us-east-2,us-west-1,us-west-2,ca-central-1,sa-east-1,eu-central-1,eu-north-1,\
      eu-south-1,eu-west-1,eu-west-2,eu-west-3,me-south-1,af-south-1,ap-east-1,ap-northeast-1,\
      ap-northeast-2,ap-south-1,ap-southeast-1,ap-southeast-2
      """,
    why: "where pools can be; the same list as that of tenants")
  static let sovereignRegions = Setting(
    "sovereign-regions", default: "us-gov-east-1,us-gov-west-1,eusc-de-east-1",
    why: "regions with guaranteed data residency; the same list as that of tenants")

  static let all: [SettingDeclaration] = [regions.declaration, sovereignRegions.declaration]

  /// The regions as they are set.
  static func poolRegions(_ settings: Settings) throws(SettingsError) -> PoolRegions {
    let lists = [try settings[regions], try settings[sovereignRegions]]
    return PoolRegions(
      lists.flatMap { $0.split(separator: ",") }.map { String($0.trimmingSpace) }
        .filter { !$0.isEmpty })
  }
}
