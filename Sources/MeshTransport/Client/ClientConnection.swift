import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS

/// One connection to a server: opens streams for calls.
///
/// Thread: the loop's.
final class ClientConnection: LinkOwner, HTTP2SessionDelegate, @unchecked Sendable {
  let loop: EventLoop
  private(set) lazy var session = HTTP2Session(
    role: .client, limits: config.limits, delegate: self)
  /// Told once, after the connection has become ready.
  var whenEnded: (() -> Void)?
  private let config: ChannelConfig
  private let address: SocketAddress
  private let scheme: String
  private var link: Link?
  private var streams: [StreamID: ClientCall] = [:]
  /// Waits for the server's SETTINGS: only then is the connection known to work.
  private var greeting: CheckedContinuation<LinkEnd?, Never>?
  private var greetingTimer: TimerHandle?
  /// Why the server says that it goes, for errors.
  private var goAway: String?
  /// Why the connection is over.
  private var loss: String?

  init(_ config: ChannelConfig, address: SocketAddress, loop: EventLoop) {
    self.config = config
    self.address = address
    self.loop = loop
    scheme = config.tls != nil && address.port != nil ? "https" : "http"
  }

  /// Takes the socket and returns when the server has greeted.
  func start(
    _ socket: consuming Socket, tls: TLSSession?, buffers: LoopBuffers
  ) async throws(LinkEnd) {
    let link = Link(
      socket, tls: tls, session: session, owner: self, loop: loop, buffers: buffers,
      writeStall: config.writeStall)
    self.link = link
    let end = await withCheckedContinuation { waiter in
      greeting = waiter
      greetingTimer = loop.schedule(after: config.connectTimeout) { [weak link] in
        link?.end(.timedOut("the server does not greet"))
      }
      link.start()
    }
    if let end { throw end }
  }

  /// Opens a call; nil when the connection takes no more.
  func open(_ method: MethodDescriptor, _ options: CallOptions) -> ClientCall? {
    guard let link, session.takesRequests else { return nil }
    let headers = GRPCHeaders.request(
      method, options, scheme: scheme, authority: config.serverName)
    do throws(HTTP2Error) {
      let id = try session.submitRequest(headers, endStream: false)
      let call = ClientCall(
        id, connection: self, messageLimit: config.messageLimit, encoding: options.encoding)
      streams[id] = call
      if let deadline = options.deadline { call.expire(after: deadline.remaining) }
      link.scheduleFlush()
      return call
    } catch {
      return nil
    }
  }

  func scheduleFlush() { link?.scheduleFlush() }

  /// Gives back the window for what the caller has read.
  func consume(_ id: StreamID, _ count: Int) {
    session.consume(id, count)
    scheduleFlush()
  }

  /// Ends the connection now; its calls fail.
  func end(_ reason: String) { link?.end(.closedHere(reason)) }

  func linkOpened(peer: TLSPeer?) {}

  func fed() {}

  func linkEnded(_ end: LinkEnd) {
    link = nil
    greetingTimer?.cancel()
    loss = goAway.map { "\(end), after \($0)" } ?? "\(end)"
    if let waiter = greeting {
      greeting = nil
      waiter.resume(returning: end)
    }
    whenEnded?()
    whenEnded = nil
  }

  func headers(_ id: StreamID, _ block: HeaderBlock, kind: HeaderKind, endStream: Bool) {
    guard let call = streams[id] else { return }
    switch kind {
    case .response: call.headersArrived(ResponseHead(block), isOnly: endStream)
    case .trailers: call.trailersArrived(ResponseHead(block))
    case .request, .informational: break
    }
  }

  func headerListTooLarge(_ id: StreamID, kind: HeaderKind, endStream: Bool) {
    streams[id]?.fail(
      RPCError(
        .resourceExhausted,
        "the server's headers are larger than \(config.limits.headerListBytes) bytes"))
  }

  func data(_ id: StreamID, _ bytes: UnsafeRawBufferPointer) {
    if let call = streams[id] { call.receive(bytes) } else { session.consume(id, bytes.count) }
  }

  func endOfStream(_ id: StreamID) { streams[id]?.endOfResponse() }

  func closed(_ id: StreamID, _ code: HTTP2ErrorCode) {
    guard let call = streams.removeValue(forKey: id) else { return }
    call.ended(Status(failure(code)))
    // Told to go and with nothing left to wait for: the next call gets a new connection.
    if goAway != nil, streams.isEmpty { link?.closeAfterFlush() }
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
        StatusMapping.code(http2Error: code.rawValue), "\(address) reset the call: \(code)")
    }
    let reason = goAway.map { "goes away: \($0)" } ?? "refused the call: \(code)"
    return RPCError(.unavailable, "\(address) \(reason)", reach: .transport)
  }

  func drained(_ id: StreamID, buffered: Int) { streams[id]?.drained() }

  func goAwayReceived(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {
    let text = String(decoding: debug.prefix(200), as: UTF8.self)
    goAway = "GOAWAY \(code)\(text.isEmpty ? "" : " \"\(text)\"")"
    whenEnded?()
    whenEnded = nil
    if streams.isEmpty { link?.closeAfterFlush() }
  }

  func goAwaySent(lastStream: StreamID, code: HTTP2ErrorCode, debug: [UInt8]) {}

  func settingsReceived() {
    guard let waiter = greeting else { return }
    greetingTimer?.cancel()
    greeting = nil
    waiter.resume(returning: nil)
  }

  func pingReceived(_ opaque: UInt64) {}

  func pingAcknowledged(_ opaque: UInt64) {}
}
