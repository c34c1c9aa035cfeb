import MeshIO
package import MeshRPC

/// Serves `grpc.testing.TestService` as gRPC's interop tests want it (gRPC core,
/// `doc/interop-test-descriptions.md`).
package struct TestService: GrpcTesting.TestServiceHandler {
  /// Makes the service.
  package init() {}

  /// The service behind the interceptor that echoes metadata, as a router.
  package static func router() -> Router {
    var router = Router(interceptors: [MetadataEcho()])
    TestService().register(on: &router)
    return router
  }

  /// Answers an empty message.
  package func emptyCall(
    _ request: GrpcTesting.Empty, _ call: ServerCall
  ) async throws -> GrpcTesting.Empty {
    GrpcTesting.Empty()
  }

  /// Answers as many bytes as are asked for, compressed if that is asked for.
  package func unaryCall(
    _ request: GrpcTesting.SimpleRequest, _ call: ServerCall
  ) async throws -> GrpcTesting.SimpleResponse {
    try Self.check(request.expectCompressed, isCompressed: call.inbound.decodedCount > 0)
    if request.responseCompressed?.value == true { call.compress(with: .gzip) }
    try Self.fail(request.responseStatus)
    return GrpcTesting.SimpleResponse(payload: try Self.payload(request.responseSize))
  }

  /// As `unaryCall`; says that the answer may be cached.
  package func cacheableUnaryCall(
    _ request: GrpcTesting.SimpleRequest, _ call: ServerCall
  ) async throws -> GrpcTesting.SimpleResponse {
    call.addInitial("max-age=60, public", for: "cache-control")
    return try await unaryCall(request, call)
  }

  /// Answers a message for each of the request's parameters.
  package func streamingOutputCall(
    _ request: GrpcTesting.StreamingOutputCallRequest,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ call: ServerCall
  ) async throws {
    if request.responseParameters.contains(where: { $0.compressed != nil }) {
      call.compress(with: .gzip)
    }
    try await Self.answer(request, responses)
  }

  /// Answers how many bytes have come.
  package func streamingInputCall(
    _ requests: TypedMessages<GrpcTesting.StreamingInputCallRequest>, _ call: ServerCall
  ) async throws -> GrpcTesting.StreamingInputCallResponse {
    var size = 0
    var decoded = 0
    for try await request in requests {
      let now = call.inbound.decodedCount
      try Self.check(request.expectCompressed, isCompressed: now > decoded)
      decoded = now
      size += request.payload?.body.count ?? 0
    }
    return GrpcTesting.StreamingInputCallResponse(
      aggregatedPayloadSize: Int32(clamping: size))
  }

  /// Answers each request as it comes.
  package func fullDuplexCall(
    _ requests: TypedMessages<GrpcTesting.StreamingOutputCallRequest>,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ call: ServerCall
  ) async throws {
    for try await request in requests { try await Self.answer(request, responses) }
  }

  /// Answers all requests when the last one has come.
  package func halfDuplexCall(
    _ requests: TypedMessages<GrpcTesting.StreamingOutputCallRequest>,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>, _ call: ServerCall
  ) async throws {
    var all: [GrpcTesting.StreamingOutputCallRequest] = []
    for try await request in requests { all.append(request) }
    for request in all { try await Self.answer(request, responses) }
  }

  /// Is not implemented, which is what the tests want to see.
  package func unimplementedCall(
    _ request: GrpcTesting.Empty, _ call: ServerCall
  ) async throws -> GrpcTesting.Empty {
    throw RPCError(.unimplemented, "unknown method \(call.path)")
  }

  private static func answer(
    _ request: GrpcTesting.StreamingOutputCallRequest,
    _ responses: ResponseWriter<GrpcTesting.StreamingOutputCallResponse>
  ) async throws {
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 {
        try await EventLoop.current?.sleep(for: .microseconds(Int64(parameters.intervalUs)))
      }
      try await responses.write(
        GrpcTesting.StreamingOutputCallResponse(payload: try payload(parameters.size)),
        compressed: parameters.compressed?.value ?? false)
    }
    try fail(request.responseStatus)
  }

  private static func payload(_ size: Int32) throws(RPCError) -> GrpcTesting.Payload {
    guard (0...(4 << 20)).contains(size) else {
      throw RPCError(.invalidArgument, "a payload has 0 to 4194304 bytes")
    }
    return GrpcTesting.Payload(body: [UInt8](repeating: 0, count: Int(size)))
  }

  /// Ends the call with the status that the request asks for, if it asks for one.
  private static func fail(_ status: GrpcTesting.EchoStatus?) throws(RPCError) {
    guard let status, status.code != 0 else { return }
    throw RPCError(StatusCode(rawValue: Int(status.code)) ?? .unknown, status.message)
  }

  private static func check(
    _ expected: GrpcTesting.BoolValue?, isCompressed: Bool
  ) throws(RPCError) {
    guard let expected, expected.value != isCompressed else { return }
    throw RPCError(
      .invalidArgument,
      expected.value ? "the request is not compressed" : "the request is compressed")
  }
}
