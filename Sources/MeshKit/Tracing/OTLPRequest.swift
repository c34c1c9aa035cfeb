import MeshAPI
import MeshRPC

/// Writes spans as OpenTelemetry's collectors read them (OTLP 1.x).
struct OTLPRequest: Sendable {
  private let resource: OpentelemetryProtoResourceV1.Resource
  private let scope: OpentelemetryProtoCommonV1.InstrumentationScope

  /// Spans of the process `service`, one of several with the same name.
  init(service: String, instance: String) {
    resource = .init(attributes: [
      Self.attribute("service.namespace", "tenantry"), Self.attribute("service.name", service),
      Self.attribute("service.instance.id", instance),
      Self.attribute("service.version", Version.text),
    ])
    scope = .init(name: "tenantry", version: Version.text)
  }

  /// The request that exports `spans`.
  func message(
    _ spans: [TraceSpan]
  ) -> OpentelemetryProtoCollectorTraceV1.ExportTraceServiceRequest {
    .init(resourceSpans: [
      .init(resource: resource, scopeSpans: [.init(scope: scope, spans: spans.map(Self.span))])
    ])
  }

  private static func span(_ span: TraceSpan) -> OpentelemetryProtoTraceV1.Span {
    let names = span.method.split(separator: "/", maxSplits: 1).map(String.init)
    var attributes = [
      attribute("rpc.system", "grpc"), attribute("rpc.service", names.first ?? ""),
      attribute("rpc.method", names.count > 1 ? names[1] : ""),
      attribute("rpc.grpc.status_code", span.code.rawValue),
      attribute("tenantry.sent_bytes", span.sentBytes),
      attribute("tenantry.received_bytes", span.receivedBytes),
    ]
    if case .attempt = span.kind {
      attributes.append(attribute("previous-rpc-attempts", span.previousAttempts))
    }
    return OpentelemetryProtoTraceV1.Span(
      traceID: span.context.traceID.bytes, spanID: bytes(span.context.spanID),
      traceState: span.context.state, parentSpanID: span.parentID.map(bytes) ?? [],
      name: span.name, kind: kind(span.kind), startTimeUnixNano: span.start,
      endTimeUnixNano: span.start + UInt64(max(0, span.nanoseconds)), attributes: attributes,
      status: status(span.code), flags: span.context.isSampled ? 1 : 0)
  }

  private static func kind(_ kind: TraceSpan.Kind) -> OpentelemetryProtoTraceV1.Span.SpanKind {
    switch kind {
    case .server: .server
    case .client: .client
    case .attempt: .internal
    }
  }

  private static func status(_ code: StatusCode) -> OpentelemetryProtoTraceV1.Status {
    code == .ok ? .init(code: .ok) : .init(message: code.name, code: .error)
  }

  private static func attribute(
    _ key: String, _ value: String
  ) -> OpentelemetryProtoCommonV1.KeyValue {
    .init(key: key, value: .init(value: .stringValue(value)))
  }

  private static func attribute(
    _ key: String, _ value: Int
  ) -> OpentelemetryProtoCommonV1.KeyValue {
    .init(key: key, value: .init(value: .intValue(Int64(value))))
  }

  private static func bytes(_ number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }
}
