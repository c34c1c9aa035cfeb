import MeshRPC

extension CaseRun {
  private var packed: CallOptions {
    var options = CallOptions()
    options.encoding = .gzip
    return options
  }

  private func request(expectCompressed: Bool) -> GrpcTesting.SimpleRequest {
    GrpcTesting.SimpleRequest(
      responseSize: 314_159, payload: payload(271_828),
      expectCompressed: GrpcTesting.BoolValue(value: expectCompressed))
  }

  func clientCompressedUnary() async throws {
    let error = try await failure("probe") { () throws(RPCError) in
      try await service.unaryCall(request(expectCompressed: true))
    }
    try expect(error.code, .invalidArgument, "status of the probe, which is not compressed")
    let compressed = try await service.unaryCall(request(expectCompressed: true), packed)
    try expect(compressed.payload?.body.count, 314_159, "size of the answer")
    let plain = try await service.unaryCall(request(expectCompressed: false))
    try expect(plain.payload?.body.count, 314_159, "size of the answer")
  }

  func clientCompressedStreaming() async throws {
    let error = try await failure("probe") { () throws(RPCError) in
      try await service.streamingInputCall { writer throws(RPCError) in
        try await writer.write(input(27_182, expectCompressed: true))
      }
    }
    try expect(error.code, .invalidArgument, "status of the probe, which is not compressed")
    let answer = try await service.streamingInputCall(packed) { writer throws(RPCError) in
      try await writer.write(input(27_182, expectCompressed: true))
      try await writer.write(input(45_904, expectCompressed: false), compressed: false)
    }
    try expect(answer.aggregatedPayloadSize, 73_086, "bytes that have arrived")
  }

  private func input(
    _ size: Int, expectCompressed: Bool
  ) -> GrpcTesting.StreamingInputCallRequest {
    GrpcTesting.StreamingInputCallRequest(
      payload: payload(size), expectCompressed: GrpcTesting.BoolValue(value: expectCompressed))
  }

  func serverCompressedUnary() async throws {
    for wanted in [true, false] {
      let request = GrpcTesting.SimpleRequest(
        responseSize: 314_159, payload: payload(271_828),
        responseCompressed: GrpcTesting.BoolValue(value: wanted))
      let flags = try await flags(GrpcTesting.TestServiceMethods.unaryCall, request)
      try expect(flags, [wanted], "whether the answer is compressed")
      let answer = try await service.unaryCall(request)
      try expect(answer.payload?.body.count, 314_159, "size of the answer")
    }
  }

  func serverCompressedStreaming() async throws {
    let request = GrpcTesting.StreamingOutputCallRequest(
      responseParameters: [(31_415, true), (92_653, false)].map { size, compressed in
        GrpcTesting.ResponseParameters(
          size: size, compressed: GrpcTesting.BoolValue(value: compressed))
      })
    let flags = try await flags(GrpcTesting.TestServiceMethods.streamingOutputCall, request)
    try expect(flags, [true, false], "which answers are compressed")
    let call = try await service.streamingOutputCall(request)
    var sizes: [Int] = []
    for try await answer in call.responses { sizes.append(answer.payload?.body.count ?? 0) }
    try expect(sizes, [31_415, 92_653], "sizes of the answers")
  }

  /// Whether each answer came compressed, in order.
  private func flags(
    _ method: MethodDescriptor, _ request: some RPCMessage
  ) async throws -> [Bool] {
    let stream = try await channel.open(method, CallOptions())
    try await stream.sendLast(request.framed)
    var flags: [Bool] = []
    while let message = try await stream.next(untouched: true) {
      flags.append(message.isCompressed)
    }
    try expect(await stream.status().code, .ok, "status")
    return flags
  }
}
