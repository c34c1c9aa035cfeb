import MeshIO
import MeshRPC
import Synchronization
import Testing

@testable import MeshTransport

@Suite("The tasks of handlers", .timeLimit(.minutes(1)))
struct HandlerTaskTests {
  private static let wait = MethodDescriptor(service: "test.Tasks", method: "Wait", kind: .unary)
  private static let look = MethodDescriptor(service: "test.Tasks", method: "Look", kind: .unary)

  /// `Wait` answers when the gate opens, or when its task is cancelled and it was told to wait for
  /// that; `Look` says whether its task is cancelled.
  private func router(
    _ gate: AsyncStream<Never>, _ began: AsyncStream<Void>.Continuation
  ) -> Router {
    var router = Router()
    router.unary(Self.wait) { (request: Text, call: ServerCall) -> Text in
      began.yield()
      // A stream that a cancelled task waited for has ended for all.
      let never = AsyncStream<Never>.makeStream()
      for await _ in request.value == "cancel" ? never.stream : gate {}
      return Task.isCancelled ? Text("cancelled") : request
    }
    router.unary(Self.look) { (request: Text, call: ServerCall) -> Text in
      Task.isCancelled ? Text("cancelled") : request
    }
    return router
  }

  private func withClient(
    _ body: (RPCClient, _ open: () -> Void, _ began: AsyncStream<Void>) async throws -> Void
  ) async throws {
    let (gate, opener) = AsyncStream<Never>.makeStream()
    let (began, beginner) = AsyncStream<Void>.makeStream()
    let change = { (config: inout ServerConfig) in config.handlers = 1000 }
    try await withServer(router: router(gate, beginner), change: change) { _, address, loops in
      let client = RPCClient(TransportChannel(ChannelConfig(to: address), loops: loops))
      try await body(client, { opener.finish() }, began)
    }
  }

  @Test("are not used again once a call on them was cancelled")
  func cancelled() async throws {
    try await withClient { client, _, began in
      for _ in 0..<5 {
        let waiting = Task {
          let _: Text = try await client.unary(Self.wait, Text("cancel"), CallOptions())
        }
        for await _ in began { break }
        waiting.cancel()
        await #expect(throws: RPCError.self) { try await waiting.value }
        for _ in 0..<3 {
          let answer: Text = try await client.unary(Self.look, Text("well"), CallOptions())
          #expect(answer.value == "well")
        }
      }
    }
  }

  @Test("are as many as calls that wait, and serve others afterwards")
  func many() async throws {
    try await withClient { client, open, began in
      try await withThrowingTaskGroup(of: String.self) { calls in
        for number in 0..<600 {
          calls.addTask {
            let answer: Text = try await client.unary(Self.wait, Text("\(number)"), CallOptions())
            return answer.value
          }
        }
        var waiting = 0
        for await _ in began {
          waiting += 1
          if waiting == 200 { break }
        }
        open()
        var answers: Set<String> = []
        for try await answer in calls { answers.insert(answer) }
        #expect(answers.count == 600)
      }
      for _ in 0..<600 {
        let answer: Text = try await client.unary(Self.look, Text("well"), CallOptions())
        #expect(answer.value == "well")
      }
    }
  }
}
