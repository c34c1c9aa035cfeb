import MeshAPI
import MeshIO
import MeshRPC
import MeshTestKit
import MeshTransport
import Synchronization
import Testing

@testable import MeshKit

private typealias Request = OpentelemetryProtoCollectorTraceV1.ExportTraceServiceRequest
private typealias Response = OpentelemetryProtoCollectorTraceV1.ExportTraceServiceResponse

/// A collector that keeps what it is sent, or fails as it is told.
private final class Collector: OpentelemetryProtoCollectorTraceV1.TraceServiceHandler {
  let requests = Mutex<[Request]>([])
  let answers = Mutex<[Result<Response, RPCError>]>([])

  func export(_ request: Request, _ call: ServerCall) async throws -> Response {
    let answer = answers.withLock { $0.isEmpty ? .success(Response()) : $0.removeFirst() }
    let response = try answer.get()
    requests.withLock { $0.append(request) }
    return response
  }

  var router: Router {
    var router = Router()
    register(on: &router)
    return router
  }
}

@Suite("The export of traces", .timeLimit(.minutes(1)))
struct ExportSpansTests {
  private static let context = TraceContext(
    traceID: TraceID(high: 1, low: 2), spanID: 3, isSampled: true, state: "v=1")

  private static func span(_ kind: TraceSpan.Kind = .server) -> TraceSpan {
    var span = TraceSpan(
      context: context, parentID: 4, kind: kind, method: "test.Echo/Say", start: 1_000)
    span.nanoseconds = 500
    span.code = .notFound
    span.sentBytes = 6
    return span
  }

  private func export(
    _ queue: SpanQueue, to channel: any Channel, batch: Int = 512, attempts: Int = 3
  ) -> ExportSpans {
    var config = ExportSpans.Config()
    config.batch = batch
    config.attempts = attempts
    return ExportSpans(
      queue, to: .init(channel), service: "tenants", instance: "i-1", config: config)
  }

  @Test("brings spans to a collector over the wire, in its own words")
  func overTheWire() async throws {
    let collector = Collector()
    let loops = try TestLoops.shared.loops
    let server = Server(
      ServerConfig(endpoints: [.init(.loopback(port: 0))]), loops: loops,
      router: collector.router)
    let address = try await server.start()[0]
    let endpoint = try #require(CollectorEndpoint("http://localhost:\(address.port ?? 0)"))
    let queue = SpanQueue(limit: 10)
    queue.add(Self.span())
    queue.add(Self.span(.attempt))
    let channel = try endpoint.channel(loops: loops, registry: ChannelzRegistry())
    let result = try await export(queue, to: channel).runOnce()
    await server.stop()
    #expect(result == .init(exported: 2, dropped: 0))
    let group = try #require(collector.requests.withLock { $0.first?.resourceSpans.first })
    let names = group.resource?.attributes.map { $0.key }
    #expect(
      names == ["service.namespace", "service.name", "service.instance.id", "service.version"])
    let spans = try #require(group.scopeSpans.first?.spans)
    #expect(spans.map(\.name) == ["Recv.test.Echo.Say", "Attempt.test.Echo.Say"])
    #expect(spans.map(\.kind) == [.server, .internal])
    #expect(spans[0].traceID == [0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 2])
    #expect(spans[0].spanID == [0, 0, 0, 0, 0, 0, 0, 3])
    #expect(spans[0].parentSpanID == [0, 0, 0, 0, 0, 0, 0, 4])
    #expect(spans[0].traceState == "v=1")
    #expect(spans[0].startTimeUnixNano == 1000)
    #expect(spans[0].endTimeUnixNano == 1500)
    #expect(spans[0].status?.code == .error)
    #expect(spans[0].flags == 1)
    let code = spans[0].attributes.first { $0.key == "rpc.grpc.status_code" }
    #expect(code?.value?.value == .intValue(5))
  }

  @Test("goes on batch by batch until nothing waits")
  func batches() async throws {
    let collector = Collector()
    let queue = SpanQueue(limit: 100)
    for _ in 0..<25 { queue.add(Self.span()) }
    let export = export(queue, to: InProcessChannel(collector.router), batch: 10)
    #expect(try await export.runOnce() == .init(exported: 25, dropped: 0))
    let sizes = collector.requests.withLock {
      $0.map { $0.resourceSpans[0].scopeSpans[0].spans.count }
    }
    #expect(sizes == [10, 10, 5])
  }

  @Test("tries a batch again when the collector is away, and drops it after a few times")
  func patience() async throws {
    let collector = Collector()
    let away = Result<Response, RPCError>.failure(RPCError(.unavailable, "away"))
    collector.answers.withLock { $0 = [away, away, .success(Response()), away, away, away] }
    let queue = SpanQueue(limit: 10)
    let export = export(queue, to: InProcessChannel(collector.router))
    queue.add(Self.span())
    for _ in 0..<2 { await #expect(throws: RPCError.self) { try await export.runOnce() } }
    #expect(try await export.runOnce() == .init(exported: 1, dropped: 0))
    queue.add(Self.span())
    for _ in 0..<3 { await #expect(throws: RPCError.self) { try await export.runOnce() } }
    #expect(try await export.runOnce() == .init(exported: 0, dropped: 0))
    #expect(export.total == .init(exported: 1, dropped: 1))
  }

  @Test("drops at once what the collector will never take, and counts what it rejects")
  func refusals() async throws {
    let collector = Collector()
    collector.answers.withLock {
      $0 = [
        .failure(RPCError(.invalidArgument, "no")),
        .success(Response(partialSuccess: .init(rejectedSpans: 2, errorMessage: "odd"))),
      ]
    }
    let queue = SpanQueue(limit: 10)
    let export = export(queue, to: InProcessChannel(collector.router))
    queue.add(Self.span())
    await #expect(throws: RPCError.self) { try await export.runOnce() }
    for _ in 0..<3 { queue.add(Self.span()) }
    #expect(try await export.runOnce() == .init(exported: 1, dropped: 2))
    #expect(export.total == .init(exported: 1, dropped: 3))
  }

  @Test(
    "reads where the collector is",
    arguments: [
      ("http://localhost:4317", "localhost", false), ("https://otel.example", "otel.example", true),
      ("http://[::1]:9", "[::1]", false), ("127.0.0.1:4317", "collector", false),
      ("unix:/run/otel.sock", "collector", false),
    ])
  func endpoints(_ text: String, _ host: String, _ isSecure: Bool) {
    let endpoint = CollectorEndpoint(text)
    #expect(endpoint?.host == host)
    #expect(endpoint?.isSecure == isSecure)
  }

  @Test(
    "refuses what is no place",
    arguments: ["http://", "http://host:port", "https://host:99999", "http://host/path", "host"])
  func badEndpoints(_ text: String) {
    #expect(CollectorEndpoint(text) == nil)
  }
}
