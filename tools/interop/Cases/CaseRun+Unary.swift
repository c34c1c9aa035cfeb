import MeshRPC

extension CaseRun {
  func emptyUnary() async throws {
    let answer = try await service.emptyCall(GrpcTesting.Empty())
    try expect(
      answer.unknownFields == GrpcTesting.Empty().unknownFields, true, "the answer is empty")
  }

  func largeUnary() async throws { try await largeUnary(over: channel) }

  func largeUnary(over channel: any Channel) async throws {
    let answer = try await GrpcTesting.TestServiceClient(channel).unaryCall(
      GrpcTesting.SimpleRequest(responseSize: 314_159, payload: payload(271_828)))
    try expect(answer.payload?.body.count, 314_159, "size of the answer")
    try expect(answer.payload?.body.allSatisfy { $0 == 0 }, true, "the answer is zeros")
  }

  func customMetadata() async throws {
    var metadata: Metadata = [MetadataEcho.initial: "test_initial_metadata_value"]
    metadata.add(binary: [0xAB, 0xAB, 0xAB], for: MetadataEcho.trailing)
    let options = CallOptions(metadata: metadata)
    let unary = try await channel.open(GrpcTesting.TestServiceMethods.unaryCall, options)
    let request = GrpcTesting.SimpleRequest(responseSize: 314_159, payload: payload(271_828))
    try await unary.sendLast(request.framed)
    try await expectEcho(unary)
    let duplex = try await channel.open(GrpcTesting.TestServiceMethods.fullDuplexCall, options)
    try await duplex.sendLast(streamRequest(response: 314_159, payload: 271_828).framed)
    try await expectEcho(duplex)
  }

  private func expectEcho(_ stream: any ClientStream) async throws {
    while try await stream.next() != nil {}
    let headers = await stream.headers()
    try expect(
      headers?.first(MetadataEcho.initial), "test_initial_metadata_value", "metadata in the headers"
    )
    let status = await stream.status()
    try expect(status.code, .ok, "status")
    try expect(
      status.trailers.firstBinary(MetadataEcho.trailing), [0xAB, 0xAB, 0xAB],
      "metadata in the trailers")
  }

  func status(message: String, duplex: Bool) async throws {
    let wanted = GrpcTesting.EchoStatus(code: 2, message: message)
    let error = try await failure("unary call") { () throws(RPCError) in
      try await service.unaryCall(GrpcTesting.SimpleRequest(responseStatus: wanted))
    }
    try expect(error.code, .unknown, "status of the unary call")
    try expect(error.message, message, "message of the unary call")
    guard duplex else { return }
    let call = try await service.fullDuplexCall()
    try await call.write(GrpcTesting.StreamingOutputCallRequest(responseStatus: wanted))
    call.halfClose()
    let status = await call.status()
    try expect(status.code, .unknown, "status of the streaming call")
    try expect(status.message, message, "message of the streaming call")
  }

  func unimplementedMethod() async throws {
    let error = try await failure("UnimplementedCall") { () throws(RPCError) in
      try await service.unimplementedCall(GrpcTesting.Empty())
    }
    try expect(error.code, .unimplemented, "status")
  }

  func unimplementedService() async throws {
    let service = GrpcTesting.UnimplementedServiceClient(channel)
    let error = try await failure("UnimplementedService") { () throws(RPCError) in
      try await service.unimplementedCall(GrpcTesting.Empty())
    }
    try expect(error.code, .unimplemented, "status")
  }
}
