import MeshHTTP2
import MeshIO
import Testing

@testable import MeshRPC
@testable import MeshTransport

@Suite("Channelz", .timeLimit(.minutes(1)))
struct ChannelzRegistryTests {
  private static func say(_ channel: TransportChannel, _ text: String = "x") async throws {
    let _: Text = try await RPCClient(channel).unary(Echo.say, Text(text), CallOptions())
  }

  /// The first of something, asked for until it is as wanted: a stream's end is counted on the
  /// server's loop, and the caller may know of it before.
  private static func settled<Value>(
    _ ask: () async throws -> Value, until isSettled: (Value) -> Bool
  ) async throws -> Value {
    while true {
      let value = try await ask()
      if isSettled(value) { return value }
      await Task.yield()
    }
  }

  @Test("counts a server's calls and a channel's by how they end")
  func calls() async throws {
    let registry = ChannelzRegistry()
    try await withServer(change: { $0.registry = registry }) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.registry = registry
      let channel = TransportChannel(config, loops: loops)
      for _ in 0..<3 { try await Self.say(channel) }
      await #expect(throws: RPCError.self) {
        let _: Text = try await RPCClient(channel).unary(Echo.fail, Text(""), CallOptions())
      }
      let serverID = try registry.servers.first().id
      let server = try await Self.settled({ try #require(await registry.server(serverID)) }) {
        $0.calls.failed == 1
      }
      #expect((server.calls.started, server.calls.succeeded) == (4, 3))
      #expect(server.calls.lastStarted != nil)

      let page = registry.channels(from: 0, size: 0)
      #expect((page.refs.count, page.isLast) == (1, true))
      let told = try #require(await registry.channel(page.refs[0].id))
      #expect((told.target, told.state) == ("\(address)", .ready))
      #expect((told.calls.started, told.calls.succeeded, told.calls.failed) == (4, 3, 1))
      #expect(told.trace.events.map(\.text) == ["connecting", "ready"])
      let way = try #require(await registry.subchannel(told.subchannels.first().id))
      #expect((way.target, way.state) == ("\(address)", .ready))
      #expect((way.calls.started, way.calls.succeeded, way.calls.failed) == (4, 3, 1))
      #expect(way.sockets.count == 1)
    }
  }

  @Test("shows both ends of a connection with what they have carried")
  func sockets() async throws {
    let registry = ChannelzRegistry()
    try await withServer(change: { $0.registry = registry }) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.registry = registry
      let channel = TransportChannel(config, loops: loops)
      try await Self.say(channel)
      let count: StreamingCall<Text, Text> = try await RPCClient(channel).serverStreaming(
        Echo.count, Text("5"), CallOptions())
      for try await _ in count.responses {}

      let serverID = try registry.servers.first().id
      let page = try #require(await registry.sockets(ofServer: serverID, from: 0, size: 0))
      #expect((page.refs.count, page.isLast) == (1, true))
      let taken = try await Self.settled({
        try #require(await registry.socket(page.refs[0].id))
      }) { $0.counts.streams.succeeded == 2 }
      let channelID = try registry.channels.first().id
      let ways = try #require(await registry.channel(channelID)).subchannels
      let way = try #require(await registry.subchannel(ways[0].id))
      let made = try #require(await registry.socket(way.sockets[0].id))

      #expect((taken.role, made.role) == (.server, .client))
      for counts in [taken.counts, made.counts] {
        #expect((counts.streams.started, counts.streams.succeeded) == (2, 2))
        #expect(counts.streams.failed == 0)
      }
      #expect((taken.counts.messagesReceived, taken.counts.messagesSent) == (2, 6))
      #expect((made.counts.messagesReceived, made.counts.messagesSent) == (6, 2))
      #expect(made.counts.lastMessageSent != nil && made.counts.lastMessageReceived != nil)
      #expect((taken.local, made.remote) == (address, address))
      #expect(taken.remote == made.local && made.local != nil)
      #expect(taken.security == nil && made.security == nil)
      #expect((made.windows?.ours ?? 0) > 0 && (made.windows?.peers ?? 0) > 0)

      let server = try #require(await registry.server(serverID))
      let listener = try #require(await registry.socket(server.listeners.first().id))
      #expect((listener.role, listener.local, listener.remote) == (.listener, address, nil))
    }
  }

  @Test("counts calls that have no connection, and says why in the trace")
  func unreachable() async throws {
    let registry = ChannelzRegistry()
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    // Bound and never listened on for calls: what was taken from the kernel is free again.
    let address = try await group.loops[0].perform { () throws(IOError) in
      let listener = try Listener(.loopback(port: 0), on: group.loops[0]) { _, _ in }
      defer { listener.close() }
      return listener.address
    }
    var config = ChannelConfig(to: address)
    config.registry = registry
    let channel = TransportChannel(config, loops: group.loops)
    await #expect(throws: RPCError.self) { try await Self.say(channel) }
    let id = try registry.channels.first().id
    let told = try #require(await registry.channel(id))
    #expect((told.calls.started, told.calls.failed) == (1, 1))
    let way = try #require(await registry.subchannel(told.subchannels[0].id))
    #expect(way.calls.started == 0)
    let failure = try #require(way.trace.events.first { $0.isWarning })
    #expect(failure.text.contains("cannot connect to \(address)"))
    await channel.close()
    await group.stop()
  }

  @Test(
    "counts the keepalive pings of either end", arguments: [SocketSnapshot.Role.client, .server])
  func keepalives(role: SocketSnapshot.Role) async throws {
    let registry = ChannelzRegistry()
    var limits = HTTP2Limits()
    limits.pingPolicy.strikes = .max
    let often = Duration.milliseconds(5)
    try await withServer(
      limits: limits,
      change: {
        $0.registry = registry
        if role == .server { $0.lifetime.keepaliveTime = often }
      }
    ) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.registry = registry
      if role == .client {
        config.keepalive = .init(exactly: often, timeout: .seconds(20), withoutCalls: true)
      }
      let channel = TransportChannel(config, loops: loops)
      try await Self.say(channel)
      let server = try registry.servers.first().id
      let page = try #require(await registry.sockets(ofServer: server, from: 0, size: 0))
      let ways = try #require(await registry.channel(registry.channels.first().id)).subchannels
      let way = try #require(await registry.subchannel(ways.first().id))
      let (pings, other) =
        role == .client
        ? (try way.sockets.first(), try page.refs.first())
        : (try page.refs.first(), try way.sockets.first())
      _ = try await Self.settled({ try #require(await registry.socket(pings.id)) }) {
        $0.role == role && $0.counts.keepalivesSent > 0
      }
      let silent = try #require(await registry.socket(other.id))
      #expect(silent.counts.keepalivesSent == 0)
    }
  }

  @Test("forgets what is gone and gives no id again")
  func gone() async throws {
    let registry = ChannelzRegistry()
    var first: Int64 = 0
    try await withServer(change: { $0.registry = registry }) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.registry = registry
      var channel: TransportChannel? = TransportChannel(config, loops: loops)
      if let channel { try await Self.say(channel) }
      first = try registry.channels.first().id
      channel = nil
      #expect(registry.channels.isEmpty)
      #expect(await registry.channel(first) == nil)
      let serverID = try registry.servers.first().id
      // The server's end is gone when it has heard of it.
      _ = try await Self.settled({
        try #require(await registry.sockets(ofServer: serverID, from: 0, size: 0))
      }) { $0.refs.isEmpty }
      let server = try #require(await registry.server(serverID))
      #expect(server.calls.succeeded == 1)
      let next = TransportChannel(config, loops: loops)
      #expect(try registry.channels.first().id > first)
      await next.close()
    }
    #expect(registry.servers.isEmpty)
    #expect(registry.channels.isEmpty)
    #expect(await registry.socket(1) == nil)
  }

  @Test("cuts a page to the largest, and has a usual size")
  func pageSizes() async throws {
    var limits = ChannelzRegistry.Config()
    limits.pageSize = 2
    limits.largestPage = 3
    let registry = ChannelzRegistry(limits)
    let group = try EventLoopGroup(count: 1, name: "test")
    try group.start()
    var config = ChannelConfig(to: .loopback(port: 1))
    config.registry = registry
    let channels = (0..<5).map { _ in TransportChannel(config, loops: group.loops) }
    for (size, count) in [(0, 2), (1, 1), (3, 3), (4, 3), (1000, 3)] {
      #expect(registry.channels(from: 0, size: size).refs.count == count)
    }
    for channel in channels { await channel.close() }
    await group.stop()
  }

  @Test("adds up the loops of a server and of a channel")
  func loops() async throws {
    let registry = ChannelzRegistry()
    try await withServer(loops: 2, change: { $0.registry = registry }) { _, address, loops in
      var config = ChannelConfig(to: address)
      config.registry = registry
      let channel = TransportChannel(config, loops: loops)
      for loop in loops {
        try await Task(executorPreference: loop) { try await Self.say(channel) }.value
      }
      let serverID = try registry.servers.first().id
      let server = try await Self.settled({ try #require(await registry.server(serverID)) }) {
        $0.calls.succeeded == 2
      }
      #expect(server.listeners.count == 2)
      #expect(await registry.sockets(ofServer: serverID, from: 0, size: 0)?.refs.count == 2)
      let told = try #require(await registry.channel(registry.channels.first().id))
      #expect((told.subchannels.count, told.calls.succeeded) == (2, 2))
    }
  }
}

extension ChannelzRegistry {
  /// The first page of its servers.
  var servers: [EntityRef] { servers(from: 0, size: 0).refs }
  /// The first page of its channels.
  var channels: [EntityRef] { channels(from: 0, size: 0).refs }
}

extension [EntityRef] {
  /// The first, which must be there.
  func first() throws -> EntityRef { try #require(first) }
}
