import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS

/// What a server's connections need of their server.
final class ServerSide: Sendable {
  let config: ServerConfig
  let dispatcher: Dispatcher
  let plain: PlainHandler?

  init(config: ServerConfig, dispatcher: Dispatcher, plain: PlainHandler?) {
    self.config = config
    self.dispatcher = dispatcher
    self.plain = plain
  }
}

/// One client's connection: turns HTTP/2 streams into calls and plain requests.
///
/// Thread: the loop's.
final class ServerConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  /// Tells our drain's PING from a keepalive's.
  private static let drainPing: UInt64 = 0x6472_6169_6e69_6e67

  let loop: EventLoop
  let session: HTTP2Session
  private let side: ServerSide
  private let address: String
  private let isLocal: Bool
  /// Called once: when the peer has greeted, or has gone without.
  private var onGreeted: (() -> Void)?
  private var onEnd: ((ServerConnection) -> Void)?
  private var link: Link?
  private(set) var peer: Peer
  /// Calls and plain requests that are not over.
  private var exchanges = 0
  /// Calls whose headers came in this read: started when the read is through, so that a unary
  /// call's handler finds its message there.
  private var starting: [ServerStream] = []
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
    session = HTTP2Session(role: .server, limits: side.config.limits)
    session.delegate = self
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
    starting = []
    link = nil
    onEnd?(self)
    onEnd = nil
  }

  private func endIfDrained() {
    if isDraining, isLastStreamKnown, exchanges == 0 { link?.closeAfterFlush() }
  }

  func linkOpened(peer tlsPeer: TLSPeer?) {
    guard let name = tlsPeer?.spiffeID else { return }
    peer = Peer(address: address, trust: .certificate("\(name)"))
  }

  func fed() {
    guard !starting.isEmpty else { return }
    for stream in starting {
      // Nil when the stream has closed already.
      guard let call = stream.takeCall() else { continue }
      stream.task = Task.immediate(executorPreference: loop) { await call.serve() }
    }
    starting.removeAll(keepingCapacity: true)
  }

  /// A call or a plain request is over.
  func exchangeEnded() {
    exchanges -= 1
    endIfDrained()
  }

  func request(
    _ id: StreamID, _ headers: borrowing IncomingHeaders, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    let head = RequestHead(headers)
    guard head.isGRPC else { return plainRequest(id, headers) }
    if let fault = head.fault {
      session.submitHeaders(id, GRPCHeaders.refusal(Status(fault)), endStream: true)
      return nil
    }
    let stream = ServerStream(id, connection: self, messageLimit: side.config.messageLimit)
    if !head.encoding.isEmpty, let encoding = MessageEncoding(name: head.encoding) {
      stream.decode(encoding)
    }
    stream.call = ServerCall(
      route: side.dispatcher.route(at: head.path), metadata: head.metadata,
      deadline: head.timeout.map { .after($0) }, peer: peer, inbound: stream.inbound,
      acceptedEncodings: head.acceptedEncodings, responder: stream)
    if let timeout = head.timeout {
      stream.timer = loop.schedule(after: timeout) { [weak stream] in stream?.expire() }
    }
    exchanges += 1
    starting.append(stream)
    return stream
  }

  private func plainRequest(
    _ id: StreamID, _ headers: borrowing IncomingHeaders
  ) -> (any HTTP2StreamDelegate)? {
    guard let plain = side.plain else {
      session.submitHeaders(id, [":status": "415"], endStream: true)
      return nil
    }
    exchanges += 1
    return PlainExchange(
      id, headers, connection: self, plain: plain, bodyLimit: side.config.bodyLimit)
  }

  func requestTooLarge(_ id: StreamID) {
    let limit = side.config.limits.headerListBytes
    let status = Status(
      code: .resourceExhausted, message: "the headers are larger than \(limit) bytes")
    session.submitHeaders(id, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
  }

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
