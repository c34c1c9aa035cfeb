package import MeshIO
package import MeshRPC
import MeshTLS
import Synchronization

/// Serves gRPC, and plain HTTP where it is wanted, on every loop it is given.
///
/// Each loop has a listener of its own on the same TCP port; a unix socket is accepted on the
/// first.
package final class Server: Sendable {
  private let side: ServerSide
  private let loops: [EventLoop]
  private let fronts = Mutex<[LoopFront]>([])

  /// Makes a server of what `router` has registered; `plain` answers what is no gRPC call.
  package init(
    _ config: ServerConfig, loops: [EventLoop], router: Router, plain: PlainHandler? = nil
  ) {
    precondition(!loops.isEmpty, "a server needs a loop")
    side = ServerSide(config: config, dispatcher: Dispatcher(router), plain: plain)
    self.loops = loops
  }

  /// Starts to listen; answers the addresses with their real ports, in the order of the endpoints.
  ///
  /// - Throws: `IOError.addressInUse` and what bind and listen refuse with; nothing is left behind.
  package func start() async throws(IOError) -> [SocketAddress] {
    var endpoints = side.config.endpoints
    for (index, loop) in loops.enumerated() {
      let front = LoopFront(side, loop: loop)
      fronts.withLock { $0.append(front) }
      let wanted = endpoints
      let isAlone = loops.count == 1
      do throws(IOError) {
        let bound = try await loop.perform { () throws(IOError) in
          try front.listen(wanted, isFirst: index == 0, isAlone: isAlone)
        }
        // The other loops join the ports that the kernel chose for the first.
        if index == 0 {
          for (place, address) in bound.enumerated() { endpoints[place].address = address }
        }
      } catch {
        await stop()
        throw error
      }
    }
    return endpoints.map(\.address)
  }

  /// Takes no new connections and calls; returns when the open calls have ended, or are cancelled
  /// after `grace`.
  package func drain(grace: Duration) async {
    let fronts = fronts.withLock { $0 }
    await withTaskGroup(of: Void.self) { group in
      for front in fronts { group.addTask { await front.drain(grace: grace) } }
    }
  }

  /// Ends everything now.
  package func stop() async { await drain(grace: .zero) }

  /// How many connections are open.
  package func connectionCount() async -> Int {
    var count = 0
    for front in fronts.withLock({ $0 }) {
      count += await front.loop.perform { front.connectionCount }
    }
    return count
  }
}

/// A server on one loop: its listeners and connections.
///
/// Thread: the loop's, after `init`.
private final class LoopFront: @unchecked Sendable {
  let loop: EventLoop
  private let side: ServerSide
  private let handlers: HandlerTasks
  private let buffers = LoopBuffers(recordSize: TLSSession.recordSize)
  private var listeners: [Listener] = []
  private var connections: [ObjectIdentifier: ServerConnection] = [:]
  private var whenEmpty: [CheckedContinuation<Void, Never>] = []

  init(_ side: ServerSide, loop: EventLoop) {
    self.side = side
    self.loop = loop
    handlers = HandlerTasks(loop: loop)
  }

  var connectionCount: Int { connections.count }

  func listen(
    _ endpoints: [ServerConfig.Endpoint], isFirst: Bool, isAlone: Bool
  ) throws(IOError) -> [SocketAddress] {
    var addresses: [SocketAddress] = []
    for endpoint in endpoints {
      let isLocal = endpoint.address.port == nil
      if isLocal, !isFirst { continue }
      let sharing: PortSharing = isAlone ? .alone : isFirst ? .firstOfSeveral : .oneOfSeveral
      let listener = try Listener(endpoint.address, on: loop, sharing: sharing) {
        [weak self] socket, peer in
        self?.accept(socket, peer, tls: endpoint.tls, isLocal: isLocal)
      }
      listeners.append(listener)
      addresses.append(listener.address)
    }
    return addresses
  }

  private func accept(
    _ socket: consuming Socket, _ peer: SocketAddress, tls: TLSContext?, isLocal: Bool
  ) {
    // Over a cap the socket is closed by going out of scope: the cheapest refusal there is.
    let network = ClientNetwork(peer)
    guard side.counts.withLock({ $0.admit(network) }) == nil else { return }
    var session: TLSSession?
    if let tls {
      do throws(TLSError) {
        session = try TLSSession(context: tls)
      } catch {
        side.counts.withLock { $0.ended(network, hadGreeted: false) }
        return
      }
    }
    let connection = ServerConnection(
      side, peer: peer, isLocal: isLocal, handlers: handlers, buffers: buffers
    ) { [weak self] connection in
      self?.ended(connection)
    }
    connections[ObjectIdentifier(connection)] = connection
    connection.start(socket, tls: session)
  }

  private func ended(_ connection: ServerConnection) {
    side.counts.withLock {
      $0.ended(connection.network, hadGreeted: connection.hasGreeted)
    }
    connections[ObjectIdentifier(connection)] = nil
    guard connections.isEmpty else { return }
    let waiting = whenEmpty
    whenEmpty = []
    for waiter in waiting { waiter.resume() }
  }

  func drain(grace: Duration) async {
    await loop.perform { [self] in
      // Who is in the queue already gets a goodbye rather than a reset.
      for listener in listeners { listener.ready(.readable) }
      for listener in listeners { listener.close() }
      listeners = []
      for connection in connections.values { connection.drain() }
    }
    await withCheckedContinuation { waiter in
      loop.execute { [self] in
        if connections.isEmpty { return waiter.resume() }
        whenEmpty.append(waiter)
        _ = loop.schedule(after: grace) { [weak self] in self?.endAll() }
      }
    }
    await loop.perform { [handlers] in handlers.close() }
  }

  private func endAll() {
    for connection in connections.values { connection.end("the server has stopped") }
  }
}
