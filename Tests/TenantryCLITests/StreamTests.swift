import MeshAPI
import MeshRPC
import Testing

@testable import TenantryCLI

@Suite("A command whose answer is a stream")
struct StreamTests {
  private static func call(_ status: String, _ method: String, nanos: Int32) -> OpsV1.TappedCall {
    var call = OpsV1.TappedCall()
    call.endedAt = .init(seconds: 1_795_172_400)
    call.process = "edge"
    call.method = method
    call.status = status
    call.latency = .init(nanos: nanos)
    call.peer = "127.0.0.1:5000"
    return call
  }

  /// A mesh that shows two calls, then ends with `error`.
  private func scene(_ error: RPCError? = nil) throws -> Scene {
    try Scene { router in
      router.serverStreaming(OpsV1.TapServiceMethods.tap) {
        (request: OpsV1.TapRequest, responses: ResponseWriter<OpsV1.TappedCall>, _) in
        try await responses.write(Self.call("OK", "a.B/C", nanos: 417_000))
        try await responses.write(
          Self.call("NOT_FOUND", request.methodPrefix + "D", nanos: 38_000_000))
        if let error { throw error }
      }
    }
  }

  @Test("shows a line for each message under one heading")
  func table() async throws {
    let ending = try await scene().run("tap --method-prefix tenantry. --rate 5")
    #expect(ending.code == .ok)
    let lines = ending.output.split(separator: "\n").map(String.init)
    #expect(lines.count == 3)
    #expect(lines[0].hasPrefix("ENDED"))
    #expect(lines[1].contains("  OK      0.417ms  a.B/C"))
    #expect(lines[2].contains("  NOT_FOUND  38ms     tenantry.D"))
  }

  @Test("shows a JSON line for each message")
  func json() async throws {
    let ending = try await scene().run("tap -o jsonl")
    #expect(ending.code == .ok)
    let lines = ending.output.split(separator: "\n")
    #expect(lines.count == 2)
    #expect(lines[0].contains(#""status":"OK""#))
    #expect(lines[0].contains(#""latency":"0.000417s""#))
  }

  @Test("keeps what it has shown when the stream fails, and says why")
  func failure() async throws {
    let ending = try await scene(RPCError(.permissionDenied, "You don't have access"))
      .run("tap -o name")
    #expect(ending.code == .denied)
    #expect(ending.output.split(separator: "\n").count == 2)
    #expect(ending.messages.contains("You don't have access"))
  }

  @Test(
    "shows short times with their fraction",
    arguments: [
      (0, 999, "0ms"), (0, 1000, "0.001ms"), (0, 9_999_000, "9.999ms"), (0, 10_500_000, "10ms"),
      (0, 999_000_000, "999ms"), (1, 250_000_000, "1.25s"), (9, 0, "9s"), (10, 5, "10s"),
      (0, 0, "0s"), (90, 0, "1m30s"),
    ])
  func fractions(_ seconds: Int64, _ nanoseconds: Int64, _ text: String) {
    #expect(DurationText.text(seconds: seconds, nanoseconds: nanoseconds) == text)
  }
}
