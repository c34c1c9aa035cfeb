import MeshHTTP2
import MeshIO
import MeshRPC
import MeshText

/// The transport's side of one call on a client.
///
/// Thread: state is the loop's; the methods of `ClientStream` hop there when the caller has left
/// it, and need not while it is there.
final class ClientCall: MessageReceiver, ClientStream, HTTP2StreamDelegate, @unchecked Sendable {
  private var id = StreamID(rawValue: 0)
  private let connection: ClientConnection
  private var isClosed = false
  private let requestEncoding: MessageEncoding
  /// Hears how the call goes; nil when it is nobody's load.
  private let subchannel: Subchannel?
  private let began: MonotonicTime
  private var deadline: Deadline?
  private var timer: TimerHandle?
  private var initial: Metadata?
  private var outcome: Status?
  /// What the trailers say; it holds once the stream has ended.
  private var trailers: Status?
  private var isHalfClosed = false
  /// Whether the server has ended the stream.
  private var isEndedByServer = false
  /// The largest payload of a message that is sent, in bytes.
  var requestLimit = Int.max
  private var sentBytes = 0
  private var observers: [@Sendable (CallEnd) -> Void] = []
  private var writers: [CheckedContinuation<Void, Never>] = []
  private var headerWaiters: [CheckedContinuation<Metadata?, Never>] = []
  private var statusWaiters: [CheckedContinuation<Status, Never>] = []

  init(
    _ connection: ClientConnection, subchannel: Subchannel?, messageLimit: Int,
    encoding: MessageEncoding
  ) {
    self.connection = connection
    self.subchannel = subchannel
    requestEncoding = encoding
    began = connection.loop.now
    super.init(messageLimit: messageLimit)
  }

  override var loop: EventLoop { connection.loop }

  /// Sends the request's headers.
  func start(_ headers: FieldList) throws(HTTP2Error) {
    do throws(HTTP2Error) {
      id = try connection.session.submitRequest(headers, endStream: false, delegate: self)
    } catch {
      // Nobody will say that the stream has closed: there is none.
      isClosed = true
      inbound.report(to: nil)
      throw error
    }
  }

  func encoded(_ message: WireMessage) async throws(RPCError) -> WireMessage {
    try await message.compressed(requestEncoding)
  }

  func send(_ message: WireMessage) async throws(RPCError) { try await send(message, last: false) }

  func sendLast(_ message: WireMessage) async throws(RPCError) {
    try await send(message, last: true)
  }

  private func send(_ message: WireMessage, last: Bool) async throws(RPCError) {
    guard loop.isCurrent else {
      let sending = Task(executorPreference: loop) { [self] in
        await sendHere(message, last: last)
      }
      // The task on the loop knows nothing of the caller's cancellation.
      let result = await withTaskCancellationHandler {
        await sending.value
      } onCancel: {
        sending.cancel()
      }
      return try result.get()
    }
    try await sendHere(message, last: last).get()
  }

  private func sendHere(_ message: WireMessage, last: Bool) async -> Result<Void, RPCError> {
    let pushed = push(message, last: last)
    if case .success(false) = pushed { await room() }
    return pushed.map { _ in }
  }

  /// Hands a message to the session; whether there is room for another.
  private func push(_ message: WireMessage, last: Bool) -> Result<Bool, RPCError> {
    guard !isClosed, outcome == nil, !isHalfClosed else {
      return .failure(outcome?.error ?? RPCError(.cancelled, "the call has ended"))
    }
    guard message.payloadSize <= requestLimit else {
      let error = RPCError(
        .resourceExhausted,
        "the message has \(message.payloadSize) bytes; the limit is \(requestLimit)")
      fail(error)
      return .failure(error)
    }
    do throws(HTTP2Error) {
      let hasRoom = try connection.session.send(id, message.first, message.others)
      sentBytes += message.payloadSize
      connection.traffic.sentMessage(at: loop.now)
      if last { halfClose() }
      connection.scheduleFlush()
      return .success(hasRoom)
    } catch {
      let error = RPCError(.resourceExhausted, "the server does not read: \(error)")
      // Whoever repeats calls waits for the end of one whose message was not taken.
      fail(error)
      return .failure(error)
    }
  }

  /// Waits until the server has taken enough; the end of the call ends the wait too.
  private func room() async {
    await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if outcome == nil { writers.append(waiter) } else { waiter.resume() }
      }
    } onCancel: {
      cancel()
    }
  }

  func next(untouched: Bool) async throws(RPCError) -> WireMessage? {
    try await inbound.next(untouched: untouched)
  }

  func answer(untouched: Bool) async throws(RPCError) -> UnaryAnswer {
    let message: WireMessage
    do throws(RPCError) {
      message = try await inbound.whole(untouched: untouched)
    } catch {
      // More than one response is no reason for the server to end the call.
      cancel()
      throw error
    }
    // The messages end last, when they end well: on every thread the rest is known by now.
    return UnaryAnswer(
      message: message, headers: initial ?? [:], trailers: outcome?.trailers ?? [:],
      encoding: inbound.encoding)
  }

  /// Sends the one request as it is, and waits for the one response and the call's end.
  ///
  /// On the loop.
  func exchange(_ request: WireMessage, untouched: Bool) async -> UnaryOutcome {
    if case .failure(let error) = push(request, last: true) { fail(error) }
    do throws(RPCError) {
      let answer = try await answer(untouched: untouched)
      return UnaryOutcome(answer, sentBytes: sentBytes, receivedBytes: inbound.receivedBytes)
    } catch {
      // An answer that is not one message fails the call, whatever the server says of it.
      let failure = outcome.flatMap { $0.code == .ok ? nil : $0 } ?? Status(error)
      return UnaryOutcome(failed: end(failure))
    }
  }

  var encoding: MessageEncoding { inbound.encoding }

  override func readerCancelled() { cancel() }

  func halfClose() {
    guard loop.isCurrent else { return loop.execute { [self] in halfClose() } }
    guard !isClosed, outcome == nil, !isHalfClosed else { return }
    isHalfClosed = true
    connection.session.finish(id)
    connection.scheduleFlush()
  }

  func headers() async -> Metadata? {
    if loop.isCurrent, let initial { return initial }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if loop.isCurrent {
          wait(forHeaders: waiter)
        } else {
          loop.execute { [self] in wait(forHeaders: waiter) }
        }
      }
    } onCancel: {
      cancel()
    }
  }

  func status() async -> Status {
    if loop.isCurrent, let outcome { return outcome }
    return await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        if loop.isCurrent {
          wait(forStatus: waiter)
        } else {
          loop.execute { [self] in wait(forStatus: waiter) }
        }
      }
    } onCancel: {
      cancel()
    }
  }

  func onEnd(_ observer: @escaping @Sendable (CallEnd) -> Void) {
    guard loop.isCurrent else { return loop.execute { [self] in onEnd(observer) } }
    if let outcome { observer(end(outcome)) } else { observers.append(observer) }
  }

  private func end(_ status: Status) -> CallEnd {
    CallEnd(
      status: status, hadHeaders: initial != nil, sentBytes: sentBytes,
      receivedBytes: inbound.receivedBytes)
  }

  func cancel() {
    guard loop.isCurrent else { return loop.execute { [self] in cancel() } }
    fail(RPCError(.cancelled, "the call was cancelled"))
  }

  private func wait(forHeaders waiter: CheckedContinuation<Metadata?, Never>) {
    if initial != nil || outcome != nil { return waiter.resume(returning: initial) }
    headerWaiters.append(waiter)
  }

  private func wait(forStatus waiter: CheckedContinuation<Status, Never>) {
    if let outcome { return waiter.resume(returning: outcome) }
    statusWaiters.append(waiter)
  }

  /// Ends the call at `deadline`.
  func expire(at deadline: Deadline) {
    self.deadline = deadline
    timer = loop.schedule(after: deadline.remaining) { [self] in
      fail(RPCError(.deadlineExceeded, "the deadline has passed"))
      connection.callExpired(since: began)
    }
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {
    switch kind {
    case .informational: break
    case .response: headersArrived(ResponseHead(headers), isOnly: endStream)
    case .trailers:
      trailers =
        ResponseHead(headers).status
        ?? Status(code: .unknown, message: "the server sent no grpc-status")
    }
  }

  func headerListTooLarge() {
    let limit = connection.session.limits.headerListBytes
    fail(RPCError(.resourceExhausted, "the server's headers are larger than \(limit) bytes"))
  }

  private func headersArrived(_ head: ResponseHead, isOnly: Bool) {
    if isOnly, let status = head.status {
      trailers = status
      return
    }
    if let fault = head.fault { return fail(fault) }
    if let encoding = MessageEncoding(name: head.encoding) { decode(encoding) }
    initial = head.metadata
    subchannel?.callAnswered(since: began)
    let waiting = headerWaiters
    headerWaiters = []
    for waiter in waiting { waiter.resume(returning: head.metadata) }
  }

  override func received(messages count: Int) {
    connection.traffic.receivedMessages(count, at: loop.now)
  }

  override func consume(_ count: Int) {
    if !isClosed { connection.consume(id, count) }
  }

  func data(_ bytes: UnsafeRawBufferPointer) { receive(bytes) }

  func endOfStream() {
    isEndedByServer = true
    if endedWithinMessage {
      return fail(RPCError(.internal, "the response ends within a message"))
    }
    // The server wants no more of the request, and a stream that is half open would stay.
    if !isHalfClosed { connection.session.reset(id, .cancel) }
    ended(trailers ?? Status(code: .unknown, message: "the server ended without trailers"))
  }

  func drained(buffered: Int) { resumeWriters() }

  func closed(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    isClosed = true
    inbound.report(to: nil)
    connection.callClosed(self, code, answered: isEndedByServer)
  }

  private func resumeWriters() {
    guard !writers.isEmpty else { return }
    let waiting = writers
    writers = []
    for waiter in waiting { waiter.resume() }
  }

  /// Ends the call from this side: the server is told, and its handler is cancelled.
  override func fail(_ error: RPCError) {
    guard outcome == nil else { return }
    connection.session.reset(id, .cancel)
    connection.scheduleFlush()
    ended(Status(error))
  }

  /// Whether the outcome is known.
  var hasEnded: Bool { outcome != nil }

  /// The call is over; the first outcome counts.
  func ended(_ status: Status) {
    guard outcome == nil else { return }
    var status = status
    // The server's clock may be ahead: then it cancels what this side's deadline has ended.
    if status.code == .cancelled, let deadline, deadline.remaining <= .zero {
      status = Status(code: .deadlineExceeded, message: "the deadline has passed")
    }
    outcome = status
    timer?.cancel()
    subchannel?.callEnded(status, since: began, wasAnswered: initial != nil)
    inbound.end(status.error)
    resumeWriters()
    for waiter in headerWaiters { waiter.resume(returning: initial) }
    headerWaiters = []
    for waiter in statusWaiters { waiter.resume(returning: status) }
    statusWaiters = []
    for observer in observers { observer(end(status)) }
    observers = []
  }
}
