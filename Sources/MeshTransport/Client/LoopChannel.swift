import MeshHTTP2
import MeshIO
import MeshRPC
import MeshTLS

/// A channel on one loop: at most one connection, and the pauses between attempts.
///
/// Thread: the loop's, after `init`.
final class LoopChannel: @unchecked Sendable {
  private enum State {
    /// No connection, none wanted. Next: `connecting`.
    case idle
    /// An attempt is under way; calls wait for it. Next: `ready`, `failed`.
    case connecting([CheckedContinuation<Void, Never>])
    /// Calls go out. Next: `idle`.
    case ready(ClientConnection)
    /// Every address has failed; calls fail until the moment. Next: `connecting`.
    case failed(RPCError, retryAt: MonotonicTime)
    /// Closed for good.
    case closed
  }

  let loop: EventLoop
  private let config: ChannelConfig
  private let buffers = LoopBuffers(recordSize: TLSSession.recordSize)
  private var state = State.idle
  private var failures = 0
  private var nextAddress: Int

  init(_ config: ChannelConfig, loop: EventLoop) {
    self.config = config
    self.loop = loop
    nextAddress = Int.random(in: config.addresses.indices)
  }

  /// Opens a call on the connection, which is made first if need be.
  func open(
    _ method: MethodDescriptor, _ options: CallOptions
  ) async throws(RPCError) -> any ClientStream {
    while true {
      switch state {
      case .ready(let connection):
        if let stream = connection.open(method, options) { return stream }
        // The connection takes no new calls: it is being drained by its peer.
        state = .idle
      case .failed(let error, let retryAt) where loop.now < retryAt: throw error
      case .idle, .failed: await connect()
      case .connecting(let waiting):
        await withCheckedContinuation { state = .connecting(waiting + [$0]) }
      case .closed: throw RPCError(.unavailable, "the channel is closed")
      }
    }
  }

  /// Ends the connection; open calls fail.
  func close() {
    let old = state
    state = .closed
    switch old {
    case .ready(let connection): connection.end("the channel was closed")
    case .connecting(let waiting): for waiter in waiting { waiter.resume() }
    case .idle, .failed, .closed: break
    }
  }

  /// Tries every address once; leaves the state ready, failed or closed.
  private func connect() async {
    state = .connecting([])
    var last = RPCError(.unavailable, "no address")
    for _ in config.addresses.indices {
      let address = config.addresses[nextAddress]
      do throws(RPCError) {
        return settle(.ready(try await connect(to: address)))
      } catch {
        last = error
        nextAddress = (nextAddress + 1) % config.addresses.count
      }
    }
    failures += 1
    settle(.failed(last, retryAt: loop.now + pause()))
  }

  private func settle(_ next: State) {
    // Closed while the attempt was under way: what it brought is not wanted any more.
    guard case .connecting(let waiting) = state else {
      if case .ready(let connection) = next { connection.end("the channel was closed") }
      return
    }
    state = next
    if case .ready(let connection) = next {
      failures = 0
      connection.whenEnded = { [weak self, weak connection] in self?.ended(connection) }
    }
    for waiter in waiting { waiter.resume() }
  }

  private func ended(_ connection: ClientConnection?) {
    if case .ready(let current) = state, current === connection { state = .idle }
  }

  private func connect(to address: SocketAddress) async throws(RPCError) -> ClientConnection {
    do {
      let socket = try await Connector.connect(
        to: address, timeout: config.connectTimeout, on: loop)
      var session: TLSSession?
      if let tls = config.tls, address.port != nil {
        session = try TLSSession(
          context: tls, serverName: config.serverName, expectedURI: config.serverIdentity)
      }
      let connection = ClientConnection(config, address: address, loop: loop)
      try await connection.start(socket, tls: session, buffers: buffers)
      return connection
    } catch {
      throw RPCError(.unavailable, "cannot connect to \(address): \(error)")
    }
  }

  /// The pause before the next attempt: growing, with jitter.
  private func pause() -> Duration {
    var pause = config.firstBackoff
    for _ in 1..<max(1, failures) where pause < config.longestBackoff { pause = pause * 16 / 10 }
    return min(pause, config.longestBackoff) * Int.random(in: 80...120) / 100
  }
}
