import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import MeshKit

@Suite("The taps of a process", .timeLimit(.minutes(1)))
struct ProcessTapTests {
  private func service(_ hub: TapHub) throws -> ProcessService {
    ProcessService(
      name: "tenants", health: Health(), database: nil,
      tap: ProcessTap(process: "tenants", hub: hub, loop: try TestLoops.shared.loops[0]))
  }

  private func client(_ hub: TapHub) throws -> OpsV1.ProcessServiceClient {
    var router = Router()
    try service(hub).register(on: &router)
    return .init(InProcessChannel(router))
  }

  @Test("are streams of the calls that fit")
  func stream() async throws {
    let hub = TapHub()
    let tapped = try await client(hub).tapProcess(
      OpsV1.TapRequest(methodPrefix: "test.", status: "FAILED"))
    while !hub.isTapped { await Task.yield() }
    var record = CallRecord(
      path: "/test.Echo/Say", code: .ok, nanoseconds: 2_500_000, sentBytes: 0, receivedBytes: 0,
      peer: "127.0.0.1:1")
    hub.offer(record)
    record.code = .internal
    record.callerID = "ada"
    hub.offer(record)
    for try await call in tapped.responses {
      #expect(call.process == "tenants")
      #expect(call.method == "test.Echo/Say")
      #expect(call.status == "INTERNAL")
      #expect(call.latency?.duration == .microseconds(2500))
      #expect(call.callerID == "ada")
      break
    }
    tapped.cancel()
    while hub.isTapped { await Task.yield() }
  }

  @Test("end by themselves after their time")
  func time() async throws {
    var config = TapHub.Config()
    config.duration = .milliseconds(20)
    let hub = TapHub(config: config)
    let tapped = try await client(hub).tapProcess(OpsV1.TapRequest())
    for try await _ in tapped.responses {}
    #expect(await tapped.status().code == .ok)
    while hub.isTapped { await Task.yield() }
  }

  private static let bad: [(OpsV1.TapRequest, String)] = [
    (.init(rate: 1001), "rate is 1001; it may be 1 to 1000"),
    (.init(rate: -1), "rate is -1; it may be 1 to 1000"),
    (.init(status: "NOPE"), "status is no status's name: \"NOPE\""),
    (.init(tenantID: "x"), "tenant_id is not a UUID: \"x\""),
    (.init(minLatency: .init(.seconds(-1))), "min_latency is negative"),
  ]

  @Test("refuse what cannot be", arguments: bad)
  func refusals(_ request: OpsV1.TapRequest, _ message: String) async throws {
    let tapped = try await client(TapHub()).tapProcess(request)
    let error = await #expect(throws: RPCError.self) {
      for try await _ in tapped.responses {}
    }
    #expect(error?.code == .invalidArgument)
    #expect(error?.message == message)
  }
}
