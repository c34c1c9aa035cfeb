import Glibc
import MeshIO
package import MeshRPC

/// Everything that watches the calls of a process.
package struct Observatory: Sendable {
  /// Counts calls, always.
  package let metrics: CallMetrics
  /// Writes a line for each call, where it is on.
  package let accessLog: AccessLog
  /// Shows live calls to operators who ask.
  package let taps: TapHub
  /// Records traces; nil where no collector is configured.
  package let tracer: Tracer?

  /// Gathers the watchers.
  package init(
    metrics: CallMetrics = CallMetrics(), accessLog: AccessLog, taps: TapHub = TapHub(),
    tracer: Tracer? = nil
  ) {
    self.metrics = metrics
    self.accessLog = accessLog
    self.taps = taps
    self.tracer = tracer
  }

  /// A call that is being served: what was noted when it began.
  package struct Watch: Sendable {
    fileprivate let series: CallSeries
    fileprivate let start: MonotonicTime
    fileprivate var span: TraceSpan?

    /// Where the call stands in its trace; nil where traces are off.
    package var trace: TraceContext? { span?.context }
  }

  /// What a server knows of a call at its end.
  package struct Outcome: Sendable {
    /// How it ended.
    package var code: StatusCode
    /// Payloads sent, in bytes.
    package var sentBytes: Int
    /// Payloads received, in bytes.
    package var receivedBytes: Int

    /// Describes an end.
    package init(code: StatusCode, sentBytes: Int, receivedBytes: Int) {
      self.code = code
      self.sentBytes = sentBytes
      self.receivedBytes = receivedBytes
    }
  }

  /// A call begins; `series` is its method's.
  package func begin(_ series: CallSeries, _ metadata: Metadata) -> Watch {
    series.start(.current)
    return Watch(
      series: series, start: EventLoop.turnStart,
      span: tracer?.beginServed(method: series.method, metadata))
  }

  /// The call ends; `describe` adds who called, and is asked only if somebody wants to know.
  package func end(
    _ watch: Watch, _ outcome: Outcome, path: String, peer: Peer,
    describe: (inout CallRecord) -> Void
  ) {
    let nanoseconds = Int((MonotonicTime.now() - watch.start).wholeNanoseconds)
    watch.series.end(
      outcome.code, nanoseconds: nanoseconds, sent: outcome.sentBytes,
      received: outcome.receivedBytes, .current)
    if var span = watch.span, span.context.isSampled {
      span.nanoseconds = nanoseconds
      span.code = outcome.code
      span.sentBytes = outcome.sentBytes
      span.receivedBytes = outcome.receivedBytes
      tracer?.end(span)
    }
    let isLogged = accessLog.isOn && accessLog.claim(outcome.code)
    guard isLogged || taps.isTapped else { return }
    var record = CallRecord(
      path: path, code: outcome.code, nanoseconds: nanoseconds, sentBytes: outcome.sentBytes,
      receivedBytes: outcome.receivedBytes, peer: peer.address)
    record.traceID = watch.trace.map { "\($0.traceID)" } ?? ""
    describe(&record)
    if isLogged { accessLog.write(record) }
    taps.offer(record)
  }

  /// The wall clock in nanoseconds since 1970 UTC, for spans.
  package static func wallClock() -> UInt64 {
    var time = timespec()
    clock_gettime(CLOCK_REALTIME, &time)
    return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
  }
}

extension MetricShard {
  /// The place of the thread that asks.
  static var current: MetricShard { MetricShard(loop: EventLoop.currentOrdinal) }
}
