import Glibc
import MeshCrypto
import MeshIO
import MeshKit
import MeshSQL
import MeshTestKit
import MeshTransport
import Synchronization
import Testing

@testable import Audit
@testable import Edge
@testable import IdentityRoles
@testable import PoolRouter
@testable import Tenants

/// A process of the mesh, as far as a test runs one.
enum Part: CaseIterable, Sendable {
  case audit, identityRoles, poolRouter, tenants, edge

  var definition: ServiceDefinition {
    switch self {
    case .audit: Audit.Main.definition
    case .identityRoles: IdentityRoles.Main.definition
    case .poolRouter: PoolRouter.Main.definition
    case .tenants: Tenants.Main.definition
    case .edge: Edge.Main.definition
    }
  }

  var assemble: @Sendable (ServiceHost) async throws -> Void {
    switch self {
    case .audit: Audit.Main.assemble
    case .identityRoles: IdentityRoles.Main.assemble
    case .poolRouter: PoolRouter.Main.assemble
    case .tenants: Tenants.Main.assemble
    case .edge: Edge.Main.assemble
    }
  }

  /// What a test sets otherwise than an operator would: its own time is short.
  var settings: [String] {
    switch self {
    case .audit, .edge: []
    case .identityRoles: ["password-cost = 14", "ledger-bound = 2s"]
    case .poolRouter: ["ledger-bound = 2s"]
    case .tenants:
      ["ledger-bound = 2s", "placement-timeout = 1s", "placement-interval = 1s"]
    }
  }
}

/// Where outsiders come in, in the order in which the edge opens them.
enum Plane: Int, Sendable {
  case operators, tenants
}

/// The whole mesh in this process: every service on a loop and a socket of its own, over one
/// PostgreSQL database.
final class TestMesh: Sendable {
  /// What to look into behind the services' backs; its search path is the system's.
  let database: Database
  /// What outsiders trust.
  let authority: CertificateAuthority
  private let directory: String
  private let databaseURL: String

  private struct Running: Sendable {
    let service: RunningService
    let group: EventLoopGroup
  }
  private let running = Mutex<[Part: Running]>([:])

  /// Runs `body` with a mesh in which nobody is signed up yet.
  static func run(_ body: (TestMesh) async throws -> Void) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      try await open(config) { database in
        let mesh = try TestMesh(database, config.connection)
        do {
          for part in Part.allCases { try await mesh.migrate(part, config) }
          for part in Part.allCases { try await mesh.start(part) }
          try await body(mesh)
          await mesh.end()
        } catch {
          await mesh.end()
          throw error
        }
      }
    }
  }

  private init(_ database: Database, _ databaseURL: String) throws {
    var template = Array("/tmp/tenantry-mesh-XXXXXX".utf8CString)
    guard mkdtemp(&template) != nil else {
      throw TestPostgres.Failure.system("mkdtemp", code: errno)
    }
    directory = String(decoding: template.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    let validity = CertificateValidity(notBefore: 1_700_000_000, notAfter: 4_000_000_000)
    authority = try CertificateAuthority(commonName: "test mesh", validity: validity)
    self.database = database
    self.databaseURL = databaseURL
    let edge = try authority.issue(
      CertificateRequest(
        commonName: "edge", dnsNames: ["localhost"], validity: validity, usage: .server))
    let key = try Ed25519PrivateKey()
    try write(edge.chainPEM, "edge.pem")
    try write(edge.privateKeyPEM, "edge.key")
    try write(key.pem, "caller.key")
    try write(key.publicKey.pem, "caller.pub")
  }

  /// Where one of the edge's planes listens.
  func address(of plane: Plane) throws -> SocketAddress {
    let addresses = running.withLock { $0[.edge] }?.service.addresses ?? []
    return try #require(addresses.count > plane.rawValue ? addresses[plane.rawValue] : nil)
  }

  /// Starts a part, as its process would start.
  func start(_ part: Part) async throws {
    let settings = try Settings(
      declared: part.definition.declared, file: text(part).joined(separator: "\n"),
      environment: [:])
    let group = try EventLoopGroup(count: 1, name: part.definition.name)
    try group.start()
    let service = try await Task(executorPreference: group.loops[0]) {
      try await RunningService.start(
        part.definition, settings: settings,
        log: Log(service: part.definition.name, write: { _ in }), loops: group.loops,
        part.assemble)
    }.value
    running.withLock { $0[part] = Running(service: service, group: group) }
  }

  /// Ends a part, as its process would end.
  func stop(_ part: Part) async {
    guard let running = running.withLock({ $0.removeValue(forKey: part) }) else { return }
    await running.service.drain(grace: .zero)
    await running.group.stop()
  }

  private func end() async {
    for part in Part.allCases.reversed() { await stop(part) }
    for file in ["edge.pem", "edge.key", "caller.key", "caller.pub"] {
      unlink("\(directory)/\(file)")
    }
    rmdir(directory)
  }

  private func migrate(_ part: Part, _ config: DatabaseConfig) async throws {
    guard let schema = part.definition.schema else { return }
    var config = config
    config.schema = schema
    try await open(config) { _ = try await part.definition.steps(in: schema).run(on: $0) }
  }

  /// The settings of a part, as `tools/up` would write them.
  private func text(_ part: Part) -> [String] {
    let definition = part.definition
    var lines = [
      "listen = unix:\(directory)/\(definition.name).sock",
      "caller-keys = \(directory)/caller.pub",
    ]
    if definition.schema != nil { lines.append("database-url = \(databaseURL)") }
    for name in definition.calls {
      lines.append("\(name)-address = unix:\(directory)/\(name).sock")
    }
    if part == .edge {
      lines += [
        "operator-listen = 127.0.0.1:0", "tenant-listen = 127.0.0.1:0",
        "public-certificate = \(directory)/edge.pem", "public-key = \(directory)/edge.key",
        "caller-signing-key = \(directory)/caller.key",
      ]
    }
    return lines + part.settings
  }

  private func write(_ text: String, _ name: String) throws {
    let descriptor = Glibc.open("\(directory)/\(name)", O_WRONLY | O_CREAT | O_EXCL, 0o600)
    guard descriptor >= 0 else { throw TestPostgres.Failure.system("open", code: errno) }
    defer { close(descriptor) }
    let bytes = Array(text.utf8)
    guard Glibc.write(descriptor, bytes, bytes.count) == bytes.count else {
      throw TestPostgres.Failure.system("write", code: errno)
    }
  }
}
