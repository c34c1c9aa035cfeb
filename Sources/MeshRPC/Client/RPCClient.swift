/// Makes typed calls over a channel; generated clients are thin layers over it.
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
    let stream = try await channel.open(method, options)
    return try await withCancellation(of: stream) { () throws(RPCError) in
      try await stream.sendLast(Self.message(request, stream, options.encoding))
      return try await Self.only(stream)
    }
  }

  /// Sends what `write` writes and answers the one response.
  package func clientStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ options: CallOptions,
    _ write: @Sendable (RequestWriter<Request>) async throws(RPCError) -> Void
  ) async throws(RPCError) -> Response {
    let stream = try await channel.open(method, options)
    return try await withCancellation(of: stream) { () throws(RPCError) in
      try await write(RequestWriter(stream, options.encoding))
      stream.halfClose()
      return try await Self.only(stream)
    }
  }

  /// Sends one request; the responses come as a sequence.
  package func serverStreaming<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ request: Request, _ options: CallOptions
  ) async throws(RPCError) -> StreamingCall<Request, Response> {
    let stream = try await channel.open(method, options)
    try await stream.sendLast(Self.message(request, stream, options.encoding))
    return StreamingCall(stream, options.encoding)
  }

  /// Opens a call on which both sides send when they like.
  package func bidirectional<Request: RPCMessage, Response: RPCMessage>(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> StreamingCall<Request, Response> {
    StreamingCall(try await channel.open(method, options), options.encoding)
  }

  /// The message in the form in which it is sent.
  fileprivate static func message(
    _ message: some RPCMessage, _ stream: any ClientStream, _ encoding: MessageEncoding
  ) async throws(RPCError) -> WireMessage {
    encoding == .identity ? message.framed : try await stream.encoded(message.framed)
  }

  /// The one response of a call (wrong cardinality is UNIMPLEMENTED).
  private static func only<Response: RPCMessage>(
    _ stream: any ClientStream
  ) async throws(RPCError) -> Response {
    guard let wire = try await stream.inbound.next() else {
      if let error = await stream.status().error { throw error }
      throw RPCError(.unimplemented, "the call ended without a response")
    }
    guard try await stream.inbound.next() == nil else {
      stream.cancel()
      throw RPCError(.unimplemented, "the call had more than one response")
    }
    return try Response(wire, failure: .internal)
  }

  private func withCancellation<Result>(
    of stream: any ClientStream, _ body: () async throws(RPCError) -> Result
  ) async throws(RPCError) -> Result {
    do {
      return try await withTaskCancellationHandler(operation: body, onCancel: stream.cancel)
    } catch {
      throw RPCError(thrown: error)
    }
  }
}

/// Where a client writes the messages of a streamed request.
package struct RequestWriter<Message: RPCMessage>: Sendable {
  private let stream: any ClientStream
  private let encoding: MessageEncoding

  fileprivate init(_ stream: any ClientStream, _ encoding: MessageEncoding) {
    self.stream = stream
    self.encoding = encoding
  }

  /// Sends one message; waits while the server reads slower than this writes.
  ///
  /// With `compressed` false it is sent as it is, though the call has an encoding.
  package func write(_ message: Message, compressed: Bool = true) async throws(RPCError) {
    try await stream.send(
      RPCClient.message(message, stream, compressed ? encoding : .identity))
  }
}

/// A call that streams, as the client holds it.
package struct StreamingCall<Request: RPCMessage, Response: RPCMessage>: Sendable {
  private let stream: any ClientStream
  private let encoding: MessageEncoding

  fileprivate init(_ stream: any ClientStream, _ encoding: MessageEncoding) {
    self.stream = stream
    self.encoding = encoding
  }

  /// The responses as they come; throws the call's failure at its end.
  package var responses: TypedMessages<Response> { TypedMessages(stream.inbound) }

  /// Sends one request message.
  ///
  /// With `compressed` false it is sent as it is, though the call has an encoding.
  package func write(_ message: Request, compressed: Bool = true) async throws(RPCError) {
    try await stream.send(
      RPCClient.message(message, stream, compressed ? encoding : .identity))
  }

  /// Says that no further request follows.
  package func halfClose() { stream.halfClose() }

  /// The answer's headers, once they have arrived.
  package func headers() async -> Metadata { await stream.headers() }

  /// How the call ended, once it has.
  package func status() async -> Status { await stream.status() }

  /// Gives the call up.
  package func cancel() { stream.cancel() }
}
