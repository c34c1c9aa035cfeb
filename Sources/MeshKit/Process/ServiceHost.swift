import MeshAPI
import MeshCrypto
package import MeshIO
package import MeshRPC
package import MeshSQL
import MeshTLS
package import MeshTransport
import Synchronization

/// A running process as its service sees it: what it may use, and where it puts what it offers.
package final class ServiceHost: Sendable {
  /// The definition it was started from.
  package let definition: ServiceDefinition
  /// Its knobs.
  package let settings: Settings
  /// Its log.
  package let log: Log
  /// Its loops.
  package let loops: [EventLoop]
  /// Its health.
  package let health = Health()
  /// Its TLS certificates.
  package let certificates: Certificates
  /// Its servers and channels, for channelz.
  package let registry = ChannelzRegistry()
  /// What the names of the mesh stand for; changes hold at once.
  package let names: NameTable
  /// Closes privileged methods while the ledger is out of reach.
  package let guardian: LedgerGuard

  private struct State {
    var services: [any RPCService] = []
    var workers: [(WorkLoop, @Sendable (WorkLoop) async -> Void)] = []
    var relay: WorkLoop?
    var servers: [Server] = []
    var addresses: [SocketAddress] = []
    var endings: [@Sendable () -> Void] = []
    var metricEndpoint: HTTP1Listener?
  }

  private let store: Database?
  private let observation: ProcessObservation
  private let state = Mutex(State())

  init(
    _ definition: ServiceDefinition, settings: Settings, log: Log, loops: [EventLoop]
  ) throws {
    self.definition = definition
    self.settings = settings
    self.log = log
    self.loops = loops
    certificates = Certificates(log: log)
    names = try NameTable(parsing: try settings[ProcessSettings.meshNames])
    observation = try ProcessObservation(
      definition, settings, log: log, loops: loops, registry: registry)
    if let schema = definition.schema {
      var config = DatabaseConfig(connection: try settings[ProcessSettings.databaseURL])
      config.applicationName = definition.name
      config.schema = schema
      config.maximumConnections = try settings[ProcessSettings.databaseConnections]
      store = try Database(config, loops: loops)
      guardian = LedgerGuard(bound: try settings[ProcessSettings.ledgerBound])
    } else {
      store = nil
      guardian = LedgerGuard()
    }
  }

  /// What watches its calls.
  package var observatory: Observatory { observation.observatory }

  /// The process's database; only a definition with a schema has one.
  package var database: Database {
    guard let store else { preconditionFailure("\(definition.name) is defined without a schema") }
    return store
  }

  /// Changes state and reports it, in one transaction.
  package var ledger: Ledger {
    Ledger(
      database, source: definition.name, guardian: guardian,
      wakeRelay: { [weak self] in self?.state.withLock { $0.relay }?.wake() })
  }

  /// A way to another service, which the definition must name among its calls.
  ///
  /// Its calls are repeated as the contract says, and as `service-config` refines it.
  package func channel(to service: String) throws -> any Channel {
    precondition(definition.calls.contains(service), "\(definition.name) does not call \(service)")
    let target = try Target(parsing: try settings[ProcessSettings.address(of: service)])
    var config = ChannelConfig(
      target: target, names: names,
      tls: try MeshAddresses.clientTLS(settings, for: target, certificates), serverName: service)
    config.keepalive = .mesh
    config.registry = registry
    config.serverIdentity = try MeshAddresses.identity(of: service, settings)
    config.report = { [log] event in
      log(event.level, "channel", ["service": service, "event": "\(event)"])
    }
    let calls = try callConfig()
    config.health = calls.healthService.map { .required(service: $0) } ?? .preferred(service: "")
    if let balancing = calls.balancing { config.balancing = balancing }
    if let outliers = calls.outliers { config.outliers = outliers }
    let attempts = observatory.watchingAttempts(
      TransportChannel(config, loops: loops), to: "mesh:\(service)")
    return observatory.watchingCalls(configured(attempts, calls), to: "mesh:\(service)")
  }

  /// Offers a service's methods to the mesh.
  package func host(_ service: some RPCService) {
    state.withLock { $0.services.append(service) }
  }

  /// Repeats a worker for as long as the process runs; the answer wakes it early.
  @discardableResult
  package func work(_ worker: some Worker, every interval: Duration) -> WorkLoop {
    let work = WorkLoop(every: interval, loop: loops[0], log: log)
    state.withLock { $0.workers.append((work, { await $0.run(worker) })) }
    return work
  }

  /// Ends something that would go on for as long as it is let, when the process says goodbye.
  package func whenDraining(_ end: @escaping @Sendable () -> Void) {
    state.withLock { $0.endings.append(end) }
  }

  /// The way out of the process.
  func drain(_ servers: [Server], propagation: Duration, grace: Duration) async {
    let endings = state.withLock { $0.endings }
    await Drain(
      health: health, servers: servers, endings: endings, propagation: propagation, grace: grace
    ).run(on: loops[0])
  }

  /// Relays the outbox's events to the audit ledger; every service that changes state does.
  package func relayEvents() throws {
    let relay = OutboxRelay(
      database, to: AuditV1.AuditServiceClient(try channel(to: "audit")), guardian: guardian)
    let work = work(relay, every: .seconds(1))
    state.withLock { $0.relay = work }
  }

  /// Shows the calls of this process.
  package var tap: ProcessTap {
    ProcessTap(process: definition.name, hub: observatory.taps, loop: loops[0])
  }

  /// What tells how this process is.
  package var processService: ProcessService {
    ProcessService(name: definition.name, health: health, database: store, tap: tap)
  }

  /// The router of everything that is hosted, behind the caller interceptor.
  package func router() throws -> Router {
    var router = Router(
      interceptors: [CallObserver(observatory), try callerInterceptor()])
    for service in state.withLock({ $0.services }) { service.register(on: &router) }
    processService.register(on: &router)
    let names = Set(router.methods.map(\.service))
    HealthService(health, services: names).register(on: &router)
    if try settings[ProcessSettings.channelz] {
      ChannelzService(registry).register(on: &router)
    }
    if try settings[ProcessSettings.reflection] {
      ReflectionService(Catalog.files).register(on: &router)
    }
    return router
  }

  /// Checks who calls and whether the policy lets them, by the keys and peers of the settings.
  package func callerInterceptor() throws -> CallerInterceptor {
    let keys = try settings[ProcessSettings.callerKeys].split(separator: ",").map {
      try Ed25519PublicKey(pem: try SettingsFile.read(String($0.trimmingSpace)))
    }
    let peers = try PeerRules(parsing: try settings[ProcessSettings.trustedPeers])
    return CallerInterceptor(verifier: CallerVerifier(keys: keys), peers: peers)
  }

  /// Serves the mesh on the addresses of `listen`.
  func startServers() async throws -> [Server] {
    let router = try router()
    let addresses = try MeshAddresses.parse(try settings[ProcessSettings.listen])
    let tls = try MeshAddresses.serverTLS(settings, for: addresses, certificates)
    var config = ServerConfig.trusted(
      endpoints: addresses.map { .init($0, tls: $0.port == nil ? nil : tls) })
    config.registry = registry
    let server = Server(config, loops: loops, router: router)
    try await serve(server)
    return state.withLock { $0.servers }
  }

  /// Closes the database's connections; statements under way are let go.
  func closeDatabase() async { await store?.shutDown() }

  /// Serves another front beside the mesh's own: the edge's planes.
  package func serve(_ server: Server) async throws {
    let bound = try await server.start()
    log(.info, "listening", ["addresses": bound.map(\.description).joined(separator: ", ")])
    state.withLock { state in
      state.servers.append(server)
      state.addresses += bound
    }
  }

  /// Where it serves, in the order in which it began to: the edge's planes, then the mesh's own.
  var addresses: [SocketAddress] { state.withLock { $0.addresses } }

  /// Every metric of the process.
  package var metrics: MetricSources {
    MetricSources([
      CallMetricSource(observatory.metrics),
      ObservationMetricSource(observatory, export: observation.export),
      HostMetricSource(
        health: health, guardian: guardian, database: store, loops: loops,
        connections: { [weak self] in await self?.connectionCount() ?? 0 }),
      ProcessMetricSource(),
    ])
  }

  private func connectionCount() async -> Int {
    var count = 0
    for server in state.withLock({ $0.servers }) { count += await server.connectionCount() }
    return count
  }

  /// Answers Prometheus, where `metrics-listen` says so.
  func startMetrics() async throws {
    let endpoint = try await MetricEndpoint.start(metrics, settings, on: loops[0])
    state.withLock { $0.metricEndpoint = endpoint }
  }

  /// What is left to do once the last call has ended.
  func finish() async {
    await observation.finish()
    await state.withLock { $0.metricEndpoint }?.close()
  }

  /// Starts the workers; they stop with the tasks that are answered.
  func startWorkers() -> [Task<Void, Never>] {
    work(CertificateWatch(certificates: certificates), every: .seconds(2))
    if let store { work(DatabaseProbe(store, health: health), every: .seconds(1)) }
    if let export = observation.export { work(export, every: .seconds(1)) }
    return state.withLock { $0.workers }.map { work, run in
      Task(executorPreference: loops[0]) { await run(work) }
    }
  }
}

/// Asks PostgreSQL for a sign of life and reports it to the process's health.
struct DatabaseProbe: Worker {
  let name = "database probe"
  private let database: Database
  private let health: Health

  init(_ database: Database, health: Health) {
    self.database = database
    self.health = health
  }

  func runOnce() async throws {
    do {
      try await database.health()
      health.report("postgresql", problem: nil)
    } catch {
      health.report("postgresql", problem: "\(error)")
      throw error
    }
  }
}

extension ChannelEvent {
  /// How much the event matters to whoever reads the log.
  fileprivate var level: Log.Level {
    switch self {
    case .connected, .healthUnknown: .debug
    case .connectionEnded, .returned, .spoke: .info
    case .healthChanged(_, let problem): problem == nil ? .info : .warning
    case .attemptFailed, .ejected, .fellSilent, .pingsReduced, .unresolved: .warning
    }
  }
}
