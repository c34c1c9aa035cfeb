package import MeshAPI
package import MeshRPC
package import MeshTransport

/// gRPC's channelz: shows the process's servers, channels and connections to people and tools.
///
/// Source: gRFC A14, https://github.com/grpc/proposal/blob/master/A14-channelz.md
package struct ChannelzService: GrpcChannelzV1.ChannelzHandler {
  private let registry: ChannelzRegistry

  /// Shows what is in `registry`.
  package init(_ registry: ChannelzRegistry) { self.registry = registry }

  /// Answers a page of the channels.
  package func getTopChannels(
    _ request: GrpcChannelzV1.GetTopChannelsRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetTopChannelsResponse {
    let size = try Self.size(request.maxResults)
    let page = registry.channels(from: request.startChannelID, size: size)
    let channels = await Self.present(page) { await registry.channel($0) }
    let clock = ChannelzClock()
    return .init(channel: channels.map { .init($0, clock) }, end: page.isLast)
  }

  /// Answers a page of the servers.
  package func getServers(
    _ request: GrpcChannelzV1.GetServersRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetServersResponse {
    let size = try Self.size(request.maxResults)
    let page = registry.servers(from: request.startServerID, size: size)
    let servers = await Self.present(page) { await registry.server($0) }
    let clock = ChannelzClock()
    return .init(server: servers.map { .init($0, clock) }, end: page.isLast)
  }

  /// Answers one server.
  package func getServer(
    _ request: GrpcChannelzV1.GetServerRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetServerResponse {
    guard let server = await registry.server(request.serverID) else {
      throw Self.unknown("server", request.serverID)
    }
    return .init(server: .init(server, ChannelzClock()))
  }

  /// Answers a page of a server's connections.
  package func getServerSockets(
    _ request: GrpcChannelzV1.GetServerSocketsRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetServerSocketsResponse {
    let size = try Self.size(request.maxResults)
    let page = await registry.sockets(
      ofServer: request.serverID, from: request.startSocketID, size: size)
    guard let page else { throw Self.unknown("server", request.serverID) }
    return .init(socketRef: page.refs.map { .init($0) }, end: page.isLast)
  }

  /// Answers one channel.
  package func getChannel(
    _ request: GrpcChannelzV1.GetChannelRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetChannelResponse {
    guard let channel = await registry.channel(request.channelID) else {
      throw Self.unknown("channel", request.channelID)
    }
    return .init(channel: .init(channel, ChannelzClock()))
  }

  /// Answers a channel's way to one address.
  package func getSubchannel(
    _ request: GrpcChannelzV1.GetSubchannelRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetSubchannelResponse {
    guard let subchannel = await registry.subchannel(request.subchannelID) else {
      throw Self.unknown("subchannel", request.subchannelID)
    }
    return .init(subchannel: .init(subchannel, ChannelzClock()))
  }

  /// Answers one socket; its summary is all there is.
  package func getSocket(
    _ request: GrpcChannelzV1.GetSocketRequest, _ call: ServerCall
  ) async throws -> GrpcChannelzV1.GetSocketResponse {
    guard let socket = await registry.socket(request.socketID) else {
      throw Self.unknown("socket", request.socketID)
    }
    return .init(socket: .init(socket, ChannelzClock()))
  }

  /// What a page refers to; one that was closed since is left out, as it would be from the next
  /// answer.
  private static func present<Value>(
    _ page: EntityPage, _ find: (Int64) async -> Value?
  ) async -> [Value] {
    var found: [Value] = []
    for ref in page.refs {
      if let value = await find(ref.id) { found.append(value) }
    }
    return found
  }

  private static func size(_ wanted: Int64) throws(RPCError) -> Int {
    guard wanted >= 0 else {
      throw RPCError(.invalidArgument, "max_results is \(wanted); the least is 0")
    }
    return Int(wanted)
  }

  private static func unknown(_ kind: String, _ id: Int64) -> RPCError {
    RPCError(.notFound, "there is no \(kind) \(id)")
  }
}
