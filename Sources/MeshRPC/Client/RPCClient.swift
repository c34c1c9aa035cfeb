/// Makes typed calls over a channel; generated clients are thin layers over it.
///
/// A caller whose task is cancelled gives its call up, and the peer's handler is cancelled. A call
/// made while a call is served ends with that call's deadline at the latest.
package struct RPCClient: Sendable {
  /// Where the calls go.
  package let channel: any Channel

  /// A client of whatever `channel` leads to.
  package init(_ channel: any Channel) {
    self.channel = channel
  }

  /// Sends one request and answers the one response; throws the call's failure.
  package func unary<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, _ options: CallOptions
  ) async throws(RPCError) -> Response {
    let answer = try await channel.unary(method, request.framed, options.inherited)
    return try Response(answer.message, failure: .internal)
  }

  /// Sends what `write` writes and answers the one response.
  ///
  /// A server may answer before everything is written: then `write` throws where it writes on, and
  /// the answer counts.
  package func clientStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ write: @Sendable (RequestWriter<Request>) async throws(RPCError) -> Void
  ) async throws(RPCError) -> Response {
    let stream = OpenCall(try await channel.open(method, options.inherited))
    do {
      try await write(RequestWriter(stream, options.encoding))
      stream.halfClose()
    } catch {
      guard stream.refusedMessage else {
        stream.cancel()
        throw error
      }
    }
    return try Response(
      try await stream.stream.answer(untouched: false).message, failure: .internal)
  }

  /// Sends one request; the responses come as a sequence.
  package func serverStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, _ options: CallOptions
  ) async throws(RPCError) -> StreamingCall<Request, Response> {
    let stream = OpenCall(try await channel.open(method, options.inherited))
    try await stream.sendLast(Self.message(request, stream.stream, options.encoding))
    return StreamingCall(stream, options.encoding)
  }

  /// Opens a call on which both sides send when they like.
  package func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> StreamingCall<Request, Response> {
    StreamingCall(OpenCall(try await channel.open(method, options.inherited)), options.encoding)
  }

  /// The message in the form in which it is sent.
  static func message(
    _ message: some RPCMessage, _ stream: any ClientStream, _ encoding: MessageEncoding
  ) async throws(RPCError) -> WireMessage {
    encoding == .identity ? message.framed : try await stream.encoded(message.framed)
  }
}

/// Where a client writes the messages of a streamed request.
package struct RequestWriter<Message: RPCMessage>: Sendable {
  private let call: OpenCall
  private let encoding: MessageEncoding

  fileprivate init(_ call: OpenCall, _ encoding: MessageEncoding) {
    self.call = call
    self.encoding = encoding
  }

  /// Sends one message; waits while the server reads slower than this writes.
  ///
  /// With `compressed` false it is sent as it is, though the call has an encoding.
  package func write(_ message: Message, compressed: Bool = true) async throws(RPCError) {
    try await call.send(
      RPCClient.message(message, call.stream, compressed ? encoding : .identity))
  }
}
