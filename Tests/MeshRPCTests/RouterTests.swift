import Synchronization
import Testing

@testable import MeshRPC

/// Notes which methods it was bound to, and tells what it saw of each call.
private struct Witness: ServerInterceptor {
  final class Notes: Sendable {
    let bindings = Mutex<[String]>([])
    let calls: AsyncStream<String>
    let tell: AsyncStream<String>.Continuation

    init() { (calls, tell) = AsyncStream.makeStream() }

    /// The next so many calls, once their interceptors are through.
    func next(_ count: Int) async -> [String] {
      var calls: [String] = []
      for await call in self.calls.prefix(count) { calls.append(call) }
      return calls
    }
  }

  let notes: Notes
  var method = "unbound"

  func bound(to method: MethodDescriptor?) -> any ServerInterceptor {
    let name = method?.method ?? "other"
    notes.bindings.withLock { $0.append(name) }
    return Witness(notes: notes, method: name)
  }

  func intercept(_ call: ServerCall, _ next: (ServerCall) async throws -> Void) async throws {
    do {
      try await next(call)
      tell(call, call.outcome?.name ?? "no outcome")
    } catch {
      tell(call, "thrown \(RPCError(thrown: error).code.name)")
      throw error
    }
  }

  private func tell(_ call: ServerCall, _ outcome: String) {
    notes.tell.yield(
      "\(method) \(outcome) in \(call.inbound.receivedBytes) out \(call.sentBytes)")
  }
}

@Suite("An interceptor of a router")
struct RouterTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
  private static let split = MethodDescriptor(
    service: "test.Echo", method: "Split", kind: .serverStreaming)

  private func router(_ notes: Witness.Notes) -> Router {
    var router = Router(interceptors: [Witness(notes: notes)])
    router.unary(Self.say) { (request: Text, call: ServerCall) -> Text in
      if request.value == "no" { throw RPCError(.notFound, "nobody") }
      return Text("echo \(request.value)")
    }
    router.serverStreaming(Self.split) {
      (request: Text, writer: ResponseWriter<Text>, call: ServerCall) in
      for part in request.value.split(separator: "+") { try await writer.write(Text(String(part))) }
    }
    return router
  }

  @Test("is bound once to each method and once to all others, however many calls there are")
  func bindings() async throws {
    let notes = Witness.Notes()
    let client = RPCClient(InProcessChannel(router(notes)))
    for _ in 0..<3 {
      let _: Text = try await client.unary(Self.say, Text("hi"), CallOptions())
    }
    #expect(await notes.next(3).count == 3)
    #expect(notes.bindings.withLock { $0 } == ["other", "Say", "Split"])
  }

  @Test("sees how the call ended and what went each way")
  func facts() async throws {
    let notes = Witness.Notes()
    let client = RPCClient(InProcessChannel(router(notes)))
    let _: Text = try await client.unary(Self.say, Text("hi"), CallOptions())
    #expect(await notes.next(1) == ["Say OK in 2 out 7"])
    let parts: StreamingCall<Text, Text> = try await client.serverStreaming(
      Self.split, Text("a+bc"), CallOptions())
    for try await _ in parts.responses {}
    #expect(await notes.next(1) == ["Split OK in 4 out 3"])
    await #expect(throws: RPCError.self) {
      let _: Text = try await client.unary(Self.say, Text("no"), CallOptions())
    }
    #expect(await notes.next(1) == ["Say thrown NOT_FOUND in 2 out 0"])
    let unknown = MethodDescriptor(service: "test.Echo", method: "Who", kind: .unary)
    await #expect(throws: RPCError.self) {
      let _: Text = try await client.unary(unknown, Text(""), CallOptions())
    }
    #expect(await notes.next(1) == ["other thrown UNIMPLEMENTED in 0 out 0"])
  }
}
