import MeshSQL
import MeshTestKit
import Testing

@testable import Tenants

@Suite("Tenants in PostgreSQL", .timeLimit(.minutes(2)))
struct TenantStoreTests {
  @Test("every life is read as it was written")
  func lives() async throws {
    try await FreshStore.run { database in
      let store = TenantStore(database)
      for (number, start) in Start.all.enumerated() {
        var current = try await Self.provision(number, database)
        let path = Self.path(to: start.life)
        for action in path {
          let time: Micros = action == .completeOffboarding ? 50 : 40
          let next = try current.applying(action, at: time)
          let origin = current.lifecycle.state
          try await database.transaction {
            try await store.update(next, by: action, from: origin, in: $0)
          }
          current = next
        }
        #expect(current.lifecycle == start.life)
        #expect(try await store.find(current.id) == current)
        let log = try await database.query(
          "SELECT FROM tenant.transition WHERE tenant_id = \(current.id)")
        #expect(log.count == path.count + 1)
      }
    }
  }

  @Test("the database refuses a state without its transition")
  func stateAlone() async throws {
    try await Self.run { database, tenant in
      let refusal = SQLError.constraint(kind: .foreignKey, name: "tenant_state_has_transition")
      await #expect(throws: refusal) {
        try await database.execute(
          "UPDATE tenant.tenant SET state = 'active' WHERE tenant_id = \(tenant.id)")
      }
    }
  }

  @Test("the database refuses a transition that is not drawn")
  func notDrawn() async throws {
    try await Self.run { database, tenant in
      await #expect(throws: SQLError.constraint(kind: .check, name: "transition_drawn")) {
        try await Self.record("suspend", "provisioned", "suspended", of: tenant, database)
      }
    }
  }

  @Test("the database refuses a transition that starts elsewhere than the last one ended")
  func discontinued() async throws {
    try await Self.run { database, tenant in
      let refusal = SQLError.constraint(kind: .foreignKey, name: "transition_continues")
      await #expect(throws: refusal) {
        try await Self.record("activate", "trial", "active", of: tenant, database)
      }
    }
  }

  @Test("the database refuses a suspension without the way back")
  func noWayBack() async throws {
    try await Self.run { database, tenant in
      await #expect(throws: SQLError.constraint(kind: .check, name: "tenant_suspension_whole")) {
        try await database.execute(
          "UPDATE tenant.tenant SET state = 'suspended', epoch = 2 WHERE tenant_id = \(tenant.id)")
      }
    }
  }

  @Test("a page of a filtered list is read from an index in the list's order")
  func indexed() async throws {
    try await FreshStore.run { database in
      for condition in [
        "TRUE", "state = 'suspended'", "tier = 'P'", "region = 'eu-west-1'", "sandbox = true",
        "app_id = '01940000-0000-7000-8000-000000000001'",
        "reseller_id = '01940000-0000-7000-8000-000000000001'", "created_at < '2026-01-01'",
      ] {
        let plan = try await Self.plan(condition, database)
        #expect(plan.contains("Index Scan Backward using tenant_"), "\(condition)")
        #expect(!plan.contains("Sort"), "\(condition)")
        #expect(condition == "TRUE" || plan.contains("Index Cond"), "\(condition)")
      }
    }
  }

  private static func plan(_ condition: String, _ database: Database) async throws -> String {
    try await database.transaction { transaction in
      // An empty table is read as a whole, and sorted, unless that is forbidden.
      for way in ["enable_seqscan", "enable_sort", "enable_bitmapscan"] {
        try await transaction.execute("SELECT set_config(\(way), 'off', true)")
      }
      let rows = try await transaction.query(
        """
        EXPLAIN SELECT * FROM tenant.tenant WHERE \(unescaped: condition)
        ORDER BY created_at DESC, tenant_id DESC LIMIT 51
        """)
      return try rows.map { try $0[0, as: String.self] }.joined(separator: "\n")
    }
  }

  /// Runs `body` with a database that holds one provisioned tenant.
  private static func run(_ body: (Database, Tenant) async throws -> Void) async throws {
    try await FreshStore.run { database in try await body(database, provision(0, database)) }
  }

  /// Adds a tenant under this number, of an app of its own.
  private static func provision(_ number: Int, _ database: Database) async throws -> Tenant {
    let id = "01940000-0000-7000-8000-\(String(100_000_000_000 + number))"
    let app = App(id: AppID(rawValue: id), name: "App", createdAt: 0)
    let tenant = try Tenant.provisioned(
      Tenant.Order(app: app.id, displayName: "Globex", region: "eu-west-1"),
      as: TenantID(rawValue: id), in: RegionCatalog(ordinary: ["eu-west-1"], sovereign: []),
      at: 30)
    try await database.transaction { transaction in
      try await AppStore(database).insert(app, in: transaction)
      try await TenantStore(database).insert(tenant, in: transaction)
    }
    return tenant
  }

  /// The actions that lead from provisioned to `life`, at the times that the table of lives has.
  private static func path(to life: Lifecycle) -> [LifecycleAction] {
    switch life {
    case .provisioned: []
    case .trial: [.startTrial]
    case .active: [.activate]
    case .suspended(let suspension):
      [
        suspension.from == .trial ? .startTrial : .activate,
        .suspend(reason: suspension.reason, cause: suspension.cause),
      ]
    case .offboarding(let farewell):
      path(to: farewell.from) + [.offboard(reason: farewell.reason, grace: 10)]
    case .offboarded(let farewell): path(to: .offboarding(farewell)) + [.completeOffboarding]
    }
  }

  private static func record(
    _ action: String, _ from: String, _ to: String, of tenant: Tenant, _ database: Database
  ) async throws {
    try await database.execute(
      """
      INSERT INTO tenant.transition
        (tenant_id, epoch, action, from_state, to_state, reason, happened_at)
      VALUES (\(tenant.id), 2, \(action), \(from), \(to), '', now())
      """)
  }
}
