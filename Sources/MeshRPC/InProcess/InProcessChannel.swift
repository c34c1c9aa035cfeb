import Synchronization

/// Calls the services of a router in the same process, message for message as over a connection.
///
/// A handler that streams waits while 64 messages are unread; what the client sends waits in
/// memory. Nothing is compressed.
package struct InProcessChannel: Channel {
  private let dispatcher: Dispatcher
  private let peer: Peer

  /// Leads to `router`; its handlers see `peer`.
  package init(
    _ router: Router, peer: Peer = Peer(address: "in-process", trust: .localSocket)
  ) {
    dispatcher = Dispatcher(router)
    self.peer = peer
  }

  /// Starts a call, whose handler begins to run at once.
  package func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    let stream = InProcessStream(options)
    let call = ServerCall(
      route: dispatcher.route(of: method), metadata: options.metadata, deadline: options.deadline,
      peer: peer,
      inbound: stream.requests, responder: InProcessResponder(stream: stream))
    let handler = Task { await call.serve() }
    stream.start(handler, deadline: options.deadline)
    return stream
  }
}

/// The server's end of one in-process call.
private struct InProcessResponder: ServerResponder {
  let stream: InProcessStream

  func encoded(_ message: WireMessage, _ encoding: MessageEncoding) -> WireMessage { message }

  func sendHeaders(_ initial: Metadata, _ encoding: MessageEncoding) {
    stream.headersArrived(initial)
  }

  func send(_ message: WireMessage) async throws(RPCError) {
    guard !stream.hasEnded else { throw RPCError(.cancelled, "the call was cancelled") }
    stream.deliver(message)
    await stream.unread.written()
  }

  func respond(
    initial: Metadata, _ encoding: MessageEncoding, message: WireMessage, trailers: Metadata
  ) {
    stream.headersArrived(initial)
    stream.deliver(message)
    stream.end(.ok(trailers: trailers))
  }

  func finish(_ status: Status) { stream.end(status) }
}

/// The client's end of one in-process call.
private final class InProcessStream: ClientStream {
  let requests = InboundMessages()
  let inbound = InboundMessages()
  let unread = UnreadLimit()

  private struct State {
    var headers: Metadata?
    var outcome: Status?
    var sentBytes = 0
    var headersWaiters: [CheckedContinuation<Metadata?, Never>] = []
    var statusWaiters: [CheckedContinuation<Status, Never>] = []
    var observers: [@Sendable (CallEnd) -> Void] = []
    var handler: Task<Void, Never>?
    var timer: Task<Void, Never>?
  }

  private let requestLimit: Int
  private let responseLimit: Int
  private let state = Mutex(State())

  init(_ options: CallOptions) {
    requestLimit = options.maxRequestBytes ?? .max
    responseLimit = options.maxResponseBytes ?? .max
    inbound.report(to: unread)
  }

  func start(_ handler: Task<Void, Never>, deadline: Deadline?) {
    let timer = deadline.map { deadline in
      Task { [weak self] in
        // Cancelled when the call ends first; then there is nothing left to do.
        guard (try? await ContinuousClock().sleep(until: deadline.instant)) != nil else { return }
        self?.end(Status(code: .deadlineExceeded, message: "the deadline has passed"))
      }
    }
    state.withLock { state in
      state.handler = handler
      state.timer = timer
    }
  }

  func encoded(_ message: WireMessage) -> WireMessage { message }

  func send(_ message: WireMessage) async throws(RPCError) {
    if let error = tooLarge(message, requestLimit) {
      end(Status(error))
      throw error
    }
    let outcome = state.withLock { state -> Status? in
      if state.outcome == nil { state.sentBytes += message.payloadSize }
      return state.outcome
    }
    if let outcome { throw outcome.error ?? RPCError(.cancelled, "the call has ended") }
    requests.deliver(message)
  }

  func sendLast(_ message: WireMessage) async throws(RPCError) {
    try await send(message)
    halfClose()
  }

  func halfClose() { requests.end() }

  func next(untouched: Bool) async throws(RPCError) -> WireMessage? {
    do {
      return try await withTaskCancellationHandler {
        try await inbound.next(untouched: untouched)
      } onCancel: {
        cancel()
      }
    } catch {
      throw RPCError(thrown: error)
    }
  }

  func headers() async -> Metadata? {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let (isKnown, headers) = state.withLock { state -> (Bool, Metadata?) in
          if state.headers != nil || state.outcome != nil { return (true, state.headers) }
          state.headersWaiters.append(waiter)
          return (false, nil)
        }
        if isKnown { waiter.resume(returning: headers) }
      }
    } onCancel: {
      cancel()
    }
  }

  func status() async -> Status {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        let ready = state.withLock { state -> Status? in
          if let outcome = state.outcome { return outcome }
          state.statusWaiters.append(waiter)
          return nil
        }
        if let ready { waiter.resume(returning: ready) }
      }
    } onCancel: {
      cancel()
    }
  }

  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer {
    do {
      let message = try await withTaskCancellationHandler {
        try await inbound.whole(untouched: untouched)
      } onCancel: {
        cancel()
      }
      let (headers, outcome) = state.withLock { ($0.headers, $0.outcome) }
      return UnaryAnswer(
        message: message, headers: headers ?? [:], trailers: outcome?.trailers ?? [:],
        encoding: encoding)
    } catch {
      cancel()
      throw RPCError(thrown: error)
    }
  }

  var encoding: MessageEncoding { inbound.encoding }

  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void) {
    let ended = state.withLock { state -> CallEnd? in
      if let outcome = state.outcome { return end(outcome, of: state) }
      state.observers.append(observer)
      return nil
    }
    if let ended { observer(ended) }
  }

  private func end(_ status: Status, of state: State) -> CallEnd {
    CallEnd(
      status: status, hadHeaders: state.headers != nil, sentBytes: state.sentBytes,
      receivedBytes: inbound.receivedBytes)
  }

  func cancel() { end(Status(code: .cancelled, message: "the call was cancelled")) }

  /// A message of the answer has come.
  func deliver(_ message: WireMessage) {
    if let error = tooLarge(message, responseLimit) { end(Status(error)) }
    inbound.deliver(message)
  }

  private func tooLarge(_ message: WireMessage, _ limit: Int) -> RPCError? {
    guard message.payloadSize > limit else { return nil }
    return RPCError(
      .resourceExhausted, "the message has \(message.payloadSize) bytes; the limit is \(limit)")
  }

  var hasEnded: Bool { state.withLock { $0.outcome != nil } }

  func headersArrived(_ initial: Metadata) {
    let waiting = state.withLock { state -> [CheckedContinuation<Metadata?, Never>] in
      if state.headers == nil { state.headers = initial }
      defer { state.headersWaiters = [] }
      return state.headersWaiters
    }
    for waiter in waiting { waiter.resume(returning: initial) }
  }

  /// Ends the call on both sides; the first end counts.
  func end(_ status: Status) {
    let first = state.withLock { state -> State? in
      guard state.outcome == nil else { return nil }
      state.outcome = status
      defer {
        state.headersWaiters = []
        state.statusWaiters = []
        state.observers = []
      }
      return state
    }
    guard let first else { return }
    first.timer?.cancel()
    inbound.end(status.error)
    unread.end()
    requests.end(RPCError(.cancelled, "the call was cancelled"))
    if status.code == .cancelled || status.code == .deadlineExceeded { first.handler?.cancel() }
    for waiter in first.headersWaiters { waiter.resume(returning: first.headers) }
    for waiter in first.statusWaiters { waiter.resume(returning: status) }
    for observer in first.observers { observer(end(status, of: first)) }
  }
}
