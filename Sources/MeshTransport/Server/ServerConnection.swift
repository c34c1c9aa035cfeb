import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS

/// What a server's connections need of their server.
struct ServerSide: Sendable {
  let config: ServerConfig
  let handler: @Sendable (ServerCall) async -> Void
  let plain: PlainHandler?
}

/// One client's connection: turns HTTP/2 streams into calls and plain requests.
///
/// Thread: the loop's.
final class ServerConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  /// Tells our drain's PING from a keepalive's.
  private static let drainPing: UInt64 = 0x6472_6169_6e69_6e67

  let loop: EventLoop
  private(set) lazy var session = HTTP2Session(
    role: .server, limits: side.config.limits, delegate: self)
  private let side: ServerSide
  private let address: String
  private let isLocal: Bool
  /// Called once: when the peer has greeted, or has gone without.
  private var onGreeted: (() -> Void)?
  private var onEnd: ((ServerConnection) -> Void)?
  private var link: Link?
  private var peer: Peer
  private var calls: [StreamID: ServerStream] = [:]
  private var requests: [StreamID: PlainExchange] = [:]
  /// Calls whose headers came in this read: started when the read is through, so that a unary
  /// call's handler finds its message there.
  private var starting: [(stream: ServerStream, call: ServerCall)] = []
  private var greeting: TimerHandle?
  private var isDraining = false
  private var isLastStreamKnown = false

  init(
    _ side: ServerSide, peer: SocketAddress, isLocal: Bool, loop: EventLoop,
    onGreeted: @escaping () -> Void, onEnd: @escaping (ServerConnection) -> Void
  ) {
    self.side = side
    self.loop = loop
    self.isLocal = isLocal
    self.onGreeted = onGreeted
    self.onEnd = onEnd
    address = "\(peer)"
    self.peer = Peer(address: address, trust: isLocal ? .localSocket : .unknown)
  }

  /// Takes the socket and begins.
  func start(_ socket: consuming Socket, tls: TLSSession?, buffers: LoopBuffers) {
    let link = Link(
      socket, tls: tls, session: session, owner: self, loop: loop, buffers: buffers,
      writeStall: side.config.writeStall)
    self.link = link
    greeting = loop.schedule(after: side.config.handshakeTimeout) { [weak link] in
      link?.end(.timedOut("the peer does not greet"))
    }
    link.start()
  }

  /// Calls that are not answered.
  var openCalls: Int { calls.count + requests.count }

  func scheduleFlush() { link?.scheduleFlush() }

  /// Gives back the window for what a handler has read.
  func consume(_ id: StreamID, _ count: Int) {
    session.consume(id, count)
    scheduleFlush()
  }

  /// Says that no new calls are taken; the connection ends when the last call has.
  ///
  /// GOAWAY with the highest stream id first; the real last id follows when the peer has answered a
  /// PING and so has seen it (gRFC A9): no call on its way is lost.
  func drain() {
    guard !isDraining else { return }
    isDraining = true
    session.shutdownNotice()
    session.ping(Self.drainPing)
    scheduleFlush()
  }

  /// Ends the connection now; its calls are cancelled.
  func end(_ reason: String) { link?.end(.closedHere(reason)) }

  func linkEnded(_ end: LinkEnd) {
    greeted()
    for stream in calls.values { stream.closed(cancelling: true) }
    for exchange in requests.values { exchange.task?.cancel() }
    calls = [:]
    requests = [:]
    starting = []
    link = nil
    onEnd?(self)
    onEnd = nil
  }

  private func endIfDrained() {
    if isDraining, isLastStreamKnown, openCalls == 0 { link?.closeAfterFlush() }
  }

  func linkOpened(peer tlsPeer: TLSPeer?) {
    guard let name = tlsPeer?.spiffeID else { return }
    peer = Peer(address: address, trust: .certificate("\(name)"))
  }

  func fed() {
    guard !starting.isEmpty else { return }
    let batch = starting
    starting.removeAll(keepingCapacity: true)
    for (stream, call) in batch where !stream.isClosed {
      let handler = side.handler
      stream.task = Task.immediate(executorPreference: loop) { await handler(call) }
    }
  }

  func headers(_ id: StreamID, _ block: HeaderBlock, kind: HeaderKind, endStream: Bool) {
    // Trailers of a request mean nothing in gRPC; their END_STREAM comes by itself.
    guard kind == .request else { return }
    let head = RequestHead(block)
    if head.isGRPC {
      startCall(id, head)
    } else if side.plain != nil {
      requests[id] = PlainExchange(head)
    } else {
      session.submitHeaders(id, [":status": "415"], endStream: true)
    }
  }

  private func startCall(_ id: StreamID, _ head: RequestHead) {
    if let fault = head.fault {
      return session.submitHeaders(id, GRPCHeaders.refusal(Status(fault)), endStream: true)
    }
    let stream = ServerStream(id, connection: self, messageLimit: side.config.messageLimit)
    if let encoding = MessageEncoding(name: head.encoding) { stream.decode(encoding) }
    calls[id] = stream
    var deadline: Deadline?
    if let timeout = head.timeout {
      deadline = .after(timeout)
      stream.timer = loop.schedule(after: timeout) { [weak stream] in stream?.expire() }
    }
    let call = ServerCall(
      path: head.path, metadata: head.metadata, deadline: deadline, peer: peer,
      inbound: stream.inbound, acceptedEncodings: head.acceptedEncodings, responder: stream)
    starting.append((stream, call))
  }

  func headerListTooLarge(_ id: StreamID, kind: HeaderKind, endStream: Bool) {
    guard kind == .request else { return session.reset(id, .enhanceYourCalm) }
    let limit = side.config.limits.headerListBytes
    let status = Status(
      code: .resourceExhausted, message: "the headers are larger than \(limit) bytes")
    session.submitHeaders(id, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
  }

  func data(_ id: StreamID, _ bytes: UnsafeRawBufferPointer) {
    if let stream = calls[id] {
      stream.receive(bytes)
    } else if let exchange = requests[id] {
      session.consume(id, bytes.count)
      exchange.body.append(contentsOf: bytes)
      if exchange.body.count > side.config.bodyLimit {
        session.submitHeaders(id, [":status": "413"], endStream: true)
        requests[id] = nil
      }
    } else {
      session.consume(id, bytes.count)
    }
  }

  func endOfStream(_ id: StreamID) {
    if let stream = calls[id] {
      stream.endOfRequest()
    } else if let exchange = requests[id], let plain = side.plain {
      exchange.answer(id, on: self, by: plain, peer: peer)
    }
  }

  func closed(_ id: StreamID, _ code: HTTP2ErrorCode) {
    if let stream = calls.removeValue(forKey: id) { stream.closed(cancelling: code != .noError) }
    requests.removeValue(forKey: id)?.task?.cancel()
    endIfDrained()
  }

  func drained(_ id: StreamID, buffered: Int) { calls[id]?.drained() }

  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}

  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}

  func settingsReceived() {
    greeted()
  }

  private func greeted() {
    greeting?.cancel()
    greeting = nil
    onGreeted?()
    onGreeted = nil
  }

  func pingReceived(_ opaque: UInt64) {}

  func pingAcknowledged(_ opaque: UInt64) {
    guard opaque == Self.drainPing, !isLastStreamKnown else { return }
    isLastStreamKnown = true
    session.goAway()
    scheduleFlush()
    endIfDrained()
  }
}
