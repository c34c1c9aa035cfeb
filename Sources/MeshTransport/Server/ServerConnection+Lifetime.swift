import MeshHTTP2
import MeshIO

/// The timers of a server's connection, and what they find.
///
/// Timers are cancelled before the connection goes, so they need not hold it; and they do not hold
/// it weakly, for objects that are held so count their references slowly.
extension ServerConnection {
  /// Tells our drain's PING from a keepalive's.
  private static let farewellPing: UInt64 = 0x6661_7265_7765_6c6c
  private static let keepalivePing: UInt64 = 0x6b65_6570_616c_6976

  /// Says that no new calls are taken; the connection ends when the last call has.
  func drain() {
    perform(lifetime.end("draining", at: loop.now))
  }

  /// The peer has so long to finish TLS, then so long for its preface and SETTINGS.
  func expect(_ what: Greeting, within limit: Duration) {
    timers.greeting?.cancel()
    timers.greeting = loop.schedule(after: limit) { [unowned self] in
      // Before TLS is up there is no way to say anything.
      if what == .handshake { return end("the peer does not finish TLS") }
      abort(.protocolError, "preface_timeout")
    }
  }

  /// What a new connection waits for.
  enum Greeting {
    case handshake, preface
  }

  /// The peer's SETTINGS have come.
  func greeted() {
    guard !hasGreeted else { return }
    hasGreeted = true
    timers.greeting?.cancel()
    timers.greeting = nil
    side.counts.withLock { $0.greeted(network) }
    wakeLater()
  }

  /// Something was read.
  func heard() {
    lifetime.heard(at: loop.now)
    if let stream = session.openHeaderBlock {
      if timers.headerBlock == nil { expectEnd(ofBlock: stream) }
    } else if let timer = timers.headerBlock {
      timer.cancel()
      timers.headerBlock = nil
    }
  }

  private func expectEnd(ofBlock stream: StreamID) {
    timers.headerBlock = loop.schedule(after: side.config.headerTimeout) { [unowned self] in
      timers.headerBlock = nil
      // A block whose stream we have reset meanwhile is over, though nothing was read since.
      guard session.openHeaderBlock == stream else { return }
      abort(.enhanceYourCalm, "header_timeout")
    }
  }

  /// Asks for a sign that the peer has seen our GOAWAY; only now, for pings overtake it.
  func pingForFarewell() {
    session.ping(Self.farewellPing)
  }

  /// The peer has answered one of our pings.
  func pongReceived(_ opaque: UInt64) {
    guard opaque == Self.farewellPing else { return }
    for action in lifetime.farewellAnswered() { perform(action) }
  }

  /// Does what the lifetime asks for.
  func perform(_ action: ConnectionLifetime.Action?) {
    switch action {
    case .ping:
      session.ping(Self.keepalivePing)
      traffic.keepalivesSent += 1
    case .announce:
      session.shutdownNotice()
      wakeLater()
    case .leave(let debug): session.goAway(debug: debug)
    case .close: link?.closeAfterFlush()
    case .abort(let reason): return end(reason)
    case nil: return
    }
    scheduleFlush()
  }

  /// Says why the peer is not served any longer, and ends the connection.
  private func abort(_ code: HTTP2ErrorCode, _ debug: String) {
    session.goAway(code: code, debug: debug)
    link?.closeAfterFlush()
  }

  private func wakeLater() {
    timers.wake?.cancel()
    guard link != nil else { return }
    let now = loop.now
    let look = min(side.config.requestStall, side.config.windowStall)
    let next = min(lifetime.nextWake(after: now) - now, look)
    timers.wake = loop.schedule(after: next) { [unowned self] in wake() }
  }

  private func wake() {
    let now = loop.now
    for action in lifetime.wake(at: now) { perform(action) }
    let isStalled = output.isStalled(
      isWaiting: session.bufferedBytes > 0, progress: session.dataFramesSent, at: now)
    if isStalled { abort(.enhanceYourCalm, "window_timeout") }
    endStalledRequests()
    wakeLater()
  }

  /// Cancels all timers.
  func stopTimers() {
    for timer in [timers.greeting, timers.headerBlock, timers.wake] { timer?.cancel() }
    timers = Timers()
  }

  /// The timers of a connection.
  struct Timers {
    var greeting: TimerHandle?
    var headerBlock: TimerHandle?
    var wake: TimerHandle?
  }
}
