import Testing

@testable import PoolRouter

@Suite("Placing a tenant")
struct PlacementTests {
  private static let both = [pool(.admin, 0), pool(.app, 0)]

  @Test(
    "tier S shares, P has an app pool of its own, G has both of its own",
    arguments: [
      (Tier.shared, Placement(admin: .existing(at(0)), app: .existing(at(0)))),
      (.premium, Placement(admin: .existing(at(0)), app: .own)),
      (.sovereign, Placement(admin: .own, app: .own)),
    ])
  func tiers(_ tier: Tier, _ placement: Placement) throws {
    #expect(try Placement.decide(tier, in: "eu-west-1", shared: Self.both) == placement)
  }

  @Test("the pool with the fewest tenants is taken, of equals the lowest number")
  func fewest() throws {
    let pools = [
      Self.pool(.admin, 4, tenants: 2), Self.pool(.admin, 3, tenants: 2),
      Self.pool(.admin, 1, tenants: 9), Self.pool(.app, 2, tenants: 5),
      Self.pool(.app, 7, tenants: 1),
    ]
    let placement = try Placement.decide(.shared, in: "eu-west-1", shared: pools)
    #expect(placement == Placement(admin: .existing(Self.at(3)), app: .existing(Self.at(7))))
  }

  @Test("a region without shared pools has them opened")
  func opening() throws {
    let elsewhere = Self.both
    let placement = try Placement.decide(.shared, in: "us-east-1", shared: elsewhere)
    #expect(placement == Placement(admin: .opening, app: .opening))
  }

  @Test(
    "pools that are degraded or drained take nobody",
    arguments: [
      Pool.Status.degraded, .drain,
    ])
  func closed(_ status: Pool.Status) throws {
    let pools = [Self.pool(.admin, 0), Self.pool(.app, 0, status: status), Self.pool(.app, 1)]
    let placement = try Placement.decide(.shared, in: "eu-west-1", shared: pools)
    #expect(placement.app == .existing(Self.at(1)))
    let refusal = #expect(throws: PlacementRefusal.self) {
      try Placement.decide(.shared, in: "eu-west-1", shared: Array(pools.dropLast()))
    }
    #expect(refusal?.description == "no shared app pool in eu-west-1 is active")
  }

  @Test("a tenant with both pools of its own needs no shared one")
  func sovereignNeedsNone() throws {
    let pools = [Self.pool(.admin, 0, status: .drain), Self.pool(.app, 0, status: .drain)]
    let placement = try Placement.decide(.sovereign, in: "eu-west-1", shared: pools)
    #expect(placement == Placement(admin: .own, app: .own))
  }

  @Test("another tenant's own pool is no shared one")
  func dedicated() throws {
    let pools = [
      Self.pool(.admin, 0), Self.pool(.app, 1, tenants: 1, owner: "t"),
      Self.pool(.app, 2, tenants: 8),
    ]
    let placement = try Placement.decide(.shared, in: "eu-west-1", shared: pools)
    #expect(placement.app == .existing(Self.at(2)))
  }

  private static func at(_ index: Int32) -> PoolIndex { PoolIndex(rawValue: index) }

  private static func pool(
    _ kind: Pool.Kind, _ index: Int32, status: Pool.Status = .active, tenants: Int64 = 0,
    owner: String? = nil
  ) -> Pool {
    Pool(
      kind: kind, index: at(index), region: "eu-west-1", status: status,
      dedicatedTo: owner.map(TenantID.init), tenantCount: tenants, epoch: 1, createdAt: 0)
  }
}
