/// What a call of one request brought.
package struct UnaryAnswer: Sendable {
  /// The one response.
  package let message: WireMessage
  /// The call, which has ended well: its headers, status and encoding are there.
  package let stream: any ClientStream
}

extension Channel {
  /// Sends one request and answers the one response; throws the call's failure.
  ///
  /// What no handler has seen is sent again: at once, and once when the server's transport turned
  /// it away (gRFC A6, "Transparent Retries"). With `untouched` both messages pass as they are, for
  /// a proxy; otherwise `options.encoding` packs the request, and the response comes unpacked.
  package func unary(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions,
    untouched: Bool = false
  ) async throws(RPCError) -> UnaryAnswer {
    var transparent = TransparentRetry()
    while true {
      let stream = try await open(method, options)
      do throws(RPCError) {
        return try await Self.exchange(
          untouched || options.encoding == .identity ? request : stream.encoded(request),
          on: stream,
          untouched: untouched)
      } catch {
        guard transparent.allows(error.reach), !Task.isCancelled else { throw error }
        if let deadline = options.deadline, deadline.remaining <= .zero { throw error }
      }
    }
  }

  private static func exchange(
    _ request: WireMessage, on stream: any ClientStream, untouched: Bool
  ) async throws(RPCError) -> UnaryAnswer {
    try await stream.sendLast(request)
    return UnaryAnswer(message: try await stream.only(untouched: untouched), stream: stream)
  }
}

extension ClientStream {
  /// The one response of a call (gRPC core, `doc/statuscodes.md`: wrong cardinality is
  /// UNIMPLEMENTED).
  func only(untouched: Bool = false) async throws(RPCError) -> WireMessage {
    guard let message = try await next(untouched: untouched) else {
      throw RPCError(.unimplemented, "the call ended without a response")
    }
    guard try await next(untouched: untouched) == nil else {
      cancel()
      throw RPCError(.unimplemented, "the call had more than one response")
    }
    return message
  }
}
