import Synchronization

/// One call as the server sees it: its name, its metadata, its messages, and the way to answer.
///
/// The transport makes it, interceptors and handlers use it, from whichever task runs the handler.
package final class ServerCall: Sendable {
  /// Where the call goes.
  package let route: Route
  /// What the caller sent along.
  package let metadata: Metadata
  /// When the caller stops waiting.
  package let deadline: Deadline?
  /// Who is at the other end of the connection.
  package let peer: Peer
  /// The messages that arrive.
  package let inbound: InboundMessages
  /// How the caller lets the answer be compressed.
  package let acceptedEncodings: MessageEncodings

  private struct State {
    var initial = Metadata()
    var trailing = Metadata()
    var context: (any AnyObject & Sendable)?
    var phase = Phase.open
    var sentBytes = 0
    var outcome: StatusCode?
  }

  /// How far the answer has gone.
  private enum Phase {
    /// Nothing was sent. Next: `answering`, `finished`.
    case open
    /// The headers were sent. Next: `finished`.
    case answering
    /// The status was sent. Final.
    case finished
  }

  private let responder: any ServerResponder
  private let state = Mutex(State())
  private let answerEncoding = Atomic(MessageEncoding.identity)

  /// Makes a call whose answer goes to `responder`.
  package init(
    route: Route, metadata: Metadata, deadline: Deadline?, peer: Peer, inbound: InboundMessages,
    acceptedEncodings: MessageEncodings = [], responder: any ServerResponder
  ) {
    self.route = route
    self.metadata = metadata
    self.deadline = deadline
    self.peer = peer
    self.inbound = inbound
    self.acceptedEncodings = acceptedEncodings
    self.responder = responder
  }

  /// `:path` as it was received.
  package var path: String { route.path }

  /// Adds to what the answer's headers carry; without effect once they are sent.
  package func addInitial(_ value: String, for name: String, neverIndexed: Bool = false) {
    state.withLock { $0.initial.add(value, for: name, neverIndexed: neverIndexed) }
  }

  /// Adds pairs to what the answer's headers carry; without effect once they are sent.
  package func addInitial(_ metadata: Metadata) {
    state.withLock { $0.initial.append(metadata) }
  }

  /// Adds to what the answer's trailers carry; without effect once they are sent.
  package func addTrailing(_ value: String, for name: String) {
    state.withLock { $0.trailing.add(value, for: name) }
  }

  /// Adds pairs to what the answer's trailers carry; without effect once they are sent.
  package func addTrailing(_ metadata: Metadata) {
    state.withLock { $0.trailing.append(metadata) }
  }

  /// How the answer's compressed messages are compressed.
  package var encoding: MessageEncoding { answerEncoding.load(ordering: .relaxed) }

  /// Compresses the answer's messages, if the caller accepts that.
  ///
  /// Without effect once the headers are sent.
  package func compress(with encoding: MessageEncoding) {
    guard acceptedEncodings.contains(MessageEncodings(encoding)) else { return }
    state.withLock { state in
      guard case .open = state.phase else { return }
      answerEncoding.store(encoding, ordering: .relaxed)
    }
  }

  /// The message as the answer's encoding packs it; itself where that makes it no smaller.
  package func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage {
    let encoding = encoding
    guard encoding != .identity else { return message }
    return try await responder.encoded(message, encoding)
  }

  /// What an interceptor knows of the call and its handler asks for, such as who calls: an object
  /// of a type that the layer above has.
  package var context: (any AnyObject & Sendable)? {
    get { state.withLock { $0.context } }
    set { state.withLock { $0.context = newValue } }
  }

  /// The payloads that the handler has sent, in bytes without their heads.
  package var sentBytes: Int { state.withLock { $0.sentBytes } }

  /// How the handler has ended the call; nil while it has not, or when it threw.
  package var outcome: StatusCode? { state.withLock { $0.outcome } }

  /// Sends one message of a streamed answer as it is; waits while the caller reads slowly.
  package func send(_ message: WireMessage) async throws(RPCError) {
    let headers = state.withLock { state -> Metadata? in
      state.sentBytes += message.payloadSize
      guard case .open = state.phase else { return nil }
      state.phase = .answering
      return state.initial
    }
    if let headers { responder.sendHeaders(headers, encoding) }
    try await responder.send(message)
  }

  /// Answers a whole call: headers, one message as it is, and the status ok.
  package func respond(_ message: WireMessage) {
    guard let (initial, trailing, _) = finishing(.ok, message) else { return }
    responder.respond(initial: initial, encoding, message: message, trailers: trailing)
  }

  /// Ends the call with an outcome; the first end counts.
  package func finish(_ status: Status) {
    guard let (initial, trailing, headersSent) = finishing(status.code, nil) else { return }
    var status = status
    status.trailers.append(trailing)
    if !headersSent, status.code == .ok { responder.sendHeaders(initial, encoding) }
    if !headersSent, status.code != .ok {
      // Trailers-only: the headers' metadata has no other place to go.
      status.trailers.append(initial)
    }
    responder.finish(status)
  }

  private func finishing(
    _ outcome: StatusCode, _ last: WireMessage?
  ) -> (initial: Metadata, trailing: Metadata, headersSent: Bool)? {
    state.withLock { state in
      let headersSent: Bool
      switch state.phase {
      case .open: headersSent = false
      case .answering: headersSent = true
      case .finished: return nil
      }
      state.phase = .finished
      state.outcome = outcome
      state.sentBytes += last?.payloadSize ?? 0
      let said = (state.initial, state.trailing, headersSent)
      state.initial = Metadata()
      state.trailing = Metadata()
      return said
    }
  }
}

/// The transport's side of a server call: where the answer goes.
///
/// Called in this order: `sendHeaders`, `send` any number of times, `finish`; or `respond` alone;
/// or `finish` alone (trailers-only). Calls after the peer has gone are ignored.
package protocol ServerResponder: Sendable {
  /// The message packed by `encoding`; itself where that makes it no smaller.
  func encoded(
    _ message: WireMessage, _ encoding: MessageEncoding
  ) async throws(RPCError) -> WireMessage
  /// Sends the headers; compressed messages will be compressed by `encoding`.
  func sendHeaders(_ initial: Metadata, _ encoding: MessageEncoding)
  /// Sends one message; waits for room; throws `CANCELLED` when the caller has gone.
  func send(_ message: WireMessage) async throws(RPCError)
  /// Sends headers, one message and the status ok together.
  func respond(
    initial: Metadata, _ encoding: MessageEncoding, message: WireMessage, trailers: Metadata)
  /// Sends the outcome.
  func finish(_ status: Status)
}
