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
    let tls = try context(endpoint)
    let loops: EventLoopGroup
    do {
      loops = try EventLoopGroup(count: 1, name: "tenantry")
      try loops.start()
    } catch {
      throw Failure(.failure, "cannot start the event loop: \(error)")
    }
    let server = endpoint.server
    var config = ChannelConfig(
      target: .dns(host: server.host, port: server.port), tls: tls, serverName: server.host)
    // One connection is enough for a person, to whichever of the host's addresses answers.
    config.balancing = .pickFirst()
    config.connectTimeout = min(config.connectTimeout, timeout)
    return TransportChannel(config, loops: loops.loops)
  }

  private static func context(_ endpoint: Endpoint) throws(Failure) -> TLSContext {
    let trust = endpoint.authority.map { TLSTrust.only(.file($0)) } ?? .system
    do {
      return try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil)))
    } catch {
      throw Failure(
        .failure, "the authority's certificate cannot be used: \(error)",
        notes: ["name its PEM file: --ca FILE, or TENANTRY_CA"])
    }
  }
}
