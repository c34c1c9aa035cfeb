import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import PoolRouter

@Suite("Pools and routes", .timeLimit(.minutes(2)))
struct PoolsTests {
  @Test("a shared pool is opened once for each request id and reported")
  func created() async throws {
    try await TestService.run { service in
      let request = PoolsV1.CreatePoolRequest(
        kind: .admin, region: "eu-west-1", requestID: "01940000-0000-7000-8000-0000000000aa")
      let first = try await service.pools.createPool(request, try service.asOperator)
      #expect(first.index == 0 && first.status == .active && first.tenantCount == 0)
      #expect(try await service.pools.createPool(request, try service.asOperator) == first)
      let events = try await service.ledger.events()
      #expect(events.map(\.type) == ["pool.created.v1"])
      #expect(events.first?.target?.id == "admin/0")
      #expect(try await service.pool(.admin, 0) == first)
    }
  }

  @Test(
    "a bad request is told everything that is wrong with it",
    arguments: [
      (
        PoolsV1.CreatePoolRequest(),
        "kind is required: POOL_KIND_ADMIN or POOL_KIND_APP; region is required"
      ),
      (
        PoolsV1.CreatePoolRequest(kind: .app, region: "eu-wset-1"),
        "region is not known: \"eu-wset-1\"; the regions are eu-west-1, us-east-1"
      ),
    ])
  func badRequests(_ request: PoolsV1.CreatePoolRequest, _ text: String) async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.pools.createPool(request, try service.asOperator)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message == text)
    }
  }

  @Test("pools are listed admin first, by number, page by page")
  func listed() async throws {
    try await TestService.run { service in
      for kind in [PoolsV1.PoolKind.app, .admin, .app, .admin, .app] {
        _ = try await service.pools.createPool(
          .init(kind: kind, region: "eu-west-1"), try service.asOperator)
      }
      var seen: [String] = []
      var token = ""
      repeat {
        let page = try await service.pools.listPools(
          .init(pageSize: 2, pageToken: token), try service.asOperator)
        seen += page.pools.map { "\($0.kind) \($0.index)" }
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(seen == ["admin 0", "admin 1", "app 0", "app 1", "app 2"])
    }
  }

  @Test("a pool that does not exist is not found")
  func missing() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) { try await service.pool(.app, 7) }
      #expect(error?.code == .notFound)
      #expect(error?.message == "app pool 7 not found")
    }
  }

  @Test("a module without a row of its own takes the tenant's route")
  func routes() async throws {
    try await TestService.run { service in
      let placed = try await service.assign(1)
      try await service.assign(2, tier: .p)
      try await service.database.execute(
        """
        INSERT INTO pool.assignment (tenant_id, module, admin_pool, app_pool, epoch, assigned_at)
        VALUES (\(TestService.tenantID(1)), 'reports', 0, 1, 1, now())
        """)
      func route(_ module: String) async throws -> PoolsV1.Route {
        try await service.pools.getRoute(
          .init(tenantID: TestService.tenantID(1), module: module), try service.asOperator)
      }
      #expect(try await route("") == placed)
      let billing = try await route("billing")
      #expect(billing.module == "billing" && billing.appPool == 0)
      #expect(try await route("reports").appPool == 1)
    }
  }

  @Test("a tenant that was never placed has no route")
  func noRoute() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.pools.getRoute(
          .init(tenantID: TestService.tenantID(1)), try service.asOperator)
      }
      #expect(error?.code == .notFound)
      #expect(error?.message == "tenant \(TestService.tenantID(1)) has no pools")
    }
  }
}
