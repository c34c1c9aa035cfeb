/// A call's incoming messages, decoded one at a time as they are asked for.
///
/// A slow reader slows its writer: nothing is read ahead beyond the flow-control window.
package struct TypedMessages<Message: RPCMessage>: AsyncSequence, Sendable {
  /// One decoded message.
  package typealias Element = Message

  private let inbound: InboundMessages
  private let failure: StatusCode

  /// Reads `inbound`; an unreadable message throws `failure`.
  package init(_ inbound: InboundMessages, failure: StatusCode = .internal) {
    self.inbound = inbound
    self.failure = failure
  }

  /// Takes one message after the other.
  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let inbound: InboundMessages
    fileprivate let failure: StatusCode

    /// The next message, or nil at the end.
    package mutating func next() async throws(RPCError) -> Message? {
      guard let wire = try await inbound.next() else { return nil }
      return try Message(wire, failure: failure)
    }

    /// The next message, or nil at the end.
    package mutating func next(
      isolation actor: isolated (any Actor)?
    ) async throws(RPCError) -> Message? {
      try await next()
    }
  }

  /// Begins to read; a call has one reader, so once per call.
  package func makeAsyncIterator() -> AsyncIterator {
    AsyncIterator(inbound: inbound, failure: failure)
  }
}
