import MeshAPI
import MeshRPC
import Testing

@testable import TenantryCLI

@Suite("Errors reach people and scripts")
struct ErrorTests {
  private let endpoint = Endpoint(
    server: ServerAddress(host: "localhost", port: 3001), authority: nil, token: "t")

  @Test(
    "every status has its exit code",
    arguments: [
      (StatusCode.ok, 0), (.internal, 1), (.unknown, 1), (.invalidArgument, 2), (.notFound, 3),
      (.unauthenticated, 4), (.permissionDenied, 5), (.alreadyExists, 6), (.failedPrecondition, 6),
      (.aborted, 6), (.unavailable, 7), (.deadlineExceeded, 7),
    ] as [(StatusCode, Int32)])
  func codes(_ status: StatusCode, _ code: Int32) {
    #expect(ExitCode(status).rawValue == code)
  }

  @Test("an error says what is wrong, why, and how to find it in the logs")
  func refused() {
    let error = refusal(.failedPrecondition, "TENANT_SUSPENDED", "tenant T1 is suspended")
    #expect(
      CallError(error, reachedServer: true).failure(at: endpoint)
        == Failure(
          .conflict, "tenant T1 is suspended",
          notes: [
            "reason: TENANT_SUSPENDED", "request id: 0199f3a2-0000-7000-8000-000000000001",
          ]))
  }

  @Test("every fault of a request has its line, unless the message is that fault")
  func violations() {
    func failure(_ rules: [(String, String)], message: String) -> Failure {
      let request = GoogleRpc.BadRequest(
        fieldViolations: rules.map { .init(field: $0.0, description: $0.1) })
      let status = GoogleRpc.Status(
        code: 3, message: message,
        details: [
          .init(typeURL: "type.googleapis.com/google.rpc.BadRequest", value: request.serialized())
        ])
      let error = RPCError(.invalidArgument, message, details: status.serialized())
      return CallError(error, reachedServer: true).failure(at: endpoint)
    }
    #expect(failure([("name", "name is required")], message: "name is required").notes.isEmpty)
    let two = failure(
      [("name", "name is required"), ("region", "unknown: mars")],
      message: "name is required; region: unknown: mars")
    #expect(two.notes == ["name is required", "region: unknown: mars"])
    #expect(two.code == .usage)
  }

  @Test("a request id in the trailers is enough")
  func trailer() {
    let error = RPCError(.internal, "internal error", trailers: ["tenantry-request-id": "R1"])
    #expect(
      CallError(error, reachedServer: true).failure(at: endpoint).notes == ["request id: R1"])
  }

  @Test("garbage in the details hides nothing of the error")
  func garbage() {
    let error = RPCError(.notFound, "tenant T1 not found", details: [1, 2, 3])
    let failure = CallError(error, reachedServer: true).failure(at: endpoint)
    #expect(failure == Failure(.notFound, "tenant T1 not found"))
  }

  @Test("an error cannot rewrite the screen")
  func harmless() {
    let error = RPCError(.notFound, "\u{1B}[2Jgone")
    let failure = CallError(error, reachedServer: true).failure(at: endpoint)
    #expect(failure.message == "\u{FFFD}[2Jgone")
  }
}
