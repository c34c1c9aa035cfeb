import MeshAPI
import MeshRPC
import Testing

@testable import TenantryCLI

@Suite("tenantry load", .timeLimit(.minutes(1)))
struct LoadCommandTests {
  private func scene() throws -> Scene {
    try Scene { router in
      router.unary(GrpcHealthV1.HealthMethods.check) {
        (_: GrpcHealthV1.HealthCheckRequest, call) in
        guard call.metadata.first("authorization") == nil else {
          throw RPCError(.permissionDenied, "no token was to come here")
        }
        return GrpcHealthV1.HealthCheckResponse()
      }
    }
  }

  private static let common =
    "load --method grpc.health.v1.Health/Check --rate 100 --duration 1s --warm-up 0s"
  private static let foreign = " --target ipv4:127.0.0.1:50051 --connections 3 "

  @Test("prints what was asked for and what came of it")
  func table() async throws {
    let ending = try await scene().run(Self.common + Self.foreign + "--quiet")
    #expect(ending.code == .ok)
    #expect(ending.messages.isEmpty)
    #expect(ending.output.contains("target     ipv4:127.0.0.1:50051, connections: 3\n"))
    #expect(ending.output.contains("asked for  100.0/s for 1s after 0s of warm-up\n"))
    #expect(ending.output.contains("calls: 100\n"))
    #expect(ending.output.contains("statuses   OK 100\n"))
    #expect(ending.output.contains("p99.9"))
  }

  @Test("prints JSON that says the same")
  func json() async throws {
    let ending = try await scene().run(Self.common + Self.foreign + "--quiet -o json")
    #expect(ending.code == .ok)
    for part in [
      #""askedRate":100.0"#, #""connections":3"#, #""dropped":0"#, #""calls":100"#,
      #""statuses":{"OK":100}"#, #""failureLatency":null"#,
      #""method":"grpc.health.v1.Health/Check""#,
    ] {
      #expect(ending.output.contains(part), "\(part) in \(ending.output)")
    }
  }

  @Test("shows each second what has come since the last one")
  func progress() {
    let tally = LoadTally(kinds: 1, measuredFrom: 0, inFlightLimit: 2)
    for moment in [Int64(0), 1, 2] { _ = tally.begin(intended: moment, at: moment) }
    tally.end(
      kind: 0, intended: 0,
      LoadOutcome(status: .ok, latency: 1_500_000, sentBytes: 1, receivedBytes: 1))
    #expect(
      LoadReport.progress(1, tally.look())
        == "1s  1/s  p50 1.500ms  p99 1.500ms  max 1.500ms  open 1  failed 0  dropped 1\n")
    tally.end(
      kind: 0, intended: 1,
      LoadOutcome(status: .unavailable, latency: 5, sentBytes: 1, receivedBytes: 0))
    #expect(
      LoadReport.progress(2, tally.look())
        == "2s  1/s  p50 0.000ms  p99 0.000ms  max 0.000ms  open 0  failed 1  dropped 1\n")
  }

  @Test("says what becomes of connections, unless it is to be quiet")
  func news() async throws {
    let loud = try await scene().run(Self.common + Self.foreign)
    #expect(loud.messages.hasPrefix("connected to nobody\n"), "\(loud.messages)")
    let quiet = try await scene().run(Self.common + Self.foreign + "--quiet")
    #expect(quiet.messages.isEmpty, "\(quiet.messages)")
  }

  @Test("sends the session's token to the mesh and to nobody else")
  func token() async throws {
    let mesh = try await scene().run(Self.common + " --quiet")
    #expect(mesh.code == .denied)
    #expect(mesh.output.contains("statuses     PERMISSION_DENIED 100\n"))
    let foreign = try await scene().run(Self.common + Self.foreign + "--quiet")
    #expect(foreign.output.contains("OK 100"))
  }

  @Test(
    "takes the targets that channels take, but for names of a mesh",
    arguments: ["ipv4:127.0.0.1:50051", "ipv4:127.0.0.1:1,127.0.0.2:2", "dns:host:1", "unix:/s"])
  func targets(text: String) throws {
    #expect(try LoadGround.target(text) == Target(parsing: text))
  }

  @Test(
    "refuses what leads nowhere", arguments: ["", "ipv4:", "ipv4:127.0.0.1:1,", "mesh:tenants"])
  func noTargets(text: String) {
    let failure = #expect(throws: Failure.self) { try LoadGround.target(text) }
    #expect(failure?.code == .usage)
    #expect(failure?.message.hasPrefix("--target: ") == true)
  }

  @Test(
    "is refused without calls, or with two answers to one question",
    arguments: [
      ("load --rate 1", "load needs --method or --calls"),
      ("load --rate 1 --method a.B/C --calls f", "load needs --method or --calls"),
      ("load --rate 1 --calls f --data {}", "--data goes with --method"),
      (
        "load --rate 1 --method a.B/C --target x --server https://y",
        "--target and --server exclude"
      ),
      ("load --rate 1 --method a.B/C -o name", "load prints a table or JSON"),
    ])
  func refused(line: String, message: String) async throws {
    let ending = try await scene().run(line)
    #expect(ending.code == .usage)
    #expect(ending.messages.contains(message), "\(ending.messages)")
  }
}
