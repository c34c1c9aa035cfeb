import MeshRPC

/// The cases for a client whose server does odd things in HTTP/2 (gRPC core,
/// `doc/http2-interop-test-descriptions.md`); the server is `tools/conformance/misbehaviour.py`.
package enum MisbehaviourCase: String, CaseIterable, Sendable {
  /// Every DATA frame is padded.
  case dataFramePadding = "data_frame_padding"
  /// The same server without padding, to know that the padding is what was tested.
  case withoutPadding = "no_df_padding_sanity_test"
  /// The connection is told to go between two calls.
  case goAway = "goaway"
  /// One stream at a time is allowed.
  case maxStreams = "max_streams"
  /// PINGs come between all frames.
  case ping = "ping"
  /// The stream is reset behind the message, before the trailers.
  case resetAfterData = "rst_after_data"
  /// The stream is reset behind the headers.
  case resetAfterHeaders = "rst_after_header"
  /// The stream is reset within the message.
  case resetDuringData = "rst_during_data"
}

extension CaseRun {
  /// Runs one case; throws what is wrong.
  package func run(_ test: MisbehaviourCase) async throws {
    switch test {
    case .dataFramePadding, .withoutPadding, .ping: try await largeUnary()
    case .goAway:
      try await largeUnary()
      // The server says it right behind the first answer: by then it has come.
      try await ContinuousClock().sleep(for: .seconds(1))
      try await largeUnary()
    case .maxStreams:
      try await largeUnary()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for _ in 0..<10 { group.addTask { try await largeUnary() } }
        try await group.waitForAll()
      }
    case .resetAfterData, .resetAfterHeaders, .resetDuringData:
      let error = try await failure("the call") { () throws(RPCError) in
        try await service.unaryCall(
          GrpcTesting.SimpleRequest(responseSize: 314_159, payload: payload(271_828)))
      }
      try expect(error.code, .internal, "status")
    }
  }
}
