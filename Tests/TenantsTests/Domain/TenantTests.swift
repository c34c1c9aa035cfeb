import Testing

@testable import Tenants

@Suite("Provisioning a tenant")
struct TenantTests {
  private static let regions = RegionCatalog(
    ordinary: ["us-east-1", "eu-west-1"], sovereign: ["us-gov-west-1"])

  private static func provision(
    region: String = "eu-west-1", tier: Tenant.Tier = .shared
  ) throws -> Tenant {
    let order = Tenant.Order(
      app: AppID(rawValue: "a"), displayName: "Globex", region: region, tier: tier)
    return try .provisioned(order, as: TenantID(rawValue: "t"), in: regions, at: 1000)
  }

  @Test("a new tenant is provisioned, in tier S, with epoch 1")
  func first() throws {
    let tenant = try Self.provision()
    #expect(tenant.lifecycle == .provisioned)
    #expect(tenant.tier == .shared)
    #expect(tenant.epoch == 1)
    #expect(tenant.createdAt == 1000 && tenant.updatedAt == 1000)
  }

  @Test("a region that is not known is refused with those that are")
  func unknownRegion() {
    let refusal = #expect(throws: ProvisioningRefusal.self) {
      try Self.provision(region: "eu-wset-1")
    }
    #expect(
      refusal?.description
        == "region is not known: \"eu-wset-1\"; the regions are eu-west-1, us-east-1, us-gov-west-1"
    )
  }

  @Test("tier G requires a sovereign region")
  func sovereign() throws {
    #expect(throws: ProvisioningRefusal.regionNotSovereign("eu-west-1")) {
      try Self.provision(tier: .sovereign)
    }
    #expect(try Self.provision(region: "us-gov-west-1", tier: .sovereign).tier == .sovereign)
  }

  @Test("tiers S and P go into any region", arguments: [Tenant.Tier.shared, .premium])
  func anyRegion(_ tier: Tenant.Tier) throws {
    for region in Self.regions.codes {
      #expect(try Self.provision(region: region, tier: tier).region == region)
    }
  }

  @Test("a region in both lists is sovereign")
  func sovereignWins() throws {
    let regions = RegionCatalog(ordinary: ["eu-west-1"], sovereign: ["eu-west-1"])
    #expect(try regions.region("eu-west-1").isSovereign)
  }

  @Test("a change of state raises the epoch and never sets the time back")
  func epochs() throws {
    let active = try Self.provision().applying(.activate, at: 900)
    #expect(active.epoch == 2)
    #expect(active.updatedAt == 1000)
    let suspended = try active.applying(.suspend(reason: "abuse", cause: .other), at: 2000)
    #expect(suspended.epoch == 3)
    #expect(suspended.updatedAt == 2000)
  }

  @Test("a missing app is named as operators know it")
  func missingApp() {
    let refusal = ProvisioningRefusal.unknownApp(AppID(rawValue: "7"))
    #expect(refusal.description == "App 7 not found; create the App first")
  }
}
