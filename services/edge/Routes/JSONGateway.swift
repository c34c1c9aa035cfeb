import MeshAPI
import MeshKit
import MeshProto
import MeshRPC
import MeshTransport

/// Serves JSON over plain HTTP: Connect's unary protocol at every method's path, and the contract's
/// named routes (connectrpc.com/docs/protocol, "Unary-Request").
///
/// Messages are transcoded by their descriptors; nothing here knows a message type.
struct JSONGateway: Sendable {
  private let gate: Gate
  private let upstreams: Upstreams
  private let routes = HTTPRoutes(PolicyTable.all)
  private let plane: OptionsV1.Plane
  private let errors: OutwardErrors
  private let observatory: Observatory
  private let timeout: Duration

  /// Serves `plane`; a call without a timeout of its own gets `timeout`.
  init(
    gate: Gate, upstreams: Upstreams, plane: OptionsV1.Plane, errors: OutwardErrors,
    observatory: Observatory, timeout: Duration
  ) {
    self.observatory = observatory
    self.gate = gate
    self.upstreams = upstreams
    self.plane = plane
    self.errors = errors
    self.timeout = timeout
  }

  /// Answers one request.
  func serve(_ request: PlainRequest) async -> PlainResponse {
    let path = request.path.prefix { $0 != "?" }
    let match = routes.match(verb: request.method, path: path)
    let policy = match?.policy ?? PolicyTable.byPath[String(path)]
    let known = policy.flatMap { Authorization.serves($0.plane, plane) ? $0.method : nil }
    let watch = observatory.begin(observatory.metrics.served(known), request.headers)
    let answer = await TraceContext.$current.withValue(watch.trace) {
      await self.answer(request, match, policy, path: policy?.method.path ?? String(path))
    }
    let outcome = Observatory.Outcome(
      code: answer.code, sentBytes: answer.response.body.count,
      receivedBytes: request.body.count)
    observatory.end(
      watch, outcome, path: known?.path ?? String(path), peer: request.peer
    ) { record in
      record.callerID = answer.admission?.caller.id ?? ""
      record.tenantID = answer.admission?.caller.tenantID ?? ""
      record.requestID = answer.admission?.requestID ?? ""
    }
    return answer.response
  }

  /// What a request is answered, and what was found out on the way.
  private struct Answer {
    var response: PlainResponse
    var code = StatusCode.ok
    var admission: Gate.Admission?
  }

  private func answer(
    _ request: PlainRequest, _ match: HTTPRoutes.Match?, _ policy: MethodPolicy?, path: String
  ) async -> Answer {
    var admission: Gate.Admission?
    do {
      let admitted = try await gate.admit(
        policy, path: path, metadata: request.headers, plane: plane, ip: request.peer.host)
      admission = admitted
      try check(request, isRoute: match != nil, admitted.policy)
      let body = try message(request, admitted.policy, match?.fields ?? [:])
      let response = try await call(admitted, body, deadline: deadline(request))
      return Answer(response: response, admission: admission)
    } catch {
      let requestID = admission?.requestID
      let told = errors.error(error, path: request.path, requestID: requestID)
      return Answer(
        response: failure(told, requestID), code: told.code, admission: admission)
    }
  }

  private func check(_ request: PlainRequest, isRoute: Bool, _ policy: MethodPolicy) throws {
    guard policy.method.kind == .unary else {
      throw RPCError(.unimplemented, "\(policy.method.path) streams; call it with gRPC")
    }
    guard isRoute || request.method == "POST" else {
      throw RPCError(.unimplemented, "\(policy.method.path) is called with POST")
    }
  }

  /// The request's message: its JSON body, then the fields of its path, which win.
  private func message(
    _ request: PlainRequest, _ policy: MethodPolicy, _ fields: [String: String]
  ) throws -> WireMessage {
    let json = request.body.isEmpty ? Array("{}".utf8) : request.body
    var bytes: [UInt8]
    do {
      bytes = try json.withUnsafeBytes {
        try policy.request.bytes(json: $0, reserving: WireMessage.headSize)
      }
    } catch let error as ProtoError {
      throw RPCErrors.badRequest([FieldViolation(error.path, "\(error)")])
    }
    for (name, value) in fields {
      guard let field = policy.request.field(named: name) else { continue }
      Self.append(value, field.number, to: &bytes)
    }
    return WireMessage(reserved: bytes)
  }

  private func call(
    _ admission: Gate.Admission, _ message: WireMessage, deadline: Deadline
  ) async throws -> PlainResponse {
    let method = admission.policy.method
    let answer = try await upstreams.channel(for: method).unary(
      method, message, CallOptions(metadata: admission.metadata, deadline: deadline))
    let json = try answer.message.withPayload { try admission.policy.response.json(bytes: $0) }
    return PlainResponse(
      status: 200, headers: Self.headers(admission.requestID), body: json)
  }

  /// `connect-timeout-ms`, at most ten digits; else the gateway's own.
  private func deadline(_ request: PlainRequest) throws -> Deadline {
    guard let text = request.headers.first("connect-timeout-ms") else { return .after(timeout) }
    guard text.utf8.count <= 10, let milliseconds = Int64(text), milliseconds >= 0 else {
      throw RPCErrors.badRequest([
        FieldViolation("connect-timeout-ms", "connect-timeout-ms is not a number of milliseconds")
      ])
    }
    return .after(.milliseconds(milliseconds))
  }

  private func failure(_ error: RPCError, _ requestID: String?) -> PlainResponse {
    PlainResponse(
      status: ConnectError(error.code).status, headers: Self.headers(requestID),
      body: ConnectBody(error).json)
  }

  private static func headers(_ requestID: String?) -> [(name: String, value: String)] {
    var headers = [(name: "content-type", value: "application/json")]
    if let requestID { headers.append((CallerHeaders.requestID, requestID)) }
    return headers
  }

  /// A string field behind the others: in protobuf the last one of a field holds.
  private static func append(_ value: String, _ number: UInt32, to bytes: inout [UInt8]) {
    appendVarint(UInt64(number) << 3 | 2, to: &bytes)
    appendVarint(UInt64(value.utf8.count), to: &bytes)
    bytes.append(contentsOf: value.utf8)
  }

  private static func appendVarint(_ value: UInt64, to bytes: inout [UInt8]) {
    var rest = value
    while rest >= 0x80 {
      bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
      rest >>= 7
    }
    bytes.append(UInt8(rest))
  }
}
