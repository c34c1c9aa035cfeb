import MeshSQL
import MeshTestKit
import Testing

@testable import PoolRouter

@Suite("Pools in PostgreSQL", .timeLimit(.minutes(2)))
struct PoolStoreTests {
  private static let tenant = TenantID(rawValue: "01940000-0000-7000-8000-00000000000a")

  @Test("each kind counts from 0, and a pool is read as it was written")
  func numbers() async throws {
    try await FreshStore.run { database in
      let store = PoolStore(database)
      var written: [Pool] = []
      for kind in [Pool.Kind.app, .admin, .app] {
        written.append(try await Self.open(kind, database))
      }
      #expect(written.map(\.index.rawValue) == [0, 0, 1])
      let first = Pool(
        kind: .app, index: PoolIndex(rawValue: 0), region: "eu-west-1", status: .active,
        dedicatedTo: nil, tenantCount: 0, epoch: 1, createdAt: 40)
      #expect(written[0] == first)
      #expect(try await store.find(Self.key(.app, 0)) == first)
      #expect(try await store.find(Self.key(.app, 2)) == nil)
      let page = try await store.rows(after: nil, limit: 2)
      #expect(page == [written[1], written[0]])
      #expect(try await store.rows(after: Self.key(.app, 0), limit: 2) == [written[2]])
    }
  }

  @Test("a pool that takes nobody is not joined, whoever decided so")
  func join() async throws {
    try await FreshStore.run { database in
      let store = PoolStore(database)
      _ = try await Self.open(.app, database)
      _ = try await Self.open(.app, for: Self.tenant, database)
      func joins(_ index: Int32) async throws -> Bool {
        try await database.transaction { try await store.join(Self.key(.app, index), in: $0) }
      }
      #expect(try await joins(0))
      #expect(try await store.find(Self.key(.app, 0))?.tenantCount == 1)
      #expect(try await !joins(1))
      #expect(try await !joins(9))
      try await database.execute("UPDATE pool.pool SET status = 'degraded'")
      #expect(try await !joins(0))
    }
  }

  @Test("the database refuses a second tenant on a dedicated pool, and a second such pool")
  func dedicated() async throws {
    try await FreshStore.run { database in
      _ = try await Self.open(.app, for: Self.tenant, database)
      await #expect(throws: SQLError.constraint(kind: .check, name: "pool_dedicated_to_one")) {
        try await database.execute("UPDATE pool.pool SET tenant_count = 2")
      }
      await #expect(throws: SQLError.constraint(kind: .unique, name: "pool_dedicated_once")) {
        try await Self.open(.app, for: Self.tenant, database)
      }
    }
  }

  @Test("the shared pools of a region are found for a placement, and the place once it has one")
  func placement() async throws {
    try await FreshStore.run { database in
      let store = AssignmentStore(database)
      let pools = [try await Self.open(.admin, database), try await Self.open(.app, database)]
      _ = try await Self.open(.app, for: Self.tenant, database)
      _ = try await Self.open(.app, in: "us-east-1", database)
      let route = Route(
        tenant: Self.tenant, module: "", adminPool: PoolIndex(rawValue: 0),
        appPool: PoolIndex(rawValue: 1), epoch: 1)
      try await database.transaction { transaction in
        let before = try await store.findForPlacement(
          Self.tenant, in: "eu-west-1", in: transaction)
        #expect(before.route == nil && before.shared == pools)
        try await store.insert(route, at: 50, in: transaction)
        let after = try await store.findForPlacement(
          Self.tenant, in: "eu-west-1", in: transaction)
        #expect(after.route == route)
        let forOpening = try await store.sharedPoolsForOpening(
          in: "us-east-1", in: transaction)
        #expect(forOpening.map(\.index.rawValue) == [2])
      }
      #expect(try await store.find(Self.tenant, module: "billing") == route)
    }
  }

  @Test("a module with a row of its own has its own route")
  func modules() async throws {
    try await FreshStore.run { database in
      let store = AssignmentStore(database)
      _ = try await Self.open(.admin, database)
      for number in 0..<2 as Range<Int32> {
        _ = try await Self.open(.app, database)
        let route = Route(
          tenant: Self.tenant, module: number == 0 ? "" : "reports",
          adminPool: PoolIndex(rawValue: 0), appPool: PoolIndex(rawValue: number), epoch: 1)
        try await database.transaction { try await store.insert(route, at: 50, in: $0) }
      }
      #expect(try await store.find(Self.tenant, module: "reports")?.appPool.rawValue == 1)
      #expect(try await store.find(Self.tenant, module: "billing")?.appPool.rawValue == 0)
    }
  }

  @Test("the database refuses a route to a pool that does not exist")
  func routeNowhere() async throws {
    try await FreshStore.run { database in
      let route = Route(
        tenant: Self.tenant, module: "", adminPool: PoolIndex(rawValue: 7),
        appPool: PoolIndex(rawValue: 7), epoch: 1)
      let error = await #expect(throws: SQLError.self) {
        try await database.transaction {
          try await AssignmentStore(database).insert(route, at: 50, in: $0)
        }
      }
      guard case .constraint(kind: .foreignKey, name: _) = error else {
        Issue.record("refused for another reason: \(String(describing: error))")
        return
      }
    }
  }

  private static func key(_ kind: Pool.Kind, _ index: Int32) -> PoolStore.Key {
    PoolStore.Key(kind: kind, index: PoolIndex(rawValue: index))
  }

  @discardableResult
  private static func open(
    _ kind: Pool.Kind, in region: String = "eu-west-1", for owner: TenantID? = nil,
    _ database: Database
  ) async throws -> Pool {
    try await database.transaction {
      try await PoolStore(database).insert(
        kind, in: region, for: owner, tenants: owner == nil ? 0 : 1, at: 40, in: $0)
    }
  }
}
