import MeshIO
import MeshRPC
import MeshTLS
import MeshTransport

/// Opens the way to a server: one loop, one connection, TLS.
enum MeshConnection {
  /// A channel to the endpoint; it connects at its first call and lives as long as the process.
  ///
  /// An attempt to connect takes at most `timeout`.
  static func open(_ endpoint: Endpoint, timeout: Duration) async throws(Failure) -> any Channel {
    var config = try config(endpoint)
    config.connectTimeout = min(config.connectTimeout, timeout)
    return TransportChannel(config, loops: try startLoop())
  }

  /// How to reach the endpoint.
  static func config(_ endpoint: Endpoint) throws(Failure) -> ChannelConfig {
    let tls = try context(trust: endpoint.authority.map { .only(.file($0)) } ?? .system)
    let server = endpoint.server
    var config = ChannelConfig(
      target: .dns(host: server.host, port: server.port), tls: tls, serverName: server.host)
    // One connection is enough for a person, to whichever of the host's addresses answers.
    config.balancing = .pickFirst()
    return config
  }

  /// One loop, which runs as long as the process.
  static func startLoop() throws(Failure) -> [EventLoop] {
    do {
      let group = try EventLoopGroup(count: 1, name: "tenantry")
      try group.start()
      return group.loops
    } catch {
      throw Failure(.failure, "cannot start the event loop: \(error)")
    }
  }

  /// TLS that believes `trust`.
  static func context(trust: TLSTrust) throws(Failure) -> TLSContext {
    do {
      return try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil)))
    } catch {
      throw Failure(
        .failure, "the authority's certificate cannot be used: \(error)",
        notes: ["name its PEM file: --ca FILE, or TENANTRY_CA"])
    }
  }
}
