import Synchronization

/// A call that streams, as the client holds it.
///
/// The call is given up, and the peer's handler cancelled, when nobody holds it or reads its
/// responses any more, and when a task that waits for it is cancelled.
package struct StreamingCall<Request: RPCMessage, Response: RPCMessage>: Sendable {
  private let call: OpenCall
  private let encoding: MessageEncoding

  init(_ call: OpenCall, _ encoding: MessageEncoding) {
    self.call = call
    self.encoding = encoding
  }

  /// The responses as they come; throws the call's failure at its end.
  package var responses: TypedMessages<Response> { TypedMessages(call) }

  /// Sends one request message; waits while the server reads slower than this writes.
  ///
  /// With `compressed` false it is sent as it is, though the call has an encoding.
  package func write(_ message: Request, compressed: Bool = true) async throws(RPCError) {
    try await call.send(
      RPCClient.message(message, call.stream, compressed ? encoding : .identity))
  }

  /// Says that no further request follows.
  package func halfClose() { call.halfClose() }

  /// The answer's headers, once they have arrived; empty when the call ended without.
  package func headers() async -> Metadata { await call.stream.headers() ?? [:] }

  /// How the call ended, once it has.
  package func status() async -> Status { await call.stream.status() }

  /// Gives the call up.
  package func cancel() { call.cancel() }
}

/// A streaming call's life on this side: when its holder lets go of it, the call is over.
final class OpenCall: MessageSource {
  let stream: any ClientStream
  private let hasEnded = Atomic(false)
  private let hasRefused = Atomic(false)

  init(_ stream: any ClientStream) {
    self.stream = stream
  }

  deinit {
    // A reader that has seen the end needs no further word to the transport.
    if !hasEnded.load(ordering: .relaxed) { stream.cancel() }
  }

  /// Whether the call had ended when a message was to be sent.
  var refusedMessage: Bool { hasRefused.load(ordering: .relaxed) }

  func send(_ message: WireMessage) async throws(RPCError) {
    // There may always be room, and then nothing else would notice.
    if Task.isCancelled { cancel() }
    do {
      try await stream.send(message)
    } catch {
      hasRefused.store(true, ordering: .relaxed)
      throw error
    }
  }

  func sendLast(_ message: WireMessage) async throws(RPCError) {
    try await stream.sendLast(message)
  }

  func halfClose() { stream.halfClose() }

  func next(untouched: Bool) async throws(RPCError) -> WireMessage? {
    // What has arrived already would go on to a reader that nobody wants any more.
    if Task.isCancelled { cancel() }
    do {
      if let message = try await stream.next(untouched: untouched) { return message }
      hasEnded.store(true, ordering: .relaxed)
      return nil
    } catch {
      hasEnded.store(true, ordering: .relaxed)
      throw error
    }
  }

  func cancel() { stream.cancel() }
}
