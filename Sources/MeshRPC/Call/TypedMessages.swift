/// Where the messages of one direction of a call come from.
package protocol MessageSource: Sendable {
  /// The next message, or nil at the end; throws what the call ended with. One reader at a time.
  ///
  /// A compressed message is unpacked, and one that cannot be fails the call; `untouched` leaves it
  /// as it is, for a proxy that passes it on.
  func next(untouched: Bool) async throws(RPCError) -> WireMessage?
}

extension MessageSource {
  /// The next message, unpacked, or nil at the end.
  package func next() async throws(RPCError) -> WireMessage? { try await next(untouched: false) }
}

/// A call's incoming messages, decoded one at a time as they are asked for.
///
/// A slow reader slows its writer: nothing is read ahead beyond the flow-control window.
package struct TypedMessages<Message: RPCMessage>: AsyncSequence, Sendable {
  /// One decoded message.
  package typealias Element = Message

  private let source: any MessageSource
  private let failure: StatusCode

  /// Reads `source`; an unreadable message throws `failure`.
  package init(_ source: any MessageSource, failure: StatusCode = .internal) {
    self.source = source
    self.failure = failure
  }

  /// Takes one message after the other.
  package struct AsyncIterator: AsyncIteratorProtocol {
    fileprivate let source: any MessageSource
    fileprivate let failure: StatusCode

    /// The next message, or nil at the end.
    package mutating func next() async throws(RPCError) -> Message? {
      guard let wire = try await source.next() else { return nil }
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
    AsyncIterator(source: source, failure: failure)
  }
}
