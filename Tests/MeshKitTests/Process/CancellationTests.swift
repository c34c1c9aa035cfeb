import MeshIO
import MeshKit
import MeshRPC
import MeshSQL
import MeshTestKit
import MeshTransport
import Testing

@Suite("A cancelled call", .timeLimit(.minutes(2)))
struct CancellationTests {
  private static let front = MethodDescriptor(service: "test.Front", method: "Ask", kind: .unary)
  private static let back = MethodDescriptor(service: "test.Back", method: "Ask", kind: .unary)

  @Test("ends the handler's onward call and the database query behind it")
  func cascade() async throws {
    try await withDatabase { database in
      var back = Router()
      back.unary(Self.back) { (request: Text, _) -> Text in
        _ = try await database.query("SELECT pg_sleep(67)")
        return request
      }
      try await withServer(back) { backAddress, loops in
        let onward = RPCClient(try Self.channel(to: backAddress, loops))
        var front = Router()
        front.unary(Self.front) { (request: Text, call: ServerCall) -> Text in
          try await onward.unary(Self.back, request, CallOptions(deadline: call.deadline))
        }
        try await withServer(front) { frontAddress, loops in
          let client = RPCClient(try Self.channel(to: frontAddress, loops))
          for ending in [CallOptions(), CallOptions.timeout(.seconds(2))] {
            let task = Task { () -> Text in
              try await client.unary(Self.front, Text("hello"), ending)
            }
            try await eventually { try await Self.sleeping(database) == 1 }
            if ending.deadline == nil { task.cancel() }
            let error = await #expect(throws: RPCError.self) { try await task.value }
            #expect(error?.code == (ending.deadline == nil ? .cancelled : .deadlineExceeded))
            try await eventually { try await Self.sleeping(database) == 0 }
          }
        }
      }
    }
  }

  private static func sleeping(_ database: Database) async throws -> Int {
    try await database.query(
      """
      SELECT count(*) AS n FROM pg_stat_activity
      WHERE state = 'active' AND pid <> pg_backend_pid() AND query = 'SELECT pg_sleep(67)'
      """
    ).one()["n"]
  }

  private static func channel(
    to address: SocketAddress, _ loops: [EventLoop]
  ) throws -> TransportChannel {
    let target = try Target(parsing: "ipv4:\(address)")
    return TransportChannel(ChannelConfig(target: target, serverName: "test"), loops: loops)
  }

  private func withServer(
    _ router: Router, _ body: (SocketAddress, [EventLoop]) async throws -> Void
  ) async throws {
    let loops = Array(try TestLoops.shared.loops.prefix(1))
    let server = Server(
      ServerConfig(endpoints: [.init(.loopback(port: 0))]), loops: loops,
      router: router)
    let address = try await server.start()[0]
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(address, loops))
    } catch {
      outcome = .failure(error)
    }
    await server.stop()
    try outcome.get()
  }
}
