import MeshAPI
import MeshRPC
import MeshSQL
import MeshTestKit
import Synchronization
import Testing

@testable import MeshKit

/// An app service over the smallest store there is.
private struct Apps: TenantsV1.AppServiceHandler {
  let ledger: Ledger

  func createApp(
    _ request: TenantsV1.CreateAppRequest, _ call: ServerCall
  ) async throws -> TenantsV1.App {
    try await ledger.mutate(call, request, requestID: request.requestID) { transaction, drafts in
      if request.name == "fail" { throw RPCError(.failedPrecondition, "told to fail") }
      var app = TenantsV1.App()
      app.appID = NewID.make()
      app.name = request.name
      try await transaction.execute("INSERT INTO app VALUES (\(app.appID), \(app.name))")
      drafts.append(EventDraft(target: .init("app", id: app.appID, name: app.name)))
      return app
    }
  }

  func getApp(
    _ request: TenantsV1.GetAppRequest, _ call: ServerCall
  ) async throws -> TenantsV1.App { TenantsV1.App() }

  func listApps(
    _ request: TenantsV1.ListAppsRequest, _ call: ServerCall
  ) async throws -> TenantsV1.ListAppsResponse { TenantsV1.ListAppsResponse() }
}

/// An audit service that keeps what it is sent, and loses answers when told to.
private final class Recorder: AuditV1.AuditServiceHandler {
  let recorded = Mutex<[String]>([])
  let losesAnswer = Mutex(false)

  func appendEvents(
    _ request: AuditV1.AppendEventsRequest, _ call: ServerCall
  ) async throws -> AuditV1.AppendEventsResponse {
    recorded.withLock { recorded in
      for event in request.events where !recorded.contains(event.eventID) {
        recorded.append(event.eventID)
      }
    }
    if losesAnswer.withLock({ $0 }) { throw RPCError(.unavailable, "the answer is lost") }
    return AuditV1.AppendEventsResponse()
  }

  func listEntries(
    _ request: AuditV1.ListEntriesRequest, _ call: ServerCall
  ) async throws -> AuditV1.ListEntriesResponse { AuditV1.ListEntriesResponse() }

  func verifyLedger(
    _ request: AuditV1.VerifyLedgerRequest, _ call: ServerCall
  ) async throws -> AuditV1.VerifyLedgerResponse { AuditV1.VerifyLedgerResponse() }
}

@Suite("The ledger", .timeLimit(.minutes(1)))
struct LedgerTests {
  private static let migrations = [
    Migration(name: "V000_mesh", sql: Outbox.schema),
    Migration(name: "V001_app", sql: "CREATE TABLE app (id uuid PRIMARY KEY, name text NOT NULL)"),
  ]

  private struct Bench {
    let database: Database
    let ledger: TestLedger
    let client: TenantsV1.AppServiceClient
    let callers: TestCallers

    func create(_ name: String, requestID: String = "") async throws -> TenantsV1.App {
      var request = TenantsV1.CreateAppRequest()
      request.name = name
      request.requestID = requestID
      return try await client.createApp(request, try callers.options(TestCallers.ada))
    }

    func count() async throws -> Int64 {
      try await database.query("SELECT count(*) FROM app").one().decode(Int64.self)
    }
  }

  private func withBench(_ body: (Bench) async throws -> Void) async throws {
    try await withDatabase(migrations: Self.migrations) { database in
      let ledger = TestLedger(database, source: "tenants", clock: TestClock())
      let callers = try TestCallers()
      let client = TenantsV1.AppServiceClient(callers.channel(to: Apps(ledger: ledger.ledger)))
      try await body(Bench(database: database, ledger: ledger, client: client, callers: callers))
    }
  }

  private let id = "01940000-0000-7000-8000-000000000001"

  @Test("writes the change and its event together, with who, from where and which request")
  func together() async throws {
    try await withBench { bench in
      let app = try await bench.create("Acme")
      let events = try await bench.ledger.events()
      #expect(try await bench.count() == 1)
      #expect(events.count == 1)
      #expect(events.first?.type == "app.created.v1")
      #expect(events.first?.source == "tenants")
      #expect(events.first?.actor?.name == "ada@example.com")
      #expect(events.first?.ip == "192.0.2.1")
      #expect(events.first?.requestID == TestCallers.requestID)
      #expect(events.first?.target?.id == app.appID)
    }
  }

  @Test("leaves nothing behind when the change fails, not even its request id")
  func nothingHalfDone() async throws {
    try await withBench { bench in
      await #expect(throws: RPCError(.failedPrecondition, "told to fail")) {
        _ = try await bench.create("fail", requestID: id)
      }
      #expect(try await bench.ledger.events().isEmpty)
      _ = try await bench.create("Acme", requestID: id)
      #expect(try await bench.count() == 1)
    }
  }

  @Test("answers the first answer for the same request id, and refuses another body")
  func idempotent() async throws {
    try await withBench { bench in
      let first = try await bench.create("Acme", requestID: id)
      let again = try await bench.create("Acme", requestID: id)
      #expect(first == again)
      let error = await #expect(throws: RPCError.self) {
        _ = try await bench.create("Other", requestID: id)
      }
      #expect(error?.code == .alreadyExists)
      #expect(error?.message.hasPrefix("request_id \(id) was used before") == true)
      #expect(try await bench.count() == 1)
      #expect(try await bench.ledger.events().count == 1)
    }
  }

  @Test("runs a change once however many ask at once with one request id")
  func concurrent() async throws {
    try await withBench { bench in
      let answers = try await withThrowingTaskGroup(of: TenantsV1.App.self) { group in
        for _ in 0..<6 { group.addTask { try await bench.create("Acme", requestID: id) } }
        return try await group.reduce(into: [String]()) { $0.append($1.appID) }
      }
      #expect(Set(answers).count == 1)
      #expect(try await bench.count() == 1)
    }
  }

  @Test("refuses a request id that is no UUID, and every change while the ledger is silent")
  func refuses() async throws {
    try await withBench { bench in
      let malformed = await #expect(throws: RPCError.self) {
        _ = try await bench.create("Acme", requestID: "nope")
      }
      #expect(malformed?.message == "request_id is not a UUID: \"nope\"")
      bench.ledger.fallSilent()
      let silent = await #expect(throws: RPCError.self) { _ = try await bench.create("Acme") }
      #expect(silent?.code == .unavailable)
      let count = try await bench.count()
      #expect(count == 0)
    }
  }

  @Test("is relayed in order and exactly once, also when an answer is lost")
  func relays() async throws {
    try await withBench { bench in
      for number in 0..<7 { _ = try await bench.create("app \(number)") }
      let expected = try await bench.ledger.events().map(\.eventID)
      let recorder = Recorder()
      let guardian = LedgerGuard()
      var config = OutboxRelay.Config()
      config.batch = 3
      let relay = OutboxRelay(
        bench.database, to: .init(bench.callers.channel(to: recorder)), guardian: guardian,
        config: config)
      recorder.losesAnswer.withLock { $0 = true }
      await #expect(throws: RPCError.self) { _ = try await relay.runOnce() }
      #expect(!guardian.isOpen)
      #expect(try await bench.ledger.events().count == 7)
      recorder.losesAnswer.withLock { $0 = false }
      let result = try await relay.runOnce()
      #expect(result.relayed == 7)
      #expect(recorder.recorded.withLock { $0 } == expected)
      #expect(try await bench.ledger.events().isEmpty)
      #expect(guardian.isOpen)
      let idle = try await relay.runOnce()
      #expect(idle.relayed == 0)
    }
  }
}
