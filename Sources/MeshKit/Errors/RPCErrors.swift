import MeshAPI
import MeshProto
package import MeshRPC

/// The errors that services answer, with the details that programs read (`google.rpc`).
package enum RPCErrors {
  /// Whose reasons they are, in `ErrorInfo`.
  package static let domain = "tenantry"

  /// `INVALID_ARGUMENT` with every fault of the request.
  package static func badRequest(_ violations: [FieldViolation]) -> RPCError {
    let detail = GoogleRpc.BadRequest(
      fieldViolations: violations.map { .init(field: $0.field, description: $0.rule) })
    return error(
      .invalidArgument, violations.map(\.rule).joined(separator: "; "),
      pack(detail, "google.rpc.BadRequest"))
  }

  /// A refusal with a stable reason for programs, for example `TENANT_SUSPENDED`.
  package static func refusal(
    _ code: StatusCode, reason: String, _ message: String, metadata: [String: String] = [:]
  ) -> RPCError {
    let detail = GoogleRpc.ErrorInfo(reason: reason, domain: domain, metadata: metadata)
    return error(code, message, pack(detail, "google.rpc.ErrorInfo"))
  }

  /// `RESOURCE_EXHAUSTED`, reason `RATE_LIMITED`, with the time after which to try again.
  package static func tooFast(retryAfter wait: Duration) -> RPCError {
    let info = GoogleRpc.ErrorInfo(reason: "RATE_LIMITED", domain: domain)
    return error(
      .resourceExhausted, "too many calls; try again later",
      pack(info, "google.rpc.ErrorInfo"),
      pack(GoogleRpc.RetryInfo(retryDelay: .init(wait)), "google.rpc.RetryInfo"))
  }

  /// `NOT_FOUND`; also for what exists and is not the caller's.
  package static func notFound(_ kind: String, _ id: String) -> RPCError {
    refusal(.notFound, reason: "NOT_FOUND", "\(kind) \(id.prefix(64)) not found")
  }

  private static func error(
    _ code: StatusCode, _ message: String, _ details: GoogleProtobuf.AnyMessage...
  ) -> RPCError {
    let status = GoogleRpc.Status(code: Int32(code.rawValue), message: message, details: details)
    return RPCError(code, message, details: status.serialized())
  }

  private static func pack(_ message: some ProtoMessage, _ type: String)
    -> GoogleProtobuf.AnyMessage
  {
    GoogleProtobuf.AnyMessage(typeURL: "type.googleapis.com/\(type)", value: message.serialized())
  }
}
