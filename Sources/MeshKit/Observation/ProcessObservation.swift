import MeshIO
import MeshRPC
import MeshTransport

/// What watches a process's calls, as its settings say, and who is told.
struct ProcessObservation: Sendable {
  let observatory: Observatory
  /// Brings traces to the collector; nil where none is configured.
  let export: ExportSpans?

  init(
    _ definition: ServiceDefinition, _ settings: Settings, log: Log, loops: [EventLoop],
    registry: ChannelzRegistry
  ) throws {
    let accessLog = AccessLog(
      log, level: definition.accessLog, limit: try settings[ObservationSettings.accessLogLimit])
    guard let collector = CollectorEndpoint(try settings[ObservationSettings.collector]) else {
      observatory = Observatory(accessLog: accessLog)
      export = nil
      return
    }
    let queue = SpanQueue(limit: try settings[ObservationSettings.traceQueue])
    let sampler = TraceSampler(ratio: try settings[ObservationSettings.traceRatio])
    observatory = Observatory(
      accessLog: accessLog,
      tracer: Tracer(queue: queue, sampler: sampler, now: Observatory.wallClock))
    export = ExportSpans(
      queue, to: .init(try collector.channel(loops: [loops[0]], registry: registry)),
      service: definition.name, instance: NewID.make())
  }

  /// What is left to do once the last call has ended: the last spans leave.
  func finish() async {
    // The process ends: spans that the collector does not take now are lost with it.
    _ = try? await export?.runOnce()
  }
}

/// Answers Prometheus.
enum MetricEndpoint {
  /// Listens where the settings say; nil where they say nothing.
  static func start(
    _ metrics: MetricSources, _ settings: Settings, on loop: EventLoop
  ) async throws -> HTTP1Listener? {
    let text = try settings[ObservationSettings.metricsListen]
    guard !text.isEmpty else { return nil }
    let listener = HTTP1Listener(on: loop) { path in
      guard path == "/metrics" else { return PlainResponse(status: 404, headers: [], body: []) }
      return PlainResponse(
        status: 200, headers: [("content-type", MetricPage.contentType)],
        body: await metrics.page().bytes)
    }
    _ = try await listener.listen(try MeshAddresses.parse(text))
    return listener
  }
}
