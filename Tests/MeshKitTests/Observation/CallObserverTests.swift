import MeshAPI
import MeshRPC
import MeshTestKit
import Synchronization
import Testing

@testable import MeshKit

@Suite("What watches a server's calls")
struct CallObserverTests {
  private static let say = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)
  private static let parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"

  private typealias Text = GoogleProtobuf.StringValue

  /// Everything that a test looks at afterwards.
  private final class Scene: Sendable {
    let lines = Mutex<[String]>([])
    let seen = Mutex<TraceContext?>(nil)
    let observatory: Observatory

    init(traces ratio: Double? = nil) {
      let (told, tell) = AsyncStream<String>.makeStream()
      self.told = told
      let log = Log(service: "test") { tell.yield(String(decoding: $0, as: UTF8.self)) }
      observatory = Observatory(
        accessLog: AccessLog(log, level: .info, limit: 100),
        tracer: ratio.map {
          Tracer(
            queue: SpanQueue(limit: 10), sampler: TraceSampler(ratio: $0),
            now: Observatory.wallClock)
        })
    }

    private let told: AsyncStream<String>

    /// The next call's line, which comes when the call's observer is through.
    func line() async -> String {
      for await line in told { return line }
      return ""
    }

    var client: RPCClient { RPCClient(InProcessChannel(router)) }

    var router: Router {
      var router = Router(interceptors: [CallObserver(observatory)])
      router.unary(CallObserverTests.say) { (request: Text, call: ServerCall) -> Text in
        self.seen.withLock { $0 = TraceContext.current }
        call.setContext(
          Caller(
            kind: .member, plane: .tenant, id: "bob", name: "bob@globex.example", sessionID: "s",
            tenantID: "globex", permissions: [], ip: "", expiresAt: .max),
          PolicyTable.all[0], requestID: "r-1")
        switch request.value {
        case "no": throw RPCError(.notFound, "nobody")
        case "late":
          // What a handler throws whose task the deadline has cancelled.
          while !Task.isCancelled { await Task.yield() }
          throw CancellationError()
        default: return request
        }
      }
      return router
    }
  }

  @Test("counts them under their method, unknown ones under other")
  func metrics() async throws {
    let scene = Scene()
    let client = scene.client
    let _: Text = try await client.unary(Self.say, Text(value: "hello"), CallOptions())
    #expect(await scene.line().contains(#""status":"OK""#))
    let invented = MethodDescriptor(service: "made.up", method: "Name", kind: .unary)
    await #expect(throws: RPCError.self) {
      let _: Text = try await client.unary(invented, Text(), CallOptions())
    }
    #expect(await scene.line().contains(#""path":"/made.up/Name","status":"UNIMPLEMENTED""#))
    let served = scene.observatory.metrics.served
    #expect(served.map(\.method) == ["other", "test.Echo/Say"])
    #expect(served.map { $0.outcomes.map(\.code) } == [[.unimplemented], [.ok]])
    #expect(served[1].outcomes[0].received.sum == 7)
    #expect(served[1].outcomes[0].sent.sum == 7)
  }

  @Test(
    "counts, logs and traces those that the transport refuses",
    arguments: [("/test.Echo/Say", "test.Echo/Say"), ("/made.up/Name", "other"), ("", "other")])
  func refused(path: String, method: String) async throws {
    let scene = Scene(traces: 0)
    let queue = try #require(scene.observatory.tracer?.queue)
    Array(path.utf8).withUnsafeBytes {
      Dispatcher(scene.router).refused(
        .internal, at: $0, ["traceparent": Self.parent],
        from: Peer(address: "192.0.2.7:5", trust: .unknown))
    }
    let line = await scene.line()
    #expect(line.contains("\"path\":\"\(path)\",\"status\":\"INTERNAL\""))
    #expect(line.contains(#""peer":"192.0.2.7:5""#))
    let counted = try #require(
      scene.observatory.metrics.served.first { $0.outcomes.contains { $0.code == .internal } })
    #expect(counted.method == method)
    #expect(counted.startedCount == 1)
    #expect(queue.take(10).map(\.code) == [.internal])
  }

  @Test("logs who called and how it ended")
  func accessLog() async throws {
    let scene = Scene()
    await #expect(throws: RPCError.self) {
      let _: Text = try await scene.client.unary(Self.say, Text(value: "no"), CallOptions())
    }
    let line = await scene.line()
    #expect(line.contains(#""status":"NOT_FOUND""#))
    #expect(line.contains(#""caller":"bob","tenant":"globex","request_id":"r-1""#))
    #expect(!line.contains("nobody"))
  }

  @Test("says that the deadline ended a call, though its handler knows of a cancellation only")
  func deadline() async throws {
    let scene = Scene()
    await #expect(throws: RPCError.self) {
      let _: Text = try await scene.client.unary(
        Self.say, Text(value: "late"), .timeout(.milliseconds(30)))
    }
    #expect(await scene.line().contains(#""status":"DEADLINE_EXCEEDED""#))
  }

  @Test("shows them to a tap")
  func tap() async throws {
    let scene = Scene()
    let calls = try scene.observatory.taps.tap(TapFilter(), rate: 10)
    let _: Text = try await scene.client.unary(Self.say, Text(value: "x"), CallOptions())
    for await shown in calls.prefix(1) {
      #expect(shown.record.path == "/test.Echo/Say")
      #expect(shown.record.tenantID == "globex")
    }
  }

  @Test("runs a handler in its trace and records the call")
  func traces() async throws {
    let scene = Scene(traces: 0)
    let queue = try #require(scene.observatory.tracer?.queue)
    let _: Text = try await scene.client.unary(
      Self.say, Text(value: "x"),
      CallOptions(metadata: ["traceparent": Self.parent, "tracestate": "v=1"]))
    #expect(await scene.line().contains(#""trace_id":"4bf92f3577b34da6a3ce929d0e0e4736""#))
    let span = try #require(queue.take(10).first)
    #expect(span.name == "Recv.test.Echo.Say")
    #expect(span.parentID == 0x00f0_67aa_0ba9_02b7)
    #expect(span.code == .ok)
    #expect(span.receivedBytes == 3)
    #expect(span.nanoseconds > 0)
    #expect(scene.seen.withLock { $0 } == span.context)
  }

  @Test("records nothing of a trace that is not sampled, but tells the handler of it")
  func unsampled() async throws {
    let scene = Scene(traces: 0)
    let _: Text = try await scene.client.unary(Self.say, Text(value: "x"), CallOptions())
    _ = await scene.line()
    #expect(scene.observatory.tracer?.queue.count == 0)
    #expect(scene.seen.withLock { $0 }?.isSampled == false)
  }

  @Test("knows nothing of traces while there is no collector")
  func off() async throws {
    let scene = Scene()
    let _: Text = try await scene.client.unary(
      Self.say, Text(value: "x"), CallOptions(metadata: ["traceparent": Self.parent]))
    #expect(await scene.line().contains(#""trace_id":"""#))
    #expect(scene.seen.withLock { $0 } == nil)
  }
}
