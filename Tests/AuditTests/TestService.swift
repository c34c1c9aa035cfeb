import MeshAPI
import MeshKit
import MeshRPC
import MeshSQL
import MeshTestKit

@testable import Audit

/// The service on a database of its own, called over the in-process transport.
struct TestService: Sendable {
  let database: Database
  let store: LedgerStore
  let audit: AuditV1.AuditServiceClient
  let clock: TestClock
  let callers: TestCallers

  /// Runs `body` with a service whose ledgers are empty.
  static func run(
    limits: AuditLimits = AuditLimits(
      batch: 1000, eventBytes: 4096, verifyBatch: 4, pageBytes: 100_000),
    _ body: (TestService) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      var config = config
      config.schema = "audit"
      let database = try Database(config, loops: try TestLoops.shared.loops)
      try await Main.definition.steps(in: "audit").run(on: database)
      do {
        try await body(try TestService(database, limits))
        await database.shutDown()
      } catch {
        await database.shutDown()
        throw error
      }
    }
  }

  private init(_ database: Database, _ limits: AuditLimits) throws {
    let clock = TestClock()
    let callers = try TestCallers()
    self.database = database
    self.clock = clock
    self.callers = callers
    store = LedgerStore(database)
    audit = AuditV1.AuditServiceClient(
      callers.channel(
        to: AuditService(
          store: store, limits: limits, log: Log(service: "audit", write: { _ in }),
          now: { clock.now })))
  }

  /// What an operator's calls carry.
  var asOperator: CallOptions { get throws { try callers.options(TestCallers.ada) } }

  /// What the calls of a tenant's admin carry.
  func asMember(of tenant: String) throws -> CallOptions {
    var bob = TestCallers.member(of: tenant)
    bob.permissions = ["audit.read", "audit.verify"]
    return try callers.options(bob)
  }

  /// Records events.
  @discardableResult
  func append(_ events: EventsV1.Event...) async throws -> [AuditV1.Receipt] {
    try await audit.appendEvents(.init(events: events)).receipts
  }

  /// Records events 1 to `count` of a tenant.
  func fill(_ tenant: String, _ count: Int) async throws {
    guard count > 0 else { return }
    _ = try await audit.appendEvents(
      .init(events: (1...count).map { Events.event($0, of: tenant) }))
  }

  /// Verifies a ledger as an operator.
  func verify(_ ledger: String) async throws -> AuditV1.VerifyLedgerResponse {
    try await audit.verifyLedger(.init(tenantID: ledger), try asOperator)
  }

  /// Does to the entries what only their owner can, who gets the trigger out of the way.
  func tamper(_ statements: SQL...) async throws {
    _ = try await database.batch(
      ["ALTER TABLE audit.entry DISABLE TRIGGER entry_is_append_only"] + statements
        + ["ALTER TABLE audit.entry ENABLE ALWAYS TRIGGER entry_is_append_only"])
  }
}

/// Events as services report them.
enum Events {
  static let globex = "01940000-0000-7000-8000-000000000001"
  static let initech = "01940000-0000-7000-8000-000000000002"

  /// The id of a tenant's event: the tenant's last digits, then the number.
  static func id(_ number: Int, of tenant: String) -> String {
    "0194\(tenant.isEmpty ? "ffff" : tenant.suffix(4))-0000-7000-8000-\(100_000_000_000 + number)"
  }

  /// Event `number` of a tenant; the same event whenever it is made.
  static func event(
    _ number: Int, of tenant: String = globex, type: String = "tenant.suspended.v1",
    actor: String = "ada"
  ) -> EventsV1.Event {
    EventsV1.Event(
      eventID: id(number, of: tenant), type: type,
      occurredAt: .init(micros: 1_700_000_000_000_000 + Int64(number) * 1_000_000),
      source: "tenants", tenantID: tenant,
      actor: .init(id: actor, kind: .operator, name: "ada@example.com"),
      target: .init(kind: "tenant", id: tenant, name: "Globex"), requestID: "request-\(number)",
      ip: "192.0.2.\(number % 250)", reason: "chargeback, ticket \(number)",
      details: [.init(name: "from", value: "active")])
  }
}
