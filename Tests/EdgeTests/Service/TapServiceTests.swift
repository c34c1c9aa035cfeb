import MeshAPI
import MeshKit
import MeshRPC
import MeshTestKit
import Synchronization
import Testing

@testable import Edge

/// A ledger that keeps what it is told, or cannot be reached.
private final class FakeLedger: AuditV1.AuditServiceHandler {
  let events = Mutex<[EventsV1.Event]>([])
  let isAway = Atomic<Bool>(false)

  func appendEvents(
    _ request: AuditV1.AppendEventsRequest, _ call: ServerCall
  ) async throws -> AuditV1.AppendEventsResponse {
    if isAway.load(ordering: .relaxed) { throw RPCError(.unavailable, "away") }
    events.withLock { $0 += request.events }
    return AuditV1.AppendEventsResponse()
  }

  func listEntries(
    _ request: AuditV1.ListEntriesRequest, _ call: ServerCall
  ) async throws -> AuditV1.ListEntriesResponse { AuditV1.ListEntriesResponse() }

  func verifyLedger(
    _ request: AuditV1.VerifyLedgerRequest, _ call: ServerCall
  ) async throws -> AuditV1.VerifyLedgerResponse { AuditV1.VerifyLedgerResponse() }
}

@Suite("The edge's taps", .timeLimit(.minutes(1)))
struct TapServiceTests {
  /// An edge with one neighbour, `tenants`, each with taps of its own.
  private final class Scene: Sendable {
    let callers: TestCallers
    let ledger = FakeLedger()
    let own = TapHub()
    let neighbour = TapHub()

    init() throws { callers = try TestCallers() }

    func client() throws -> (OpsV1.TapServiceClient, CallOptions) {
      let loop = try TestLoops.shared.loops[0]
      let tenants = ProcessService(
        name: "tenants", health: Health(), database: nil,
        tap: ProcessTap(process: "tenants", hub: neighbour, loop: loop))
      let service = TapService(
        own: ProcessTap(process: "edge", hub: own, loop: loop),
        processes: ["tenants": .init(callers.channel(to: tenants))],
        ledger: LedgerAppender(
          .init(callers.channel(to: ledger)), source: "edge", timeout: .seconds(5)))
      return (.init(callers.channel(to: service)), try callers.options(TestCallers.ada))
    }

    static let record = CallRecord(
      path: "/test.Echo/Say", code: .ok, nanoseconds: 1, sentBytes: 0, receivedBytes: 0, peer: "p")
  }

  @Test("are in the ledger before they show anything", arguments: ["", "edge", "tenants"])
  func recorded(_ process: String) async throws {
    let scene = try Scene()
    let (client, options) = try scene.client()
    let request = OpsV1.TapRequest(process: process, methodPrefix: "test.", reason: "slow calls")
    let tapped = try await client.tap(request, options)
    let hub = process == "tenants" ? scene.neighbour : scene.own
    while !hub.isTapped { await Task.yield() }
    let event = try #require(scene.ledger.events.withLock { $0.first })
    #expect(event.type == "calls.tapped.v1")
    #expect(event.source == "edge")
    #expect(event.actor?.name == "ada@example.com")
    #expect(event.target?.id == (process == "tenants" ? "tenants" : "edge"))
    #expect(event.reason == "slow calls")
    #expect(event.requestID == TestCallers.requestID)
    #expect(event.tenantID == "")
    hub.offer(Scene.record)
    for try await call in tapped.responses {
      #expect(call.process == (process == "tenants" ? "tenants" : "edge"))
      break
    }
    tapped.cancel()
    while hub.isTapped { await Task.yield() }
  }

  @Test("show nothing while the ledger is away")
  func noLedger() async throws {
    let scene = try Scene()
    scene.ledger.isAway.store(true, ordering: .relaxed)
    let (client, options) = try scene.client()
    let tapped = try await client.tap(OpsV1.TapRequest(), options)
    let error = await #expect(throws: RPCError.self) {
      for try await _ in tapped.responses {}
    }
    #expect(error?.code == .unavailable)
    #expect(!scene.own.isTapped)
  }

  @Test("refuse what cannot be, and leave no event of it")
  func refusals() async throws {
    let scene = try Scene()
    let (client, options) = try scene.client()
    for (request, message) in [
      (OpsV1.TapRequest(process: "nope"), "process is none of edge, tenants: \"nope\""),
      (OpsV1.TapRequest(rate: 5000), "rate is 5000; it may be 1 to 1000"),
    ] {
      let tapped = try await client.tap(request, options)
      let error = await #expect(throws: RPCError.self) {
        for try await _ in tapped.responses {}
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message == message)
    }
    #expect(scene.ledger.events.withLock { $0.isEmpty })
  }
}
