import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS
import MeshText

/// One connection to a server: opens streams for calls.
///
/// Thread: the loop's.
final class ClientConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  /// Tells a keepalive's PING from any other.
  private static let keepalivePing: UInt64 = 0x6b65_6570_616c_6976

  /// The library sends no larger header blocks (`nghttp2_option_set_max_send_header_block_length`).
  private static let largestHeaders = 64 << 10

  let loop: EventLoop
  let session: HTTP2Session
  /// Its number among all that channelz tells of.
  let channelzID: Int64
  /// What it has carried.
  var traffic = SocketCounts()
  /// Told once, when no more calls are taken: why, and whether the server complains about pings.
  var whenClosing: ((ClientConnection, String, Bool) -> Void)?
  /// Told when the server lets calls expire without a word, and when it has spoken again.
  var whenDoubted: ((ClientConnection, _ isSilent: Bool) -> Void)?
  /// Told when as many streams are open as the server allows, and when there is room again.
  var whenFilled: ((ClientConnection, _ isFull: Bool) -> Void)?
  /// Told once, when the connection is over.
  var whenGone: ((ClientConnection) -> Void)?
  private let config: ChannelConfig
  private let address: SocketAddress
  /// Whether TLS is spoken.
  private let isSecure: Bool
  private let requestStart: FieldList
  private var link: Link?
  /// Calls that are not over.
  private var calls = 0
  /// How many there may be, as the server says, which may change its mind.
  private var callLimit = Int.max
  /// Whether there are so many: the library would keep a further one until there is room, whatever
  /// becomes of it or of the connection, so it has to wait elsewhere.
  private(set) var isFull = false
  /// The largest header list that the server takes and the library sends, in bytes.
  private var headerLimit = ClientConnection.largestHeaders
  /// Waits for the server's SETTINGS: only then is the connection known to work.
  private var greeting: CheckedContinuation<LinkEnd?, Never>?
  private var greetingTimer: TimerHandle?
  /// Why the server says that it goes, for errors.
  private var goAway: String?
  /// Which rule of HTTP/2 the server has broken, as we have told it.
  private var fault: String?
  /// Why the connection is over.
  private var loss: String?
  /// No new calls; the connection ends with the last open one.
  private var isFinishing = false
  private let buffers: LoopBuffers
  private let keepaliveConfig: Keepalive.Config?
  private var keepalive: Keepalive?
  private var keepaliveTimer: TimerHandle?

  init(
    _ config: ChannelConfig, address: SocketAddress, loop: EventLoop, buffers: LoopBuffers,
    keepalive: Keepalive.Config? = nil
  ) {
    self.config = config
    self.address = address
    self.loop = loop
    self.buffers = buffers
    keepaliveConfig = keepalive
    channelzID = config.registry.nextID()
    isSecure = config.tls != nil && address.port != nil
    requestStart = GRPCHeaders.requestStart(
      scheme: isSecure ? "https" : "http", authority: config.serverName)
    session = HTTP2Session(role: .client, limits: config.limits, memory: buffers.sessions)
    session.delegate = self
  }

  /// Whether calls may be opened.
  var takesCalls: Bool { link != nil && !isFinishing && session.takesRequests }

  /// Why no more calls are taken, if the server has said or done anything about it.
  var farewell: String? { loss ?? goAway }

  /// Connects, and returns when the server has greeted.
  ///
  /// A cancelled task gives the attempt up.
  func connect(within limit: Duration) async throws(LinkEnd) {
    let start = loop.now
    let socket = try await dial(within: limit)
    var session: TLSSession?
    if let tls = config.tls, address.port != nil {
      do throws(TLSError) {
        session = try TLSSession(
          context: tls, serverName: config.serverName, expectedURI: config.serverIdentity)
      } catch {
        throw .tls(error)
      }
    }
    try await greet(socket, session, within: limit - (loop.now - start))
  }

  private func dial(within limit: Duration) async throws(LinkEnd) -> Socket {
    do throws(IOError) {
      let socket = try await Connector.connect(to: address, timeout: limit, on: loop)
      if let keepaliveConfig, address.port != nil {
        try socket.setUnacknowledgedLimit(keepaliveConfig.timeout)
      }
      return socket
    } catch {
      throw .io(error)
    }
  }

  private func greet(
    _ socket: consuming Socket, _ tls: TLSSession?, within limit: Duration
  ) async throws(LinkEnd) {
    let link = Link(
      socket, tls: tls, session: session, owner: self, loop: loop, buffers: buffers,
      writeStall: config.writeStall)
    self.link = link
    let end = await withTaskCancellationHandler {
      await withCheckedContinuation { waiter in
        greeting = waiter
        greetingTimer = loop.schedule(after: limit) { [weak link] in
          link?.end(.timedOut("the server does not greet"))
        }
        link.start()
      }
    } onCancel: {
      loop.execute { [self] in self.end("it is not needed any more") }
    }
    if let end { throw end }
    if let keepaliveConfig {
      keepalive = Keepalive(keepaliveConfig, at: loop.now.nanoseconds)
      checkKeepalive()
    }
  }

  /// Opens a call; nil when the connection takes no more.
  ///
  /// `subchannel` hears how it goes; nil for calls that are nobody's load. Throws
  /// `RESOURCE_EXHAUSTED` when the headers are larger than the server takes.
  func open(
    _ method: MethodDescriptor, _ options: CallOptions, for subchannel: Subchannel?
  ) throws(RPCError) -> ClientCall? {
    guard let link, takesCalls else { return nil }
    let headers = GRPCHeaders.request(method, options, start: requestStart)
    guard headers.listBytes <= headerLimit else {
      throw RPCError(
        .resourceExhausted,
        "the headers have \(headers.listBytes) bytes; \(address) takes \(headerLimit)")
    }
    do throws(HTTP2Error) {
      let call = ClientCall(
        self, subchannel: subchannel,
        messageLimit: min(config.messageLimit, options.maxResponseBytes ?? .max),
        encoding: options.encoding)
      if let limit = options.maxRequestBytes { call.requestLimit = limit }
      try call.start(headers)
      calls += 1
      checkRoom()
      traffic.streams.began(at: loop.now)
      if let deadline = options.deadline { call.expire(at: deadline) }
      link.scheduleFlush()
      if keepalive != nil, keepaliveTimer == nil { checkKeepalive() }
      return call
    } catch {
      return nil
    }
  }

  /// A call that began then got no answer in its time: a server that has said nothing else since
  /// is asked whether it is there.
  func callExpired(since began: MonotonicTime) {
    guard link != nil, let keepaliveConfig, var keepalive else { return }
    let wasDoubtful = keepalive.isDoubtful
    let asks = keepalive.callExpired(began: began.nanoseconds, at: loop.now.nanoseconds)
    self.keepalive = keepalive
    if asks {
      keepaliveTimer?.cancel()
      ping(within: keepaliveConfig.timeout)
    }
    if keepalive.isDoubtful, !wasDoubtful { whenDoubted?(self, true) }
  }

  func scheduleFlush() { link?.scheduleFlush() }

  /// Gives back the window for what the caller has read.
  func consume(_ id: StreamID, _ count: Int) {
    session.consume(id, count)
    scheduleFlush()
  }

  /// Ends the connection now; its calls fail.
  func end(_ reason: String) { link?.end(.closedHere(reason)) }

  /// Takes no more calls, and ends the connection when the open ones have ended.
  func finish(_ reason: String) {
    isFinishing = true
    closing(reason)
    if calls == 0 { link?.closeAfterFlush() }
  }

  private func closing(_ reason: String, tooManyPings: Bool = false) {
    let told = whenClosing
    whenClosing = nil
    told?(self, reason, tooManyPings)
  }

  func linkOpened(peer: TLSPeer?) {}

  func fed() {
    let wasDoubtful = keepalive?.isDoubtful == true
    keepalive?.didRead(at: loop.now.nanoseconds)
    if wasDoubtful { whenDoubted?(self, false) }
  }

  func linkEnded(_ end: LinkEnd) {
    link = nil
    greetingTimer?.cancel()
    keepaliveTimer?.cancel()
    let end = fault.map { LinkEnd.http2($0) } ?? end
    let reason = goAway.map { "\(end), after \($0)" } ?? "\(end)"
    loss = reason
    if let waiter = greeting {
      greeting = nil
      waiter.resume(returning: end)
    }
    closing(reason)
    whenDoubted = nil
    whenFilled = nil
    whenGone?(self)
    whenGone = nil
  }

  /// A call's stream is gone; `answered` if the server had ended it.
  func callClosed(_ call: ClientCall, _ code: HTTP2ErrorCode, answered: Bool) {
    calls -= 1
    checkRoom()
    traffic.streams.ended(well: answered)
    if !call.hasEnded { call.ended(Status(failure(code))) }
    // Told to go and with nothing left to wait for: the next call gets a new connection.
    if isFinishing, calls == 0 { link?.closeAfterFlush() }
  }

  private func checkRoom() {
    guard isFull != (calls >= callLimit) else { return }
    isFull.toggle()
    whenFilled?(self, isFull)
  }

  /// What the end of a stream with this code means to its call.
  private func failure(_ code: HTTP2ErrorCode) -> RPCError {
    if let loss {
      return RPCError(
        .unavailable, "the connection to \(address) was lost: \(loss)",
        reach: code == .refusedStream ? .client : .handler)
    }
    guard code == .refusedStream else {
      return RPCError(
        StatusMapping.code(http2Error: code.rawValue), "the server reset the call: \(code)")
    }
    let reason = goAway.map { "goes away: \($0)" } ?? "refused the call: \(code)"
    return RPCError(.unavailable, "\(address) \(reason)", reach: .transport)
  }

  func request(
    _ stream: StreamID, _ headers: FieldList, endStream: Bool
  ) -> (any HTTP2StreamDelegate)? { nil }

  func requestTooLarge(_ stream: StreamID) {}

  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    let text = Self.text(debug)
    let reason = "GOAWAY \(Self.text(code, debug))"
    goAway = reason
    isFinishing = true
    closing(
      "\(address) goes away: \(reason)",
      tooManyPings: code == .enhanceYourCalm && text == "too_many_pings")
    if calls == 0 { link?.closeAfterFlush() }
  }

  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    if code != .noError { fault = "the server broke a rule: \(Self.text(code, debug))" }
  }

  private static func text(_ code: HTTP2ErrorCode, _ debug: [UInt8]) -> String {
    debug.isEmpty ? "\(code)" : "\(code) \"\(text(debug))\""
  }

  /// The peer's words, of which nothing gets through to a terminal but text.
  private static func text(_ debug: [UInt8]) -> String {
    let text = String(decoding: debug.prefix(200), as: UTF8.self)
    return String(
      String.UnicodeScalarView(
        text.unicodeScalars.map { $0.properties.generalCategory == .control ? "\u{FFFD}" : $0 }))
  }

  func settingsReceived() {
    callLimit = session.peerConcurrentStreams
    headerLimit = min(session.peerHeaderListBytes, Self.largestHeaders)
    checkRoom()
    guard let waiter = greeting else { return }
    greetingTimer?.cancel()
    greeting = nil
    waiter.resume(returning: nil)
  }

  func pingReceived(_ opaque: UInt64) {}

  func pingAcknowledged(_ opaque: UInt64) {}

  private func checkKeepalive() {
    guard link != nil, let keepaliveConfig else { return }
    keepaliveTimer = nil
    let action = keepalive?.check(at: loop.now.nanoseconds, openCalls: calls) ?? .sleep
    switch action {
    case .sleep: break
    case .wait(let time): checkKeepalive(after: time)
    case .ping(let time): ping(within: time)
    case .giveUp:
      link?.end(
        .timedOut("keepalive: no answer to a PING within \(keepaliveConfig.timeout)"))
    }
  }

  private func ping(within time: Duration) {
    session.ping(Self.keepalivePing)
    traffic.keepalivesSent += 1
    scheduleFlush()
    checkKeepalive(after: time)
  }

  private func checkKeepalive(after time: Duration) {
    keepaliveTimer = loop.schedule(after: time) { [unowned self] in checkKeepalive() }
  }
}

/// What channelz asks of it.
extension ClientConnection {
  var ref: EntityRef { EntityRef(id: channelzID, name: "\(address)") }

  /// How it is now.
  func snapshot() -> SocketSnapshot {
    SocketSnapshot(
      ref: ref, role: .client, counts: traffic, local: link?.localAddress, remote: address,
      remoteName: isSecure ? config.serverIdentity ?? config.serverName : "",
      security: link?.security, windows: (session.sendWindow, session.receiveWindow))
  }
}
