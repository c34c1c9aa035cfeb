import MeshHTTP2
import MeshIO
import MeshTLS

/// What stands on a link: an HTTP/2 connection of either role.
protocol LinkOwner: AnyObject {
  /// TLS has agreed on everything, or there is none.
  func linkOpened(peer: TLSPeer?)
  /// The link is over and its socket closed; nothing is called any more.
  func linkEnded(_ end: LinkEnd)
  /// Everything that came in one go has been fed.
  func fed()
}

/// A socket, its TLS if any, and an HTTP/2 session, as one connection on a loop.
///
/// Reads as much as there is, feeds the session, and writes what the session has to say once per
/// turn of the loop.
///
/// Thread: the loop's.
final class Link: ReadinessHandler {
  /// Bytes gathered for one write; the last frame may pass it by its own size.
  ///
  /// So the frames of one write fit into one packet of 64 KiB, the largest that the kernel makes.
  /// It cuts a longer write into full packets and a rest and pushes each by itself: the same stream
  /// costs it up to twice as much by 256 KiB, and up to three times by 64 (docs/performance.md).
  private static let writeSize = 48 << 10
  /// Reads in one turn, before other connections get their turn.
  private static let readsPerTurn = 4

  let loop: EventLoop
  let session: HTTP2Session
  /// Dropped at the end, which also breaks the cycle between the two.
  private var owner: (any LinkOwner)?
  private let tls: TLSSession?
  private let buffers: LoopBuffers
  private let writeStall: Duration
  private var socket: Socket?
  private var registration: Registration?
  /// What the kernel did not take yet.
  private var unsent = HTTP2Output()
  private var stallTimer: TimerHandle?
  private var isFlushScheduled = false
  private var isOpen = false
  private var isClosing = false
  /// What the owner hears when the link ends after its last words.
  private var reason = LinkEnd.closedHere("the connection was closed")
  /// Kept, so that a turn's flush allocates nothing; dropped at the end.
  private var flushHook: (() -> Void)?

  init(
    _ socket: consuming Socket, tls: TLSSession?, session: HTTP2Session, owner: any LinkOwner,
    loop: EventLoop, buffers: LoopBuffers, writeStall: Duration
  ) {
    self.socket = consume socket
    self.tls = tls
    self.session = session
    self.owner = owner
    self.loop = loop
    self.buffers = buffers
    self.writeStall = writeStall
  }

  /// Whether the link still carries anything.
  var isAlive: Bool { socket != nil }

  /// This end's address; nil when the kernel does not tell, or the link is over.
  var localAddress: SocketAddress? {
    // Only asked by people who look: a socket that cannot say its name is shown without.
    try? socket?.localAddress()
  }

  /// What protects the link; nil in the clear, and until TLS is up.
  var security: TLSDetails? { tls?.details }

  /// Begins to read and write.
  func start() {
    guard let descriptor = socket?.descriptor else { return }
    flushHook = { [self] in flush() }
    do throws(IOError) {
      registration = try loop.register(descriptor, .read, self)
    } catch {
      return end(.io(error))
    }
    if tls == nil { opened(peer: nil) } else { advanceTLS() }
    scheduleFlush()
  }

  /// Writes what the session has to say at the end of this turn.
  func scheduleFlush() {
    guard !isFlushScheduled, isAlive, let flushHook else { return }
    isFlushScheduled = true
    loop.atEndOfTurn(flushHook)
  }

  /// Ends the link once what the session has to say is written.
  func closeAfterFlush() {
    isClosing = true
    scheduleFlush()
  }

  /// Ends the link now, whatever is on its way.
  func end(_ end: LinkEnd) {
    guard isAlive else { return }
    release()
    socket = nil
    // The owner first: it hears of the end of each stream, and has to know why by then.
    owner?.linkEnded(end)
    session.connectionLost(.internalError)
    owner = nil
  }

  /// Ends the link after everything is written: see `LingeringClose`.
  private func leave(_ end: LinkEnd) {
    guard session.role == .server, let socket = socket.take(), let owner else {
      return self.end(end)
    }
    release()
    session.connectionLost(.internalError)
    self.owner = nil
    LingeringClose.begin(socket, on: loop, buffers: buffers) { owner.linkEnded(end) }
  }

  private func release() {
    stallTimer?.cancel()
    registration?.cancel()
    registration = nil
    flushHook = nil
  }

  func ready(_ readiness: Readiness) {
    if readiness.contains(.readable) || readiness.contains(.hangup) { readAll() }
    guard isAlive else { return }
    if readiness.contains(.error) {
      return end(socket?.takeError().map { .io($0) } ?? .closedByPeer)
    }
    if readiness.contains(.writable) { flush() }
  }

  private func readAll() {
    for _ in 0..<Self.readsPerTurn {
      guard let result = read() else { return }
      switch result {
      case .wouldBlock: return
      case .endOfStream: return end(.closedByPeer)
      case .bytes(let count):
        take(UnsafeRawBufferPointer(rebasing: buffers.read[..<count]))
        guard isAlive else { return }
        if count < LoopBuffers.readSize { return }
      }
    }
  }

  private func read() -> ReadResult? {
    do throws(IOError) {
      return try socket?.read(into: buffers.read)
    } catch {
      end(.io(error))
      return nil
    }
  }

  private func take(_ bytes: UnsafeRawBufferPointer) {
    do {
      if let tls {
        try tls.receive(bytes, scratch: buffers.record) { plaintext in
          if !isOpen { opened(peer: tls.peer) }
          try session.feed(plaintext)
        }
        if !isOpen, tls.state == .open { opened(peer: tls.peer) }
      } else {
        try session.feed(bytes)
      }
      owner?.fed()
      scheduleFlush()
      if tls?.state == .shutdownReceived { closeAfterFlush() }
    } catch let error as HTTP2Error {
      failed(.http2("\(error)"))
    } catch let error as TLSError {
      failed(.tls(error))
    } catch {
      failed(.closedHere("\(error)"))
    }
  }

  private func advanceTLS() {
    do throws(TLSError) {
      _ = try tls?.advance()
    } catch {
      failed(.tls(error))
    }
  }

  /// Says the last words, an alert or a GOAWAY, then ends.
  private func failed(_ end: LinkEnd) {
    reason = end
    flush()
    if unsent.isEmpty { leave(end) } else { self.end(end) }
  }

  private func opened(peer: TLSPeer?) {
    isOpen = true
    owner?.linkOpened(peer: peer)
  }

  private func flush() {
    isFlushScheduled = false
    guard isAlive, writeUnsent() else { return }
    do {
      var hasMore = true
      while hasMore {
        hasMore = try drain()
        guard isAlive, unsent.isEmpty else { return }
      }
      if isClosing || session.isFinished, tls == nil || isOpen {
        leave(reason)
      }
    } catch let error as HTTP2Error {
      // What the session said before does not matter any more; its last words do.
      failed(.http2("\(error)"))
    } catch let error as TLSError {
      end(.tls(error))
    } catch {
      end(.closedHere("\(error)"))
    }
  }

  /// Gathers and writes one piece; whether there may be another.
  private func drain() throws -> Bool {
    buffers.output.removeAll()
    let hasMore =
      if let tls {
        try encrypt(by: tls)
      } else {
        try session.drain(into: &buffers.output, limit: Self.writeSize)
      }
    guard !buffers.output.isEmpty else { return false }
    swap(&unsent, &buffers.output)
    _ = writeUnsent()
    return hasMore
  }

  /// Gathers a piece of ciphertext; whether there may be another.
  private func encrypt(by tls: TLSSession) throws -> Bool {
    var hasMore = false
    if isOpen {
      buffers.plaintext.removeAll(keepingCapacity: true)
      hasMore = try session.drain(into: &buffers.plaintext, limit: Self.writeSize)
      if !buffers.plaintext.isEmpty {
        try buffers.plaintext.withUnsafeBytes { try tls.writePlaintext($0) }
      }
    }
    if isClosing, !hasMore { tls.shutdown() }
    buffers.output.append { tls.drainCiphertext(into: &$0) }
    return hasMore
  }

  /// Writes what was gathered or left over; whether all of it is gone.
  private func writeUnsent() -> Bool {
    guard !unsent.isEmpty else { return true }
    do throws(IOError) {
      while !unsent.isEmpty {
        guard let result = try writeOnce() else { return false }
        switch result {
        case .bytes(let count): unsent.drop(count)
        case .wouldBlock:
          unsent.compact()
          try waitForRoom()
          return false
        }
      }
      // Its room is the loop's: an idle connection keeps none.
      swap(&unsent, &buffers.output)
      unsent = HTTP2Output()
      stopWaitingForRoom()
      return isAlive
    } catch {
      end(.io(error))
      return false
    }
  }

  private func writeOnce() throws(IOError) -> WriteResult? {
    let result = unsent.withPieces { pieces -> Result<WriteResult?, IOError> in
      do throws(IOError) { return .success(try socket?.write(pieces)) } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  private func waitForRoom() throws(IOError) {
    try registration?.modify([.read, .write])
    guard stallTimer == nil else { return }
    stallTimer = loop.schedule(after: writeStall) { [weak self] in
      self?.end(.timedOut("the peer does not take what is sent"))
    }
  }

  private func stopWaitingForRoom() {
    guard let timer = stallTimer else { return }
    timer.cancel()
    stallTimer = nil
    do throws(IOError) {
      try registration?.modify(.read)
    } catch {
      end(.io(error))
    }
  }
}
