package import MeshRPC

/// The cases of gRPC's interop tests that need no cloud (gRPC core,
/// `doc/interop-test-descriptions.md`).
package enum InteropCase: String, CaseIterable, Sendable {
  case emptyUnary = "empty_unary"
  case largeUnary = "large_unary"
  case clientStreaming = "client_streaming"
  case serverStreaming = "server_streaming"
  case pingPong = "ping_pong"
  case emptyStream = "empty_stream"
  case customMetadata = "custom_metadata"
  case statusCodeAndMessage = "status_code_and_message"
  case specialStatusMessage = "special_status_message"
  case unimplementedMethod = "unimplemented_method"
  case unimplementedService = "unimplemented_service"
  case cancelAfterBegin = "cancel_after_begin"
  case cancelAfterFirstResponse = "cancel_after_first_response"
  case timeoutOnSleepingServer = "timeout_on_sleeping_server"
  case clientCompressedUnary = "client_compressed_unary"
  case clientCompressedStreaming = "client_compressed_streaming"
  case serverCompressedUnary = "server_compressed_unary"
  case serverCompressedStreaming = "server_compressed_streaming"
  case rpcSoak = "rpc_soak"
  case channelSoak = "channel_soak"
}

/// What a case found to be otherwise than it must be.
package struct CaseFailure: Error, Sendable, CustomStringConvertible {
  /// What was found, and what was expected.
  package let description: String
}

/// A run of cases over channels to one server.
package struct CaseRun: Sendable {
  /// Makes a channel; the soak case wants a new one each time.
  let makeChannel: @Sendable () -> any Channel
  let channel: any Channel
  let soak: Soak

  /// Runs cases over channels that `makeChannel` makes.
  package init(soak: Soak, makeChannel: @escaping @Sendable () -> any Channel) {
    self.soak = soak
    self.makeChannel = makeChannel
    channel = makeChannel()
  }

  /// Calls the test service.
  var service: GrpcTesting.TestServiceClient { GrpcTesting.TestServiceClient(channel) }

  /// Runs one case; throws what is wrong.
  package func run(_ test: InteropCase) async throws {
    switch test {
    case .emptyUnary: try await emptyUnary()
    case .largeUnary: try await largeUnary()
    case .clientStreaming: try await clientStreaming()
    case .serverStreaming: try await serverStreaming()
    case .pingPong: try await pingPong()
    case .emptyStream: try await emptyStream()
    case .customMetadata: try await customMetadata()
    case .statusCodeAndMessage: try await status(message: "test status message", duplex: true)
    case .specialStatusMessage:
      try await status(
        message: "\t\ntest with whitespace\r\nand Unicode BMP \u{263A} and non-BMP \u{1F608}\t\n",
        duplex: false)
    case .unimplementedMethod: try await unimplementedMethod()
    case .unimplementedService: try await unimplementedService()
    case .cancelAfterBegin: try await cancelAfterBegin()
    case .cancelAfterFirstResponse: try await cancelAfterFirstResponse()
    case .timeoutOnSleepingServer: try await timeoutOnSleepingServer()
    case .clientCompressedUnary: try await clientCompressedUnary()
    case .clientCompressedStreaming: try await clientCompressedStreaming()
    case .serverCompressedUnary: try await serverCompressedUnary()
    case .serverCompressedStreaming: try await serverCompressedStreaming()
    case .rpcSoak: try await soak.run { try await largeUnary(over: channel) }
    case .channelSoak: try await soak.run { try await largeUnary(over: makeChannel()) }
    }
  }

  /// Throws unless `found` is what must be.
  func expect<Value: Equatable>(
    _ found: Value, _ wanted: Value, _ what: String
  ) throws(CaseFailure) {
    guard found != wanted else { return }
    throw CaseFailure(description: "\(what): found \(found), expected \(wanted)")
  }

  /// The failure of a call that must fail.
  func failure<Value>(
    _ what: String, of call: () async throws(RPCError) -> Value
  ) async throws(CaseFailure) -> RPCError {
    do throws(RPCError) {
      _ = try await call()
    } catch {
      return error
    }
    throw CaseFailure(description: "\(what): the call succeeded")
  }

  func payload(_ size: Int) -> GrpcTesting.Payload {
    GrpcTesting.Payload(body: [UInt8](repeating: 0, count: size))
  }
}
