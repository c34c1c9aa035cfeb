import MeshRPC
import Synchronization

/// The servers and channels of one process, for whoever wants to look into them (gRFC A14).
///
/// It holds no more than them: what belongs to a server or a channel is asked of it, on its loops,
/// when somebody asks here. So a connection costs it nothing but a number.
package final class ChannelzRegistry: Sendable {
  /// How much is kept and told.
  package struct Config: Sendable {
    /// Entries of a page whose size nobody asks for.
    package var pageSize = 100
    /// Entries of the largest page; a larger one that is asked for is cut.
    package var largestPage = 1000
    /// Events that are kept of each channel and subchannel on each loop; each is a line of text.
    package var traceEvents = 32

    /// The usual numbers.
    package init() {}
  }

  private struct ServerEntry: Sendable {
    weak let server: Server?
  }

  private struct ChannelEntry: Sendable {
    let ref: EntityRef
    let parts: [LoopChannel]
  }

  private struct State {
    var servers: [Int64: ServerEntry] = [:]
    var channels: [Int64: ChannelEntry] = [:]
  }

  let config: Config
  private let lastID = Atomic<Int64>(0)
  private let state = Mutex(State())

  /// A registry of nothing.
  package init(_ config: Config = Config()) {
    self.config = config
  }

  /// A number that nothing in this process had or will have.
  func nextID() -> Int64 { lastID.wrappingAdd(1, ordering: .relaxed).newValue }

  func add(_ server: Server) {
    state.withLock { $0.servers[server.channelzID] = ServerEntry(server: server) }
  }

  func removeServer(_ id: Int64) {
    // What it held goes outside the lock.
    let old = state.withLock { $0.servers.removeValue(forKey: id) }
    withExtendedLifetime(old) {}
  }

  /// Takes a channel in until it is removed; its parts are kept as long.
  func addChannel(to target: Target, _ parts: [LoopChannel]) -> Int64 {
    let ref = EntityRef(id: nextID(), name: "\(target)")
    state.withLock { $0.channels[ref.id] = ChannelEntry(ref: ref, parts: parts) }
    return ref.id
  }

  func removeChannel(_ id: Int64) {
    let old = state.withLock { $0.channels.removeValue(forKey: id) }
    withExtendedLifetime(old) {}
  }

  private var servers: [Server] { state.withLock { $0.servers.values.compactMap(\.server) } }

  private var channels: [ChannelEntry] { state.withLock { Array($0.channels.values) } }

  private func page(
    of refs: some Sequence<EntityRef>, from start: Int64, size: Int
  ) -> EntityPage {
    let wanted = size == 0 ? config.pageSize : min(size, config.largestPage)
    return EntityPage(of: refs, from: start, size: wanted)
  }
}

/// What is answered; sizes of pages are 0 for the usual one.
extension ChannelzRegistry {
  /// The servers that run, from an id on.
  package func servers(from start: Int64, size: Int) -> EntityPage {
    page(of: servers.map(\.ref), from: start, size: size)
  }

  /// A server that runs; nil when there is none of this id.
  package func server(_ id: Int64) async -> ServerSnapshot? {
    await state.withLock { $0.servers[id]?.server }?.snapshot()
  }

  /// The connections of a server, from an id on; nil when there is no such server.
  package func sockets(ofServer id: Int64, from start: Int64, size: Int) async -> EntityPage? {
    guard let server = state.withLock({ $0.servers[id]?.server }) else { return nil }
    return page(of: await server.connectionRefs(), from: start, size: size)
  }

  /// The channels that are not closed, from an id on.
  package func channels(from start: Int64, size: Int) -> EntityPage {
    page(of: channels.map(\.ref), from: start, size: size)
  }

  /// A channel; nil when there is none of this id.
  package func channel(_ id: Int64) async -> ChannelSnapshot? {
    guard let entry = state.withLock({ $0.channels[id] }) else { return nil }
    var parts: [ChannelSnapshot] = []
    for part in entry.parts { parts.append(await part.loop.perform { part.snapshot(entry.ref) }) }
    guard let trace = ChannelTrace.merged(parts.map(\.trace)) else { return nil }
    return ChannelSnapshot(
      ref: entry.ref, target: entry.ref.name, state: .together(parts.map(\.state)),
      calls: .sum(parts.map(\.calls)), trace: trace,
      subchannels: parts.flatMap(\.subchannels).sorted { $0.id < $1.id })
  }

  /// A channel's way to one address; nil when there is none of this id.
  package func subchannel(_ id: Int64) async -> ChannelSnapshot? {
    for part in channels.flatMap(\.parts) {
      if let found = await part.loop.perform({ part.subchannelSnapshot(id) }) { return found }
    }
    return nil
  }

  /// A socket of a server or of a channel; nil when there is none of this id.
  package func socket(_ id: Int64) async -> SocketSnapshot? {
    for server in servers {
      if let found = await server.socketSnapshot(id) { return found }
    }
    for part in channels.flatMap(\.parts) {
      if let found = await part.loop.perform({ part.socketSnapshot(id) }) { return found }
    }
    return nil
  }
}

extension ConnectivityState {
  /// How a channel stands whose loops stand so: as well as the best of them.
  static func together(_ states: [ConnectivityState]) -> ConnectivityState {
    let order: [ConnectivityState] = [.ready, .connecting, .idle, .transientFailure]
    return order.first { states.contains($0) } ?? .shutdown
  }
}
