import MeshAPI
import MeshRPC
import Synchronization
import Testing

@testable import MeshKit

@Suite("What watches a client's calls", .timeLimit(.minutes(1)))
struct ClientObserverTests {
  private typealias Text = GoogleProtobuf.StringValue
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)

  private struct Nobody: Channel {
    func open(
      _ method: MethodDescriptor, _ options: CallOptions
    ) async throws(RPCError) -> any ClientStream {
      throw RPCError(.unavailable, "nobody is there")
    }
  }

  private func observatory() -> Observatory {
    Observatory(
      accessLog: AccessLog(Log(service: "test"), level: .debug, limit: 0),
      tracer: Tracer(
        queue: SpanQueue(limit: 10), sampler: TraceSampler(ratio: 0),
        now: Observatory.wallClock))
  }

  private func watched(
    _ channel: any Channel, by observatory: Observatory, to target: String
  ) -> any Channel {
    observatory.watchingCalls(observatory.watchingAttempts(channel, to: target), to: target)
  }

  /// A server that notes the headers of its calls.
  private func router(_ seen: @escaping @Sendable (Metadata) -> Void) -> Router {
    var router = Router()
    router.unary(Self.say) { (request: Text, call: ServerCall) -> Text in
      seen(call.metadata)
      if request.value == "no" { throw RPCError(.notFound, "nobody") }
      return request
    }
    return router
  }

  /// Waits for what is told on whatever thread ends a call.
  private func settled(_ condition: () -> Bool) async {
    while !condition() { await Task.yield() }
  }

  @Test("counts calls and attempts by method, target and status, with their bytes")
  func metrics() async throws {
    let observatory = observatory()
    let client = RPCClient(
      watched(InProcessChannel(router { _ in }), by: observatory, to: "mesh:echo"))
    let _: Text = try await client.unary(Self.say, Text(value: "hello"), CallOptions())
    await #expect(throws: RPCError.self) {
      let _: Text = try await client.unary(Self.say, Text(value: "no"), CallOptions())
    }
    let target = observatory.metrics.target("mesh:echo")
    await settled { target.calls.first?.outcomes.count == 2 }
    for series in [target.calls, target.attempts] {
      #expect(series.map(\.method) == ["test.Echo/Say"])
      #expect(series[0].startedCount == 2)
      #expect(series[0].outcomes.map(\.code) == [.ok, .notFound])
      #expect(series[0].outcomes[0].sent.sum == 7)
      #expect(series[0].outcomes[0].received.sum == 7)
    }
  }

  @Test("counts a call that nobody could be reached for")
  func unreachable() async throws {
    let observatory = observatory()
    let channel = watched(Nobody(), by: observatory, to: "mesh:gone")
    await #expect(throws: RPCError.self) { try await channel.open(Self.say, CallOptions()) }
    let target = observatory.metrics.target("mesh:gone")
    #expect(target.calls.first?.outcomes.map(\.code) == [.unavailable])
    #expect(target.attempts.first?.outcomes.map(\.code) == [.unavailable])
  }

  @Test("makes a call the child of what is being served, and tells the server of its attempt")
  func traces() async throws {
    let observatory = observatory()
    let queue = try #require(observatory.tracer?.queue)
    let headers = Mutex<Metadata>([:])
    let client = RPCClient(
      watched(
        InProcessChannel(router { seen in headers.withLock { $0 = seen } }), by: observatory,
        to: "mesh:echo"))
    let served = TraceContext(
      traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true, state: "v=1")
    let _: Text = try await TraceContext.$current.withValue(served) {
      // What came from outside is not what goes on: an edge hands its caller's headers over.
      try await client.unary(
        Self.say, Text(value: "x"), CallOptions(metadata: ["traceparent": "from outside"]))
    }
    await settled { queue.count == 2 }
    let spans = queue.take(2)
    let call = try #require(spans.first { $0.kind == .client })
    let attempt = try #require(spans.first { $0.kind == .attempt })
    #expect(call.name == "Sent.test.Echo.Say")
    #expect(call.parentID == 3)
    #expect(attempt.parentID == call.context.spanID)
    #expect(attempt.code == .ok)
    let sent = headers.withLock { TraceContext($0) }
    #expect(sent == attempt.context)
    #expect(sent?.state == "v=1")
  }

  @Test("begins no trace for a call that nobody asked for")
  func own() async throws {
    let observatory = observatory()
    let headers = Mutex<Metadata?>(nil)
    let client = RPCClient(
      watched(
        InProcessChannel(router { seen in headers.withLock { $0 = seen } }), by: observatory,
        to: "mesh:echo"))
    let _: Text = try await client.unary(Self.say, Text(value: "x"), CallOptions())
    #expect(headers.withLock { $0?.first("traceparent") } == nil)
    #expect(observatory.tracer?.queue.count == 0)
  }
}
