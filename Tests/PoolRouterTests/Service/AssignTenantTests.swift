import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import PoolRouter

@Suite("Assigning tenants to pools", .timeLimit(.minutes(2)))
struct AssignTenantTests {
  @Test("the first tenant of a region opens its shared pools, the next ones share them")
  func shared() async throws {
    try await TestService.run { service in
      let first = try await service.assign(1)
      #expect(first.tenantID == TestService.tenantID(1))
      #expect(first.adminPool == 0 && first.appPool == 0 && first.epoch == 1)
      let second = try await service.assign(2)
      #expect(second.adminPool == 0 && second.appPool == 0)
      let elsewhere = try await service.assign(3, region: "us-east-1")
      #expect(elsewhere.adminPool == 1 && elsewhere.appPool == 1)
      let pool = try await service.pool(.app, 0)
      #expect(pool.tenantCount == 2 && pool.region == "eu-west-1" && pool.status == .active)
      #expect(pool.dedicatedTenantID.isEmpty)
    }
  }

  @Test("tier P has an app pool that no other tenant is on and shares the admin pool")
  func premium() async throws {
    try await TestService.run { service in
      let shared = try await service.assign(1)
      let premium = try await service.assign(2, tier: .p)
      #expect(premium.adminPool == shared.adminPool && premium.appPool != shared.appPool)
      let next = try await service.assign(3)
      #expect(next.appPool == shared.appPool)
      let own = try await service.pool(.app, premium.appPool)
      #expect(own.dedicatedTenantID == TestService.tenantID(2) && own.tenantCount == 1)
    }
  }

  @Test("tier G has both pools to itself")
  func sovereign() async throws {
    try await TestService.run { service in
      let sovereign = try await service.assign(1, tier: .g, region: "us-gov-west-1")
      for kind in [PoolsV1.PoolKind.admin, .app] {
        let own = try await service.pool(
          kind, kind == .admin ? sovereign.adminPool : sovereign.appPool)
        #expect(own.dedicatedTenantID == TestService.tenantID(1) && own.tenantCount == 1)
      }
      let next = try await service.assign(2, region: "us-gov-west-1")
      #expect(next.adminPool != sovereign.adminPool && next.appPool != sovereign.appPool)
    }
  }

  @Test("the placement is in the tenant's ledger, in the name of the operator who provisions")
  func reported() async throws {
    try await TestService.run { service in
      try await service.assign(1, tier: .p)
      let events = try await service.ledger.events()
      #expect(
        events.map(\.type) == ["pool.created.v1", "pool.created.v1", "tenant.pool.assigned.v1"])
      #expect(events.map(\.tenantID) == ["", "", TestService.tenantID(1)])
      let event = try #require(events.last)
      #expect(event.actor?.name == "ada@example.com" && event.actor?.kind == .operator)
      #expect(event.requestID == TestCallers.requestID && event.ip == "192.0.2.1")
      #expect(event.details.map(\.name) == ["tier", "region", "admin_pool", "app_pool"])
      #expect(event.details.map(\.value) == ["P", "eu-west-1", "0", "0"])
    }
  }

  @Test("the mesh may place a tenant in its own name")
  func asService() async throws {
    try await TestService.run { service in
      _ = try await service.pools.assignTenant(
        .init(tenantID: TestService.tenantID(1), tier: .s, region: "eu-west-1"))
      #expect(try await service.ledger.events().last?.actor?.kind == .service)
    }
  }

  @Test("a tenant that has its place keeps it, and nothing is reported again")
  func again() async throws {
    try await TestService.run { service in
      let first = try await service.assign(1, tier: .p)
      let events = try await service.ledger.events().count
      #expect(try await service.assign(1, tier: .g, region: "us-east-1") == first)
      #expect(try await service.ledger.events().count == events)
      #expect(try await service.pool(.admin, 0).tenantCount == 1)
    }
  }

  @Test("many tenants at once open the region's pools once")
  func openingRace() async throws {
    try await TestService.run { service in
      let routes = try await withThrowingTaskGroup(of: PoolsV1.Route.self) { group in
        for number in 0..<12 { group.addTask { try await service.assign(number) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(routes.allSatisfy { $0.adminPool == 0 && $0.appPool == 0 })
      #expect(try await service.pool(.admin, 0).tenantCount == 12)
      #expect(try await service.pool(.app, 0).tenantCount == 12)
      #expect(try await service.ledger.events().count == 2 + 12)
    }
  }

  @Test("one tenant placed many times at once gets one place")
  func sameTenantRace() async throws {
    try await TestService.run { service in
      let routes = try await withThrowingTaskGroup(of: PoolsV1.Route.self) { group in
        for _ in 0..<8 { group.addTask { try await service.assign(1, tier: .g) } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(routes.allSatisfy { $0 == routes[0] })
      #expect(try await service.ledger.events().count == 3)
    }
  }

  @Test("a pool that drains takes nobody; without another one the tenant has to wait")
  func drained() async throws {
    try await TestService.run { service in
      try await service.assign(1)
      try await service.database.execute(
        "UPDATE pool.pool SET status = 'drain' WHERE kind = 'app' AND index = 0")
      let error = await #expect(throws: RPCError.self) { try await service.assign(2) }
      #expect(error?.code == .failedPrecondition)
      #expect(error?.message == "no shared app pool in eu-west-1 is active")
      #expect(try await service.pool(.admin, 0).tenantCount == 1)

      let further = try await service.pools.createPool(
        .init(kind: .app, region: "eu-west-1"), try service.asOperator)
      let placed = try await service.assign(2)
      #expect(placed.appPool == further.index && placed.adminPool == 0)
    }
  }

  @Test("of several pools the one with the fewest tenants is taken")
  func fewest() async throws {
    try await TestService.run { service in
      try await service.assign(1)
      let further = try await service.pools.createPool(
        .init(kind: .app, region: "eu-west-1"), try service.asOperator)
      #expect(try await service.assign(2).appPool == further.index)
      #expect(try await service.assign(3).appPool == 0)
    }
  }

  @Test("without a ledger nobody is placed")
  func noLedger() async throws {
    try await TestService.run { service in
      service.ledger.fallSilent()
      let error = await #expect(throws: RPCError.self) { try await service.assign(1) }
      #expect(error?.code == .unavailable)
      let pools = try await service.database.query("SELECT FROM pool.pool")
      #expect(pools.isEmpty)
    }
  }

  @Test("a bad request is told everything that is wrong with it")
  func badRequest() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.pools.assignTenant(
          .init(tenantID: "abc", tier: .unrecognized(9)), try service.asOperator)
      }
      #expect(
        error?.message
          == "tenant_id is not a UUID: \"abc\"; tier 9 is not known; region is required")
    }
  }
}
