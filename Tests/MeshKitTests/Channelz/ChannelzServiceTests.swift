import MeshAPI
import MeshIO
import MeshRPC
import MeshTestKit
import MeshTransport
import Testing

@testable import MeshKit

@Suite("The channelz service", .timeLimit(.minutes(1)))
struct ChannelzServiceTests {
  private typealias Client = GrpcChannelzV1.ChannelzClient

  private static func client(_ registry: ChannelzRegistry) -> Client {
    var router = Router()
    ChannelzService(registry).register(on: &router)
    return Client(InProcessChannel(router))
  }

  /// Runs `body` with a client of a server that serves channelz of itself.
  private static func withServer(_ body: (Client, Client, SocketAddress) async throws -> Void)
    async throws
  {
    let registry = ChannelzRegistry()
    let loops = try TestLoops.shared.loops
    var router = Router()
    ChannelzService(registry).register(on: &router)
    var config = ServerConfig.trusted(endpoints: [.init(.loopback(port: 0))])
    config.registry = registry
    let server = Server(config, loops: loops, router: router)
    let address = try await server.start()[0]
    var to = ChannelConfig(target: try Target(parsing: "\(address)"), serverName: "localhost")
    to.registry = registry
    let channel = TransportChannel(to, loops: loops)
    do {
      try await body(Client(channel), client(registry), address)
    } catch {
      await channel.close()
      await server.stop()
      throw error
    }
    await channel.close()
    await server.stop()
  }

  /// Each way to ask for something by its id.
  enum Question: CaseIterable {
    case server, serverSockets, channel, subchannel, socket

    fileprivate func ask(_ client: GrpcChannelzV1.ChannelzClient, _ id: Int64) async throws {
      switch self {
      case .server: _ = try await client.getServer(.init(serverID: id))
      case .serverSockets: _ = try await client.getServerSockets(.init(serverID: id))
      case .channel: _ = try await client.getChannel(.init(channelID: id))
      case .subchannel: _ = try await client.getSubchannel(.init(subchannelID: id))
      case .socket: _ = try await client.getSocket(.init(socketID: id))
      }
    }
  }

  @Test("knows nothing by an id that was not given", arguments: Question.allCases)
  func unknown(question: Question) async throws {
    for id: Int64 in [0, -1, 12345, .max] {
      let error = await #expect(throws: RPCError.self) {
        try await question.ask(Self.client(ChannelzRegistry()), id)
      }
      #expect(error?.code == .notFound)
      #expect(error?.message.hasSuffix(" \(id)") == true)
    }
  }

  @Test("does not take one kind's id for another's")
  func kinds() async throws {
    try await Self.withServer { wire, client, _ in
      let servers = try await wire.getServers(.init()).server
      let server = try #require(servers.first?.ref?.serverID)
      let channels = try await client.getTopChannels(.init()).channel
      let top = try #require(channels.first?.ref?.channelID)
      for question in Question.allCases where question != .server && question != .serverSockets {
        await #expect(throws: RPCError.self) { try await question.ask(client, server) }
      }
      for question in Question.allCases where question != .channel {
        await #expect(throws: RPCError.self) { try await question.ask(client, top) }
      }
    }
  }

  @Test("refuses pages of less than nothing, and says so")
  func negativePages() async throws {
    let client = Self.client(ChannelzRegistry())
    let asks: [() async throws -> Void] = [
      { _ = try await client.getTopChannels(.init(maxResults: -1)) },
      { _ = try await client.getServers(.init(maxResults: -1)) },
      { _ = try await client.getServerSockets(.init(maxResults: -1)) },
    ]
    for ask in asks {
      let error = await #expect(throws: RPCError.self) { try await ask() }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message == "max_results is -1; the least is 0")
    }
  }

  @Test("tells the end of an empty list at once")
  func empty() async throws {
    let client = Self.client(ChannelzRegistry())
    #expect(try await client.getTopChannels(.init()) == .init(end: true))
    #expect(try await client.getServers(.init()) == .init(end: true))
  }

  @Test("shows the connection that it is asked over")
  func itself() async throws {
    try await Self.withServer { wire, _, address in
      let servers = try await wire.getServers(.init()).server
      let server = try #require(servers.first)
      let id = try #require(server.ref?.serverID)
      #expect(server.data?.callsStarted == 1)
      let refs = try await wire.getServerSockets(.init(serverID: id)).socketRef
      let ref = try #require(refs.first?.socketID)
      let answer = try await wire.getSocket(.init(socketID: ref))
      let socket = try #require(answer.socket)
      // The three calls, the last of which is open.
      #expect(socket.data?.streamsStarted == 3)
      #expect(socket.data?.messagesReceived == 3)
      #expect(socket.data?.lastRemoteStreamCreatedTimestamp != nil)
      #expect(socket.data?.lastLocalStreamCreatedTimestamp == nil)
      let expected = GrpcChannelzV1.Address(address)
      #expect(socket.local == expected)
      #expect(socket.remote?.address != nil && socket.security == nil)
      let now = Timestamps.now()
      let last = try #require(socket.data?.lastMessageReceivedTimestamp?.micros)
      #expect((now - 60_000_000...now + 1_000_000).contains(last))
    }
  }

  @Test(
    "writes addresses as bytes in network order",
    arguments: [
      ("127.0.0.1:80", [127, 0, 0, 1], 80),
      ("[2001:db8::1]:443", [32, 1, 13, 184, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1], 443),
    ] as [(String, [UInt8], Int32)])
  func addresses(text: String, bytes: [UInt8], port: Int32) throws {
    let address = GrpcChannelzV1.Address(try SocketAddress(parsing: text))
    #expect(address.address == .tcpipAddress(.init(ipAddress: bytes, port: port)))
  }

  @Test("writes a unix socket's address as its path")
  func unixAddress() {
    #expect(GrpcChannelzV1.Address(.unix("/a")).address == .udsAddress(.init(filename: "/a")))
  }
}
