/// The client's end of one call, as the transport or an interceptor gives it.
///
/// Whoever waits here and is cancelled gives the call up: the peer's handler is cancelled too.
package protocol ClientStream: MessageSource {
  /// The message as the call's encoding packs it; itself where that makes it no smaller.
  func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage
  /// Sends one message as it is; waits for room; throws once the call has ended.
  func send(_ message: WireMessage) async throws(RPCError)
  /// Sends one message as it is and says that it was the last.
  func sendLast(_ message: WireMessage) async throws(RPCError)
  /// Says that no further message follows.
  func halfClose()
  /// The answer's headers, once they have arrived; nil when the call ended without.
  func headers() async -> Metadata?
  /// How the answer's compressed messages are compressed; holds once the headers have arrived.
  var encoding: MessageEncoding { get }
  /// How the call ended, once it has.
  func status() async -> Status
  /// The answer to a call of one response, once the call has ended; throws the call's failure, and
  /// `UNIMPLEMENTED` when there was no response or there are more.
  ///
  /// With `untouched` a compressed response stays so. Nothing else reads the responses then.
  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer
  /// Tells `observer` once how the call ended, at once if it has; on whatever thread ends it, so
  /// `observer` is quick and waits for nothing.
  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void)
  /// Gives up: the peer's handler is cancelled.
  func cancel()
}

/// How a call ended and what it carried.
package struct CallEnd: Sendable, Equatable {
  /// The outcome.
  package var status: Status
  /// Whether the answer had headers; without, the outcome came alone or from this side.
  package var hadHeaders: Bool
  /// The payloads that were sent, in bytes as on the wire, without their heads.
  package var sentBytes: Int
  /// The payloads that were received, in bytes as on the wire, without their heads.
  package var receivedBytes: Int

  /// Describes an end.
  package init(
    status: Status, hadHeaders: Bool = false, sentBytes: Int = 0, receivedBytes: Int = 0
  ) {
    self.status = status
    self.hadHeaders = hadHeaders
    self.sentBytes = sentBytes
    self.receivedBytes = receivedBytes
  }
}
