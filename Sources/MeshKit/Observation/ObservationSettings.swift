/// The knobs of what watches a process's calls.
package enum ObservationSettings {
  /// Where Prometheus scrapes.
  package static let metricsListen = Setting(
    "metrics-listen", default: "",
    why: "addresses that answer GET /metrics over HTTP/1.1 in the clear, e.g. 127.0.0.1:9464; "
      + "empty: none")
  /// Where traces go.
  package static let collector = Setting(
    "otlp-endpoint", default: "",
    why: "OpenTelemetry collector that takes traces, e.g. http://localhost:4317; empty: no traces"
  ) { text in
    text.isEmpty || CollectorEndpoint(text) != nil
      ? nil : "must be http://host:port, https://host:port or an address"
  }
  /// How many traces are recorded.
  package static let traceRatio = Setting(
    "trace-ratio", default: 0.01, in: 0...1, unit: "of the traces that begin here",
    why: "the rest costs nothing; a call that comes with a trace follows what its parent decided")
  /// Spans that wait for the collector.
  package static let traceQueue = Setting(
    "trace-queue", default: 2048, in: 64...1_000_000, unit: "spans",
    why: "some 300 bytes each; what does not fit while the collector is away is dropped and counted"
  )
  /// Lines of the access log.
  package static let accessLogLimit = Setting(
    "access-log-limit", default: 200, in: 0...1_000_000, unit: "lines per second",
    why: "a line costs as much as a small call; failures have as many of their own; 0: no lines")

  static let all: [SettingDeclaration] = [
    metricsListen.declaration, collector.declaration, traceRatio.declaration,
    traceQueue.declaration, accessLogLimit.declaration,
  ]
}
