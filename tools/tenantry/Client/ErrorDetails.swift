import MeshAPI
import MeshProto
import MeshRPC

/// What an error says beside its code and its text (`google.rpc.Status`).
struct ErrorDetails: Sendable, Equatable {
  /// The metadata in which the mesh tells the call's id.
  static let requestIDHeader = "tenantry-request-id"

  /// A stable word for programs, for example `TENANT_SUSPENDED`.
  private(set) var reason = ""
  /// What is wrong with the request, a sentence for each fault.
  private(set) var violations: [String] = []
  /// The call's id in the server's logs and in the ledger.
  private(set) var requestID = ""
  /// How long to wait before the next attempt.
  private(set) var retryDelay: Duration?

  /// Reads the details of an error; what cannot be read is left out.
  init(_ error: RPCError) {
    requestID = error.trailers.first(Self.requestIDHeader) ?? ""
    let status: GoogleRpc.Status? = Self.message(error.details)
    for detail in status?.details ?? [] { read(detail) }
  }

  private mutating func read(_ detail: GoogleProtobuf.AnyMessage) {
    switch detail.typeURL.split(separator: "/").last {
    case "google.rpc.ErrorInfo":
      let info: GoogleRpc.ErrorInfo? = Self.message(detail.value)
      reason = info?.reason ?? ""
    case "google.rpc.BadRequest":
      let request: GoogleRpc.BadRequest? = Self.message(detail.value)
      violations += (request?.fieldViolations ?? []).map {
        Self.sentence($0.field, $0.description)
      }
    case "google.rpc.PreconditionFailure":
      let failure: GoogleRpc.PreconditionFailure? = Self.message(detail.value)
      violations += (failure?.violations ?? []).map { Self.sentence($0.subject, $0.description) }
    case "google.rpc.RequestInfo":
      let info: GoogleRpc.RequestInfo? = Self.message(detail.value)
      requestID = info?.requestID ?? requestID
    case "google.rpc.RetryInfo":
      let info: GoogleRpc.RetryInfo? = Self.message(detail.value)
      guard let delay = info?.retryDelay else { return }
      retryDelay = .seconds(delay.seconds) + .nanoseconds(Int64(delay.nanos))
    default: break
    }
  }

  private static func message<Message: ProtoMessage>(_ bytes: [UInt8]) -> Message? {
    // An error with unreadable details is still the error that it is.
    try? Message(bytes: bytes)
  }

  /// The rule, with the field in front where the rule does not name it.
  private static func sentence(_ field: String, _ rule: String) -> String {
    field.isEmpty || rule.contains(field) ? rule : "\(field): \(rule)"
  }
}
