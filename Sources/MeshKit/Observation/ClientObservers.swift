import MeshIO
package import MeshRPC

/// Watches the calls of a channel, retries and pauses included: it stands above the retries.
///
/// Metrics of calls (gRFC A66) and `Sent.` spans (A72).
package struct ClientCallObserver: ClientInterceptor {
  private let series: TargetSeries
  private let tracer: Tracer?

  /// Counts for `target`; records spans with `tracer`.
  package init(target: String, metrics: CallMetrics, tracer: Tracer?) {
    series = metrics.target(target)
    self.tracer = tracer
  }

  /// Puts the call into its span.
  package func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
    let watch = ClientWatch(series.calls(method))
    // Calls that nobody asked for from outside, such as the relay's, begin no traces.
    guard let tracer, let parent = TraceContext.current else { return watch.end }
    let span = tracer.begin(.client, method: watch.series.method, in: parent)
    return watch.end(in: span, tracer, &options)
  }
}

/// Watches each attempt of a channel's calls: it stands beneath the retries.
///
/// Metrics of attempts (gRFC A66) and `Attempt.` spans (A72).
package struct ClientAttemptObserver: ClientInterceptor {
  private let series: TargetSeries
  private let tracer: Tracer?

  /// Counts for `target`; records spans with `tracer`.
  package init(target: String, metrics: CallMetrics, tracer: Tracer?) {
    series = metrics.target(target)
    self.tracer = tracer
  }

  /// Puts the attempt into a span of its own, beneath the call's, which the headers name.
  package func begin(_ method: MethodDescriptor, _ options: inout CallOptions) -> Ending? {
    let watch = ClientWatch(series.attempts(method))
    guard let tracer, let parent = TraceContext(options.metadata) else { return watch.end }
    var span = tracer.begin(.attempt, method: watch.series.method, in: parent)
    span.previousAttempts =
      options.metadata.first("grpc-previous-rpc-attempts").flatMap { Int($0) } ?? 0
    return watch.end(in: span, tracer, &options)
  }
}

/// A call, or an attempt, that is under way.
private struct ClientWatch: Sendable {
  let series: CallSeries
  private let start = MonotonicTime.now()

  init(_ series: CallSeries) {
    self.series = series
    series.start(.current)
  }

  @Sendable func end(_ end: CallEnd) { _ = count(end) }

  /// Names `span` in the headers; answers what ends it too.
  func end(
    in span: TraceSpan, _ tracer: Tracer, _ options: inout CallOptions
  ) -> ClientInterceptor.Ending {
    span.context.write(to: &options.metadata)
    return { end in
      let nanoseconds = count(end)
      guard span.context.isSampled else { return }
      var span = span
      span.nanoseconds = nanoseconds
      span.code = end.status.code
      span.sentBytes = end.sentBytes
      span.receivedBytes = end.receivedBytes
      tracer.end(span)
    }
  }

  /// Counts a call that has ended so; answers how long it took, in nanoseconds.
  private func count(_ end: CallEnd) -> Int {
    let nanoseconds = Int((MonotonicTime.now() - start).wholeNanoseconds)
    series.end(
      end.status.code, nanoseconds: nanoseconds, sent: end.sentBytes,
      received: end.receivedBytes, .current)
    return nanoseconds
  }
}

extension Observatory {
  /// A channel whose calls are counted for `target` and are part of their traces.
  package func watchingCalls(_ channel: any Channel, to target: String) -> any Channel {
    channel.intercepted(by: [
      ClientCallObserver(target: target, metrics: metrics, tracer: tracer)
    ])
  }

  /// A channel whose every call is counted as an attempt; retries stand above it.
  package func watchingAttempts(_ channel: any Channel, to target: String) -> any Channel {
    channel.intercepted(by: [
      ClientAttemptObserver(target: target, metrics: metrics, tracer: tracer)
    ])
  }
}
