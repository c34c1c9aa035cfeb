import MeshAPI
import MeshCrypto
import MeshIO
import MeshKit
import MeshRPC
import MeshTLS
import MeshTransport

/// Puts the edge together: gate, watches, planes and status.
struct EdgeAssembly {
  private let host: ServiceHost
  private let channels: [String: any Channel]
  private let sessions: Sessions
  private let tenants: TenantStates
  private let status: StatusService
  private let gate: Gate
  private let upstreams: Upstreams

  /// Which process serves which gRPC service.
  private static let homes: [(process: String, services: [String])] = [
    (
      "identity-roles",
      [
        "IdentityService", "OperatorService", "MemberService", "TenantTokenService",
        "SessionService",
      ].map { "tenantry.identity.v1.\($0)" }
    ),
    (
      "tenants",
      ["AppService", "ResellerService", "TenantService", "TenantGateService"]
        .map { "tenantry.tenants.v1.\($0)" }
    ),
    ("pool-router", ["tenantry.pools.v1.PoolService"]),
    ("audit", ["tenantry.audit.v1.AuditService"]),
  ]

  /// Reads the settings and opens the channels.
  init(_ host: ServiceHost) throws {
    self.host = host
    let settings = host.settings
    let timeout = try settings[Config.askTimeout]
    var channels: [String: any Channel] = [:]
    for (process, _) in Self.homes { channels[process] = try host.channel(to: process) }
    self.channels = channels
    let signer = CallerSigner(
      try Ed25519PrivateKey(pemFile: try settings[Config.callerSigningKey]))
    sessions = Sessions(
      identity: .init(try Self.channel(channels, "identity-roles")), signer: signer,
      limit: try settings[Config.sessionCache], timeout: timeout)
    tenants = TenantStates(
      gate: .init(try Self.channel(channels, "tenants")), timeout: timeout,
      supportURL: try settings[Config.supportURL])
    gate = Gate(
      sessions: sessions, tenants: tenants, rates: RateLimiter(try Config.rates(settings)),
      contact: try settings[Config.contact])
    let own = host.processService
    status = StatusService(
      subjects: try Self.homes.map { process, _ in
        StatusService.Subject(
          name: process, address: try settings[ProcessSettings.address(of: process)],
          client: .init(try Self.channel(channels, process)))
      }, timeout: timeout,
      own: { [address = try settings[Config.operatorListen]] in
        var process = await own.describe()
        process.address = address
        return process
      })
    var byService: [String: any Channel] = [:]
    for (process, services) in Self.homes {
      for service in services { byService[service] = try Self.channel(channels, process) }
    }
    // What the edge serves itself goes the same way as everything else: through a channel.
    let tap = TapService(
      own: host.tap,
      processes: channels.mapValues { OpsV1.ProcessServiceClient($0) },
      ledger: LedgerAppender(
        .init(try Self.channel(channels, "audit")), source: "edge", timeout: timeout))
    let inside = try Self.inProcess([status, tap], host)
    byService["tenantry.ops.v1.StatusService"] = inside
    byService["tenantry.ops.v1.TapService"] = inside
    upstreams = Upstreams(byService)
  }

  /// Starts the watches and both planes.
  func start() async throws {
    host.work(
      SessionWatch(.init(try Self.channel(channels, "identity-roles")), sessions),
      every: .milliseconds(200))
    host.work(
      TenantWatch(.init(try Self.channel(channels, "tenants")), tenants),
      every: .milliseconds(200))
    host.work(NeighbourProbe(status, health: host.health), every: .seconds(1))
    try await host.serve(plane(.operator, try host.settings[Config.operatorListen]))
    try await host.serve(plane(.tenant, try host.settings[Config.tenantListen]))
  }

  private func plane(_ plane: OptionsV1.Plane, _ addresses: String) throws -> Server {
    let settings = host.settings
    let tls = try host.certificates.context(
      TLSConfiguration(
        role: .server(
          identity: TLSIdentity(
            chain: .file(try settings[Config.publicCertificate]),
            privateKey: .file(try settings[Config.publicKey])),
          clients: .none)))
    let endpoints = try addresses.split(separator: ",").map {
      ServerConfig.Endpoint(try SocketAddress(parsing: String($0.trimmingSpace)), tls: tls)
    }
    let front = Front(
      plane: plane, gate: gate, upstreams: upstreams, health: host.health,
      errors: OutwardErrors(host.log), observatory: host.observatory,
      callTimeout: try settings[Config.callTimeout])
    var config = ServerConfig(endpoints: endpoints)
    config.registry = host.registry
    return Server(config, loops: host.loops, router: front.router, plain: front.servePlain)
  }

  private static func channel(
    _ channels: [String: any Channel], _ process: String
  ) throws -> any Channel {
    guard let channel = channels[process] else {
      preconditionFailure("\(process) is among the edge's calls")
    }
    return channel
  }

  private static func inProcess(
    _ services: [any RPCService], _ host: ServiceHost
  ) throws -> InProcessChannel {
    var router = Router(interceptors: [try host.callerInterceptor()])
    for service in services { service.register(on: &router) }
    return InProcessChannel(router)
  }
}
