/// The metrics of calls: gRFC A66's, with Prometheus's spelling of their names and units.
extension MetricDescriptor {
  static let serverStarted = MetricDescriptor(
    "grpc_server_call_started_total", .counter, labels: ["grpc_method"],
    help: "Calls that have begun, those still open included.")
  static let serverDuration = MetricDescriptor(
    "grpc_server_call_duration_seconds", .histogram, labels: ["grpc_method", "grpc_status"],
    help: "Time from a call's headers to its status.")
  static let serverSent = MetricDescriptor(
    "grpc_server_call_sent_total_compressed_message_size_bytes", .histogram,
    labels: ["grpc_method", "grpc_status"],
    help: "Payloads sent by a call, as on the wire, without framing.")
  static let serverReceived = MetricDescriptor(
    "grpc_server_call_rcvd_total_compressed_message_size_bytes", .histogram,
    labels: ["grpc_method", "grpc_status"],
    help: "Payloads received by a call, as on the wire, without framing.")
  static let attemptStarted = MetricDescriptor(
    "grpc_client_attempt_started_total", .counter, labels: ["grpc_method", "grpc_target"],
    help: "Attempts that have begun, those still open included.")
  static let attemptDuration = MetricDescriptor(
    "grpc_client_attempt_duration_seconds", .histogram,
    labels: ["grpc_method", "grpc_target", "grpc_status"],
    help: "Time of an attempt, finding a connection included.")
  static let attemptSent = MetricDescriptor(
    "grpc_client_attempt_sent_total_compressed_message_size_bytes", .histogram,
    labels: ["grpc_method", "grpc_target", "grpc_status"],
    help: "Payloads sent by an attempt, as on the wire, without framing.")
  static let attemptReceived = MetricDescriptor(
    "grpc_client_attempt_rcvd_total_compressed_message_size_bytes", .histogram,
    labels: ["grpc_method", "grpc_target", "grpc_status"],
    help: "Payloads received by an attempt, as on the wire, without framing.")
  static let callDuration = MetricDescriptor(
    "grpc_client_call_duration_seconds", .histogram,
    labels: ["grpc_method", "grpc_target", "grpc_status"],
    help: "Time of a call as its caller sees it, all attempts and pauses included.")
  static let accessLogSkipped = MetricDescriptor(
    "tenantry_access_log_skipped_total", .counter,
    help: "Calls without a line in the access log, because the second's lines were used up.")
  static let traceSpansExported = MetricDescriptor(
    "tenantry_trace_spans_exported_total", .counter, help: "Spans that the collector has taken.")
  static let traceSpansDropped = MetricDescriptor(
    "tenantry_trace_spans_dropped_total", .counter, labels: ["reason"],
    help: "Spans that were lost: the queue was full, or the collector did not take them.")
  static let taps = MetricDescriptor("tenantry_taps", .gauge, help: "Taps that are open.")
  static let tapSkipped = MetricDescriptor(
    "tenantry_tap_skipped_total", .counter,
    help: "Calls that a tap asked for and did not show, because of its rate or its reader.")
}
