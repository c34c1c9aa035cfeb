/// Begins spans where a call begins, and queues those of recorded traces for the collector.
package struct Tracer: Sendable {
  /// What has ended and waits for the collector.
  package let queue: SpanQueue
  private let sampler: TraceSampler
  private let ids = TraceIDs()
  private let now: @Sendable () -> UInt64

  /// Queues into `queue` what `sampler` wants recorded; `now` is nanoseconds since 1970 UTC.
  package init(
    queue: SpanQueue, sampler: TraceSampler, now: @escaping @Sendable () -> UInt64
  ) {
    self.queue = queue
    self.sampler = sampler
    self.now = now
  }

  /// A call that is served begins: a child of what its headers name, or a new trace.
  ///
  /// Also of a trace that is not recorded: the calls that this call makes must be told so.
  package func beginServed(method: String, _ metadata: Metadata) -> TraceSpan {
    let parent = TraceContext(metadata)
    let traceID = parent?.traceID ?? ids.trace()
    let context = TraceContext(
      traceID: traceID, spanID: ids.span(),
      isSampled: sampler.decide(parent: parent, traceID: traceID), state: parent?.state ?? "")
    return TraceSpan(
      context: context, parentID: parent?.spanID, kind: .server, method: method, start: now())
  }

  /// A call, or an attempt of one, that is made on behalf of `parent` begins.
  package func begin(_ kind: TraceSpan.Kind, method: String, in parent: TraceContext) -> TraceSpan {
    var context = parent
    context.spanID = ids.span()
    return TraceSpan(
      context: context, parentID: parent.spanID, kind: kind, method: method, start: now())
  }

  /// The span has ended: it is queued if its trace is recorded.
  package func end(_ span: TraceSpan) {
    if span.context.isSampled { queue.add(span) }
  }
}
