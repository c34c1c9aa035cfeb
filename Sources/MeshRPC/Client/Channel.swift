/// A way to a service: opens calls on connections that it keeps.
package protocol Channel: Sendable {
  /// Opens a call; the headers are on their way when this returns.
  ///
  /// Throws `UNAVAILABLE` when nobody can be reached, with the reason in words.
  func open(_ method: MethodDescriptor, _ options: CallOptions) async throws(RPCError)
    -> any ClientStream
}

/// What a caller may say about one call.
package struct CallOptions: Sendable {
  /// Headers to send along.
  package var metadata: Metadata
  /// When to give up; nil waits for ever.
  package var deadline: Deadline?
  /// How the request's messages are compressed; the server must know it, and cannot be asked.
  package var encoding = MessageEncoding.identity
  /// How the server may compress its messages.
  package var acceptedEncodings = MessageEncodings.all

  /// Makes options.
  package init(metadata: Metadata = [:], deadline: Deadline? = nil) {
    self.metadata = metadata
    self.deadline = deadline
  }

  /// Options with a deadline `duration` from now.
  package static func timeout(_ duration: Duration, metadata: Metadata = [:]) -> CallOptions {
    CallOptions(metadata: metadata, deadline: .after(duration))
  }
}

/// The transport's side of a client call.
package protocol ClientStream: Sendable {
  /// The messages that arrive; ends with the call's failure, if it fails.
  var inbound: InboundMessages { get }
  /// The message as the call's encoding packs it; itself where that makes it no smaller.
  func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage
  /// Sends one message as it is; waits for room; throws once the call has ended.
  func send(_ message: WireMessage) async throws(RPCError)
  /// Sends one message as it is and says that it was the last.
  func sendLast(_ message: WireMessage) async throws(RPCError)
  /// Says that no further message follows.
  func halfClose()
  /// The answer's headers, once they have arrived; empty when the call ended without.
  func headers() async -> Metadata
  /// How the call ended, once it has.
  func status() async -> Status
  /// Gives up: the peer's handler is cancelled.
  func cancel()
}
