import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS
import MeshText
import Synchronization

/// What a server's connections need of their server.
final class ServerSide: Sendable {
  let config: ServerConfig
  let dispatcher: Dispatcher
  let plain: PlainHandler?
  /// The connections of all loops.
  let counts: Mutex<ConnectionCounts>

  init(config: ServerConfig, dispatcher: Dispatcher, plain: PlainHandler?) {
    self.config = config
    self.dispatcher = dispatcher
    self.plain = plain
    counts = Mutex(ConnectionCounts(config.caps))
  }
}

/// One client's connection: turns HTTP/2 streams into calls and plain requests.
///
/// Thread: the loop's.
final class ServerConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  let loop: EventLoop
  let session: HTTP2Session
  let side: ServerSide
  /// Where it is counted to.
  let network: ClientNetwork?
  /// Its number among all that channelz tells of.
  let channelzID: Int64
  /// The calls of the loop's connections.
  let tally: CallTally
  /// What it has carried.
  var traffic = SocketCounts()
  /// Whether TLS and SETTINGS are done.
  var hasGreeted = false
  var lifetime: ConnectionLifetime
  var output: StallClock
  var timers = Timers()
  /// When stalled requests are looked for next.
  var nextLook: MonotonicTime
  /// Bytes of messages and bodies that have begun and are not complete.
  private var unfinishedBytes = 0
  /// The calls with such messages.
  private var unfinished: [StreamID: ServerStream] = [:]
  private let buffers: LoopBuffers
  private let handlers: HandlerTasks
  /// Handlers that run or are about to, those of streams that are gone among them.
  private var runningHandlers = 0
  private let remote: SocketAddress
  private let address: String
  private var onEnd: ((ServerConnection) -> Void)?
  private(set) var link: Link?
  private(set) var peer: Peer
  /// Calls whose headers came in this read, and perhaps their end: those were started with it, the
  /// others are when the read is through, so that a handler finds there what has come.
  private var starting: [ServerStream] = []

  init(
    _ side: ServerSide, peer: SocketAddress, isLocal: Bool, handlers: HandlerTasks,
    buffers: LoopBuffers, tally: CallTally, onEnd: @escaping (ServerConnection) -> Void
  ) {
    self.side = side
    self.handlers = handlers
    self.buffers = buffers
    loop = handlers.loop
    self.onEnd = onEnd
    self.tally = tally
    channelzID = side.config.registry.nextID()
    remote = peer
    network = ClientNetwork(peer)
    lifetime = ConnectionLifetime(
      side.config.lifetime, now: loop.now, jitter: .random(in: -1...1))
    output = StallClock(limit: side.config.windowStall)
    nextLook = loop.now + side.config.requestStall
    address = "\(peer)"
    self.peer = Peer(address: address, trust: isLocal ? .localSocket : .unknown)
    session = HTTP2Session(role: .server, limits: side.config.limits, memory: buffers.sessions)
    session.delegate = self
  }

  /// Takes the socket and begins.
  func start(_ socket: consuming Socket, tls: TLSSession?) {
    let link = Link(
      socket, tls: tls, session: session, owner: self, loop: loop, buffers: buffers,
      writeStall: side.config.writeStall)
    self.link = link
    if tls != nil { expect(.handshake, within: side.config.handshakeTimeout) }
    link.start()
  }

  func scheduleFlush() { link?.scheduleFlush() }

  /// Gives back the window for what a handler has read.
  func consume(_ id: StreamID, _ count: Int) {
    session.consume(id, count)
    scheduleFlush()
  }

  /// Ends the connection now; its calls are cancelled.
  func end(_ reason: String) { link?.end(.closedHere(reason)) }

  func linkEnded(_ end: LinkEnd) {
    stopTimers()
    starting = []
    link = nil
    onEnd?(self)
    onEnd = nil
  }

  func linkOpened(peer tlsPeer: TLSPeer?) {
    expect(.preface, within: side.config.prefaceTimeout)
    guard let name = tlsPeer?.spiffeID else { return }
    peer = Peer(address: address, trust: .certificate("\(name)"))
  }

  func fed() {
    heard()
    guard !starting.isEmpty else { return }
    for stream in starting { start(stream) }
    starting.removeAll(keepingCapacity: true)
  }

  /// Starts the handler of a call, unless it was started or its stream has closed.
  ///
  /// As soon as the request is complete: a handler that answers at once has given back its memory
  /// and its task when the next request is read.
  func start(_ stream: ServerStream) {
    if stream.call != nil { handlers.run(stream) }
  }

  /// A handler has ended, or will not be started.
  func handlerEnded() { runningHandlers -= 1 }

  /// A call or a plain request has begun.
  private func exchangeOpened(at now: MonotonicTime) {
    lifetime.callOpened()
    traffic.streams.began(at: now)
  }

  /// A call or a plain request is over; `answered` if to our own last word.
  func exchangeEnded(answered: Bool) {
    traffic.streams.ended(well: answered)
    perform(lifetime.callEnded(at: loop.now))
  }

  func request(
    _ id: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? {
    let head = RequestHead(headers)
    guard head.isGRPC else { return plainRequest(id, headers) }
    guard head.isPost else {
      session.submitHeaders(id, [":status": "405", "allow": "POST"], endStream: true)
      return nil
    }
    if let fault = head.fault {
      session.submitHeaders(id, GRPCHeaders.refusal(Status(fault)), endStream: true)
      side.dispatcher.refused(fault.code, at: head.path, head.metadata, from: peer)
      return nil
    }
    guard runningHandlers < side.config.handlers else {
      session.reset(id, .refusedStream)
      // As gRPC maps REFUSED_STREAM to a status.
      side.dispatcher.refused(.unavailable, at: head.path, head.metadata, from: peer)
      return nil
    }
    runningHandlers += 1
    let now = loop.now
    exchangeOpened(at: now)
    tally.counts.began(at: now)
    let stream = ServerStream(id, connection: self, messageLimit: side.config.messageLimit)
    if !head.encoding.isEmpty, let encoding = MessageEncoding(name: head.encoding) {
      stream.decode(encoding)
    }
    stream.call = ServerCall(
      route: side.dispatcher.route(at: head.path), metadata: head.metadata,
      deadline: head.timeout.map { .after($0) }, peer: peer, inbound: stream.inbound,
      acceptedEncodings: head.acceptedEncodings, responder: stream)
    if let timeout = head.timeout {
      stream.timer = loop.schedule(after: timeout) { stream.expire() }
    }
    starting.append(stream)
    return stream
  }

  private func plainRequest(
    _ id: StreamID, _ headers: FieldList
  ) -> (any HTTP2StreamDelegate)? {
    guard let plain = side.plain else {
      session.submitHeaders(id, [":status": "415"], endStream: true)
      return nil
    }
    exchangeOpened(at: loop.now)
    return PlainExchange(id, headers, connection: self, plain: plain)
  }

  func requestTooLarge(_ id: StreamID) {
    let limit = side.config.limits.headerListBytes
    let status = Status(
      code: .resourceExhausted, message: "the headers are larger than \(limit) bytes")
    session.submitHeaders(id, GRPCHeaders.outcome(status, trailersOnly: true), endStream: true)
    let path = UnsafeRawBufferPointer(start: nil, count: 0)
    side.dispatcher.refused(status.code, at: path, Metadata(), from: peer)
  }

  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}

  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    if lastStream.rawValue == .max { pingForFarewell() }
  }

  func settingsReceived() { greeted() }

  func pingReceived(_ opaque: UInt64) {}

  func pingAcknowledged(_ opaque: UInt64) { pongReceived(opaque) }
}

extension ServerConnection {
  /// Counts bytes of requests that have begun and are not complete; whether they are within the
  /// limit.
  @discardableResult
  func countUnfinished(_ change: Int) -> Bool {
    unfinishedBytes += change
    return unfinishedBytes <= side.config.unfinishedBytes
  }

  /// A call has an unfinished message, or has it no more.
  func setUnfinished(_ stream: ServerStream, _ isUnfinished: Bool) {
    unfinished[stream.id] = isUnfinished ? stream : nil
  }

  /// Ends the calls whose messages stand still in their middle.
  func endStalledRequests() {
    guard loop.now >= nextLook else { return }
    nextLook = loop.now + side.config.requestStall
    for stream in unfinished.values where stream.hasStalled() {
      stream.fail(RPCError(.deadlineExceeded, "the message does not come to its end"))
    }
  }
}

/// What channelz asks of it.
extension ServerConnection {
  var ref: EntityRef { EntityRef(id: channelzID, name: address) }

  /// How it is now.
  func snapshot() -> SocketSnapshot {
    SocketSnapshot(
      ref: ref, role: .server, counts: traffic, local: link?.localAddress, remote: remote,
      security: link?.security, windows: (session.sendWindow, session.receiveWindow))
  }
}
