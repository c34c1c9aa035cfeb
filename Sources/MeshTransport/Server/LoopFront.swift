import MeshIO
import MeshRPC
import MeshTLS
import Synchronization

/// A server on one loop: its listeners and connections.
///
/// Thread: the loop's, after `init`.
final class LoopFront: @unchecked Sendable {
  let loop: EventLoop
  private let side: ServerSide
  private let handlers: HandlerTasks
  private let buffers = LoopBuffers(recordSize: TLSSession.recordSize)
  /// The calls of all its connections.
  let tally = CallTally()
  private var listeners: [(id: Int64, listener: Listener)] = []
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
      listeners.append((side.config.registry.nextID(), listener))
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
      side, peer: peer, isLocal: isLocal, handlers: handlers, buffers: buffers, tally: tally
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
      for (_, listener) in listeners { listener.ready(.readable) }
      for (_, listener) in listeners { listener.close() }
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

/// What channelz asks of it.
extension LoopFront {
  var listenerRefs: [EntityRef] {
    listeners.map { EntityRef(id: $0.id, name: "\($0.listener.address)") }
  }

  var connectionRefs: [EntityRef] { connections.values.map(\.ref) }

  /// A listener or a connection; nil when the id is another's.
  func socketSnapshot(_ id: Int64) -> SocketSnapshot? {
    if let ref = listenerRefs.first(where: { $0.id == id }) {
      let address = listeners.first { $0.id == id }?.listener.address
      return SocketSnapshot(ref: ref, role: .listener, local: address)
    }
    return connections.values.first { $0.channelzID == id }?.snapshot()
  }
}
