import MeshHTTP2
import MeshIO
import MeshRPC
import MeshText

/// The transport's side of one call on a server: what the handler answers goes through here.
///
/// Thread: state is the loop's; the responder's methods hop there when a handler has left it, and
/// need not while it is there.
final class ServerStream: MessageReceiver, ServerResponder, HTTP2StreamDelegate,
  @unchecked Sendable
{
  let id: StreamID
  let connection: ServerConnection
  /// Whether the stream has closed: whatever the handler still says is dropped.
  private var isClosed = false
  private var waiters: [CheckedContinuation<Bool, Never>] = []
  private var hasHeaders = false
  private var isFinished = false
  /// Whether the handler has ended the call with OK.
  private var hasSucceeded = false
  private var isRequestComplete = false
  /// The call, until its handler has been started.
  var call: ServerCall?
  /// What runs the handler, until that has ended.
  var handler: HandlerTask?
  var timer: TimerHandle?

  init(_ id: StreamID, connection: ServerConnection, messageLimit: Int) {
    self.id = id
    self.connection = connection
    super.init(messageLimit: messageLimit)
  }

  override var loop: EventLoop { connection.loop }

  func encoded(
    _ message: WireMessage, _ encoding: MessageEncoding
  ) async throws(RPCError) -> WireMessage {
    try await message.compressed(encoding)
  }

  func sendHeaders(_ initial: Metadata, _ encoding: MessageEncoding) {
    guard loop.isCurrent else { return loop.execute { [self] in sendHeaders(initial, encoding) } }
    guard !isClosed, !isFinished else { return }
    hasHeaders = true
    connection.session.submitHeaders(
      id, GRPCHeaders.response(initial, encoding), endStream: false)
    connection.scheduleFlush()
  }

  func send(_ message: WireMessage) async throws(RPCError) {
    let isSent = await withCheckedContinuation { waiter in
      if loop.isCurrent {
        push(message, waiter)
      } else {
        loop.execute { [self] in push(message, waiter) }
      }
    }
    guard isSent else { throw RPCError(.cancelled, "the call was cancelled") }
  }

  func respond(
    initial: Metadata, _ encoding: MessageEncoding, message: WireMessage, trailers: Metadata
  ) {
    guard loop.isCurrent else {
      return loop.execute { [self] in
        respond(initial: initial, encoding, message: message, trailers: trailers)
      }
    }
    guard beginFinish() else { return }
    do throws(HTTP2Error) {
      try connection.session.submitUnary(
        id, GRPCHeaders.response(initial, encoding), body: message.first, message.others,
        trailers: trailers.isEmpty
          ? GRPCHeaders.ok : GRPCHeaders.outcome(.ok(trailers: trailers), trailersOnly: false))
      hasSucceeded = true
      connection.traffic.sentMessage(at: loop.now)
      connection.scheduleFlush()
    } catch {
      // The peer leaves more unread than one connection may hold.
      connection.session.reset(id, .enhanceYourCalm)
    }
  }

  func finish(_ status: Status) {
    guard loop.isCurrent else { return loop.execute { [self] in finish(status) } }
    guard beginFinish() else { return }
    hasSucceeded = status.code == .ok
    if hasHeaders {
      connection.session.finish(id, trailers: GRPCHeaders.outcome(status, trailersOnly: false))
    } else {
      connection.session.submitHeaders(
        id, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
    }
    connection.scheduleFlush()
  }

  /// The last word may be said by the handler, by the deadline, or by a limit: the first one
  /// counts.
  private func beginFinish() -> Bool {
    guard !isClosed, !isFinished else { return false }
    isFinished = true
    timer?.cancel()
    return true
  }

  private func push(_ message: WireMessage, _ waiter: CheckedContinuation<Bool, Never>) {
    guard !isClosed, !isFinished else { return waiter.resume(returning: false) }
    do throws(HTTP2Error) {
      let hasRoom = try connection.session.send(id, message.first, message.others)
      connection.traffic.sentMessage(at: loop.now)
      connection.scheduleFlush()
      if hasRoom { waiter.resume(returning: true) } else { waiters.append(waiter) }
    } catch {
      connection.session.reset(id, .enhanceYourCalm)
      waiter.resume(returning: false)
    }
  }

  override func unfinishedChanged(by change: Int, to count: Int) {
    guard !isClosed else { return }
    if count == 0 || count == change { connection.setUnfinished(self, count > 0) }
    guard !connection.countUnfinished(change), change > 0 else { return }
    let limit = connection.side.config.unfinishedBytes
    fail(
      RPCError(
        .resourceExhausted, "the connection has more than \(limit) bytes of unfinished messages"))
  }

  override func received(messages count: Int) {
    connection.traffic.receivedMessages(count, at: loop.now)
  }

  override func consume(_ count: Int) {
    if !isClosed { connection.consume(id, count) }
  }

  /// The request broke a limit: the handler is cancelled, the caller is told.
  override func fail(_ error: RPCError) {
    inbound.end(error)
    handler?.cancel()
    finish(Status(error))
  }

  func headers(_ headers: FieldList, kind: HeaderKind, endStream: Bool) {
    // Trailers of a request mean nothing in gRPC; their END_STREAM comes by itself.
  }

  func headerListTooLarge() { connection.session.reset(id, .enhanceYourCalm) }

  func data(_ bytes: UnsafeRawBufferPointer) { receive(bytes) }

  func endOfStream() {
    isRequestComplete = true
    guard !endedWithinMessage else {
      return inbound.end(RPCError(.internal, "the request ends within a message"))
    }
    inbound.end()
    connection.start(self)
  }

  /// The call, once.
  func takeCall() -> ServerCall? { call.take() }

  /// The handler has ended.
  func served() {
    handler = nil
    connection.handlerEnded()
  }

  /// The caller has stopped waiting.
  func expire() {
    fail(RPCError(.deadlineExceeded, "the deadline has passed"))
  }

  /// The peer has taken enough for the writers to go on.
  func drained(buffered: Int) { resumeWaiters(true) }

  /// The stream is gone: the handler is told, unless it had finished.
  func closed(_ code: HTTP2ErrorCode) {
    guard !isClosed else { return }
    endReceiving()
    isClosed = true
    inbound.report(to: nil)
    if call.take() != nil { connection.handlerEnded() }
    timer?.cancel()
    resumeWaiters(false)
    if !isRequestComplete { inbound.end(RPCError(.cancelled, "the call was cancelled")) }
    if code != .noError { handler?.cancel() }
    handler = nil
    connection.tally.counts.ended(well: hasSucceeded)
    connection.exchangeEnded(answered: isFinished && code == .noError)
  }

  private func resumeWaiters(_ isSent: Bool) {
    guard !waiters.isEmpty else { return }
    let waiting = waiters
    waiters = []
    for waiter in waiting { waiter.resume(returning: isSent) }
  }
}
