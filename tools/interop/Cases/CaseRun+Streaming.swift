import MeshRPC

extension CaseRun {
  private static let responseSizes = [31_415, 9, 2_653, 58_979]
  private static let requestSizes = [27_182, 8, 1_828, 45_904]

  func streamRequest(response: Int, payload size: Int) -> GrpcTesting.StreamingOutputCallRequest {
    GrpcTesting.StreamingOutputCallRequest(
      responseParameters: [GrpcTesting.ResponseParameters(size: Int32(response))],
      payload: payload(size))
  }

  func clientStreaming() async throws {
    let answer = try await service.streamingInputCall { writer throws(RPCError) in
      for size in Self.requestSizes {
        try await writer.write(GrpcTesting.StreamingInputCallRequest(payload: payload(size)))
      }
    }
    try expect(answer.aggregatedPayloadSize, 74_922, "bytes that have arrived")
  }

  func serverStreaming() async throws {
    let request = GrpcTesting.StreamingOutputCallRequest(
      responseParameters: Self.responseSizes.map {
        GrpcTesting.ResponseParameters(size: Int32($0))
      })
    let call = try await service.streamingOutputCall(request)
    var sizes: [Int] = []
    for try await answer in call.responses { sizes.append(answer.payload?.body.count ?? 0) }
    try expect(sizes, Self.responseSizes, "sizes of the answers")
    try expect(await call.status().code, .ok, "status")
  }

  func pingPong() async throws {
    let call = try await service.fullDuplexCall()
    var answers = call.responses.makeAsyncIterator()
    for (request, response) in zip(Self.requestSizes, Self.responseSizes) {
      try await call.write(streamRequest(response: response, payload: request))
      try expect(
        try await answers.next()?.payload?.body.count ?? 0, response, "size of the answer")
    }
    call.halfClose()
    try expect(try await answers.next() == nil, true, "no further answer")
    try expect(await call.status().code, .ok, "status")
  }

  func emptyStream() async throws {
    let call = try await service.fullDuplexCall()
    call.halfClose()
    var answers = call.responses.makeAsyncIterator()
    try expect(try await answers.next() == nil, true, "no answer")
    try expect(await call.status().code, .ok, "status")
  }

  func cancelAfterBegin() async throws {
    let stream = try await channel.open(
      GrpcTesting.TestServiceMethods.streamingInputCall, CallOptions())
    stream.cancel()
    try expect(await stream.status().code, .cancelled, "status")
  }

  func cancelAfterFirstResponse() async throws {
    let call = try await service.fullDuplexCall()
    try await call.write(streamRequest(response: 31_415, payload: 27_182))
    var answers = call.responses.makeAsyncIterator()
    try expect(try await answers.next()?.payload?.body.count ?? 0, 31_415, "size of the answer")
    call.cancel()
    try expect(await call.status().code, .cancelled, "status")
  }

  func timeoutOnSleepingServer() async throws {
    // Connected first: what is tested is a call that runs out of time, not a connection.
    _ = try await service.emptyCall(GrpcTesting.Empty())
    let error = try await failure("FullDuplexCall") { () throws(RPCError) in
      let call = try await service.fullDuplexCall(.timeout(.milliseconds(1)))
      // Runs out of time here, or below.
      try await call.write(streamRequest(response: 31_415, payload: 27_182))
      if let error = await call.status().error { throw error }
    }
    try expect(error.code, .deadlineExceeded, "status")
  }
}
