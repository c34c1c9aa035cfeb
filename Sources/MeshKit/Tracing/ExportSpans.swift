package import MeshAPI
package import MeshRPC
import Synchronization

/// Brings the spans that wait to the collector, batch by batch.
///
/// What the collector does not take for a passing reason is tried again; after a few times, or when
/// it says that it never will, the batch is dropped and counted.
package final class ExportSpans: Worker {
  /// Knobs of the export.
  package struct Config: Sendable {
    /// Spans in one request.
    package var batch = 512
    /// How long one request may take.
    package var timeout = Duration.seconds(10)
    /// How often one batch is tried.
    package var attempts = 5

    /// The defaults.
    package init() {}
  }

  /// What one run did.
  package struct Result: Sendable, Equatable {
    /// Spans that the collector took.
    package var exported = 0
    /// Spans that were given up.
    package var dropped = 0
  }

  private struct State {
    var batch: [TraceSpan] = []
    var failures = 0
    var total = Result()
  }

  /// The worker's name in logs.
  package let name = "trace export"
  private let queue: SpanQueue
  private let collector: OpentelemetryProtoCollectorTraceV1.TraceServiceClient
  private let request: OTLPRequest
  private let config: Config
  private let state = Mutex(State())

  /// Exports what waits in `queue` to `collector`, in the name of the process `service`.
  package init(
    _ queue: SpanQueue, to collector: OpentelemetryProtoCollectorTraceV1.TraceServiceClient,
    service: String, instance: String, config: Config = Config()
  ) {
    self.queue = queue
    self.collector = collector
    self.config = config
    request = OTLPRequest(service: service, instance: instance)
  }

  /// What all runs did.
  package var total: Result { state.withLock { $0.total } }

  /// Exports everything that waits; throws what the collector failed with.
  package func runOnce() async throws -> Result {
    let before = total
    while let batch = nextBatch() {
      do {
        let answer = try await collector.export(
          request.message(batch), .timeout(config.timeout))
        let rejected = min(batch.count, Int(clamping: answer.partialSuccess?.rejectedSpans ?? 0))
        settle(exported: batch.count - rejected, dropped: rejected)
      } catch {
        failed(batch, with: error)
        throw error
      }
    }
    let now = total
    return Result(
      exported: now.exported - before.exported, dropped: now.dropped - before.dropped)
  }

  /// What failed before, else what waits.
  private func nextBatch() -> [TraceSpan]? {
    state.withLock { state in
      if state.batch.isEmpty { state.batch = queue.take(config.batch) }
      return state.batch.isEmpty ? nil : state.batch
    }
  }

  private func settle(exported: Int, dropped: Int) {
    state.withLock { state in
      state.batch = []
      state.failures = 0
      state.total.exported += exported
      state.total.dropped += dropped
    }
  }

  private func failed(_ batch: [TraceSpan], with error: RPCError) {
    let isFinal = state.withLock { state in
      state.failures += 1
      return state.failures >= config.attempts || !Self.isPassing(error.code)
    }
    if isFinal { settle(exported: 0, dropped: batch.count) }
  }

  /// The codes that OTLP says to repeat ("OTLP/gRPC Response", "Failures").
  private static func isPassing(_ code: StatusCode) -> Bool {
    switch code {
    case .cancelled, .deadlineExceeded, .aborted, .outOfRange, .unavailable, .dataLoss,
      .resourceExhausted:
      true
    default: false
    }
  }
}
