package import MeshIO
package import MeshRPC
import Synchronization

/// Serves gRPC, and plain HTTP where it is wanted, on every loop it is given.
///
/// Each loop has a listener of its own on the same TCP port; a unix socket is accepted on the
/// first.
package final class Server: Sendable {
  /// Its number among all that channelz tells of.
  let channelzID: Int64
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
    channelzID = config.registry.nextID()
  }

  deinit { side.config.registry.removeServer(channelzID) }

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
    side.config.registry.add(self)
    return endpoints.map(\.address)
  }

  /// Takes no new connections and calls; returns when the open calls have ended, or are cancelled
  /// after `grace`.
  package func drain(grace: Duration) async {
    let fronts = fronts.withLock { $0 }
    await withTaskGroup(of: Void.self) { group in
      for front in fronts { group.addTask { await front.drain(grace: grace) } }
    }
    side.config.registry.removeServer(channelzID)
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

/// What channelz asks of it.
extension Server {
  /// What it is called by: the addresses that were asked for.
  var ref: EntityRef {
    let addresses = side.config.endpoints.map(\.address.description)
    return EntityRef(id: channelzID, name: addresses.joined(separator: ","))
  }

  /// How it is now.
  func snapshot() async -> ServerSnapshot {
    var counts: [CallCounts] = []
    var listeners: [EntityRef] = []
    for front in fronts.withLock({ $0 }) {
      let (calls, refs) = await front.loop.perform { (front.tally.counts, front.listenerRefs) }
      counts.append(calls)
      listeners += refs
    }
    return ServerSnapshot(ref: ref, calls: .sum(counts), listeners: listeners)
  }

  /// Its connections, in no order.
  func connectionRefs() async -> [EntityRef] {
    var refs: [EntityRef] = []
    for front in fronts.withLock({ $0 }) {
      refs += await front.loop.perform { front.connectionRefs }
    }
    return refs
  }

  /// One of its listeners or connections; nil when the id is another's.
  func socketSnapshot(_ id: Int64) async -> SocketSnapshot? {
    for front in fronts.withLock({ $0 }) {
      if let found = await front.loop.perform({ front.socketSnapshot(id) }) { return found }
    }
    return nil
  }
}
