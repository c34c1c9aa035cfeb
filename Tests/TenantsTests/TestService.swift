import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL
import MeshTestKit

@testable import Tenants

/// The service on a database of its own, called over the in-process transport as the edge would.
struct TestService: Sendable {
  let database: Database
  let apps: TenantsV1.AppServiceClient
  let resellers: TenantsV1.ResellerServiceClient
  let tenants: TenantsV1.TenantServiceClient
  let gates: TenantsV1.TenantGateServiceClient
  let worker: AssignPools
  let pools: FakePoolRouter
  let ledger: TestLedger
  let clock: TestClock
  let callers: TestCallers

  /// Runs `body` with a service that has one app.
  static func run(_ body: (TestService) async throws -> Void) async throws {
    try await FreshStore.run { database in try await body(TestService(database)) }
  }

  private init(_ database: Database) throws {
    let clock = TestClock()
    let callers = try TestCallers()
    let pools = FakePoolRouter()
    let testLedger = TestLedger(database, source: "tenants", clock: clock)
    let ledger = testLedger.ledger
    let log = Log(service: "tenants", write: { _ in })
    let store = TenantStore(database)
    let placer = PoolPlacer(
      store: PlacementStore(database),
      pools: PoolsV1.PoolServiceClient(callers.channel(to: pools)), timeout: .seconds(30))
    let gates = TenantGates(
      WatchHub(
        loop: try TestLoops.shared.loops[0], lease: .seconds(60), heartbeat: .seconds(60)),
      store: GateStore(database), tenants: store)
    let limits = TenantLimits()
    let channel = callers.channel(
      to: AppsService(
        store: AppStore(database), ledger: ledger, limits: limits, now: { clock.now }),
      ResellersService(
        store: ResellerStore(database), ledger: ledger, limits: limits, now: { clock.now }),
      gates,
      TenantsService(
        store: store, ledger: ledger, placer: placer, gates: gates, limits: limits,
        regions: RegionCatalog(
          ordinary: ["eu-west-1", "us-east-1"], sovereign: ["us-gov-west-1"]),
        log: log, now: { clock.now }))
    self.database = database
    apps = TenantsV1.AppServiceClient(channel)
    resellers = TenantsV1.ResellerServiceClient(channel)
    tenants = TenantsV1.TenantServiceClient(channel)
    self.gates = TenantsV1.TenantGateServiceClient(channel)
    worker = AssignPools(
      store: PlacementStore(database), placer: placer, batch: 2, patience: 10, log: log,
      now: { clock.now })
    self.pools = pools
    self.ledger = testLedger
    self.clock = clock
    self.callers = callers
  }

  /// What an operator's calls carry.
  var asOperator: CallOptions { get throws { try callers.options(TestCallers.ada) } }

  /// Creates an app.
  func makeApp(_ name: String = "Acme CRM") async throws -> TenantsV1.App {
    try await apps.createApp(.init(name: name), try asOperator)
  }

  /// Creates a tenant, of a new app if none is given.
  func makeTenant(
    _ name: String = "Globex", app: String? = nil, region: String = "eu-west-1",
    tier: TenantsV1.Tier = .s
  ) async throws -> TenantsV1.Tenant {
    var appID = app ?? ""
    if app == nil { appID = try await makeApp().appID }
    return try await tenants.createTenant(
      .init(appID: appID, displayName: name, region: region, tier: tier), try asOperator)
  }

  /// How many tenants wait for their pools.
  func waiting() async throws -> Int {
    try await database.query("SELECT FROM tenant.unplaced").count
  }
}
