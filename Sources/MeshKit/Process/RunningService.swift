import Glibc
import MeshAPI
package import MeshIO
import MeshTransport

/// A service while it runs: what a process is between its start and its end.
///
/// A process runs one; a test of the whole mesh runs them all.
package struct RunningService: Sendable {
  /// Where it serves, in the order in which it began to; ports are those that were bound.
  package let addresses: [SocketAddress]
  private let host: ServiceHost
  private let workers: [Task<Void, Never>]
  private let servers: [Server]

  /// Puts the service together by `build`, starts its workers, and serves on its addresses.
  ///
  /// - Throws: what `build` throws, `SettingsError`, and what keeps an address from being served.
  package static func start(
    _ definition: ServiceDefinition, settings: Settings, log: Log, loops: [EventLoop],
    _ build: @Sendable (ServiceHost) async throws -> Void
  ) async throws -> RunningService {
    let host = try ServiceHost(definition, settings: settings, log: log, loops: loops)
    try await build(host)
    let workers = host.startWorkers()
    let servers = try await host.startServers()
    try await host.startMetrics()
    log(.info, "serving", ["version": Version.text, "pid": "\(getpid())"])
    return RunningService(
      addresses: host.addresses, host: host, workers: workers, servers: servers)
  }

  /// Reads the certificate files again; what cannot be read leaves the old ones in use.
  package func reloadCertificates() async { await host.certificates.reload() }

  /// Ends it: `propagation` for those who watch its health, `grace` for the open calls, then the
  /// workers and the database.
  package func drain(propagation: Duration = .zero, grace: Duration) async {
    await host.drain(servers, propagation: propagation, grace: grace)
    for worker in workers { worker.cancel() }
    for worker in workers { await worker.value }
    await host.finish()
    await host.closeDatabase()
  }
}
