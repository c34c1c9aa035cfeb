/// A way to a service: opens calls on connections that it keeps.
package protocol Channel: Sendable {
  /// Opens a call; the headers are on their way when this returns.
  ///
  /// Throws `UNAVAILABLE` when nobody can be reached, with the reason in words. A call that this
  /// refuses has not left, but the channel has tried what it could: asking again at once is vain.
  func open(_ method: MethodDescriptor, _ options: CallOptions) async throws(RPCError)
    -> any ClientStream

  /// Sends one request as it is and waits for the one response and the call's end: what most calls
  /// are, with nothing kept for a stream that nobody asks for.
  ///
  /// A cancelled task gives the call up. With `untouched` a compressed response stays so.
  func exchange(
    _ method: MethodDescriptor, _ request: WireMessage, _ options: CallOptions, untouched: Bool
  ) async -> UnaryOutcome
}

/// What a caller may say about one call.
package struct CallOptions: Sendable {
  /// Headers to send along.
  package var metadata: Metadata
  /// When to give up; nil waits for ever.
  package var deadline: Deadline?
  /// Whether the call waits, within its deadline, while no endpoint can be reached; false fails it
  /// at once, and nil leaves the choice to whoever else has one, who may say false.
  package var waitForReady: Bool?
  /// What the call belongs to, for example a tenant's id: calls with the same text prefer the same
  /// version of a service that has several.
  package var routingKey: String?
  /// How the request's messages are compressed; the server must know it, and cannot be asked.
  package var encoding = MessageEncoding.identity
  /// How the server may compress its messages.
  package var acceptedEncodings = MessageEncodings.all
  /// The largest payload of a request message, in bytes as sent; nil for any.
  package var maxRequestBytes: Int?
  /// The largest payload of a response message, in bytes; nil, and more than the channel's own
  /// limit, mean that.
  package var maxResponseBytes: Int?

  /// Makes options.
  package init(
    metadata: Metadata = [:], deadline: Deadline? = nil, waitForReady: Bool? = nil,
    routingKey: String? = nil
  ) {
    self.metadata = metadata
    self.deadline = deadline
    self.waitForReady = waitForReady
    self.routingKey = routingKey
  }

  /// Options with a deadline `duration` from now.
  package static func timeout(_ duration: Duration, metadata: Metadata = [:]) -> CallOptions {
    CallOptions(metadata: metadata, deadline: .after(duration))
  }
}
