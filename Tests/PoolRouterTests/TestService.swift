import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL
import MeshTestKit

@testable import PoolRouter

/// The service on a database of its own, called over the in-process transport as the mesh would.
struct TestService: Sendable {
  let database: Database
  let pools: PoolsV1.PoolServiceClient
  let ledger: TestLedger
  let callers: TestCallers

  /// Runs `body` with a service that has no pools yet.
  static func run(_ body: (TestService) async throws -> Void) async throws {
    try await FreshStore.run { database in try await body(TestService(database)) }
  }

  private init(_ database: Database) throws {
    let clock = TestClock()
    let callers = try TestCallers()
    let ledger = TestLedger(database, source: "pool-router", clock: clock)
    self.database = database
    self.callers = callers
    self.ledger = ledger
    pools = PoolsV1.PoolServiceClient(
      callers.channel(
        to: PoolRouterService(
          pools: PoolStore(database), assignments: AssignmentStore(database),
          ledger: ledger.ledger, regions: PoolRegions(["eu-west-1", "us-east-1"]),
          now: { clock.now })))
  }

  /// What an operator's calls carry.
  var asOperator: CallOptions { get throws { try callers.options(TestCallers.ada) } }

  /// Places a tenant in the name of the operator who provisions it.
  @discardableResult
  func assign(
    _ tenant: Int, tier: TenantsV1.Tier = .s, region: String = "eu-west-1"
  ) async throws -> PoolsV1.Route {
    try await pools.assignTenant(
      .init(tenantID: Self.tenantID(tenant), tier: tier, region: region), try asOperator)
  }

  static func tenantID(_ number: Int) -> String {
    "01940000-0000-7000-8000-\(String(100_000_000_000 + number))"
  }

  /// A pool as the service shows it.
  func pool(_ kind: PoolsV1.PoolKind, _ index: Int32) async throws -> PoolsV1.Pool {
    try await pools.getPool(.init(kind: kind, index: index), try asOperator)
  }
}
