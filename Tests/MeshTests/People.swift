import MeshAPI
import MeshIO
import MeshRPC
import MeshTLS
import MeshTestKit
import MeshTransport

/// Somebody outside, at one of the planes of a mesh.
struct Visitor: Sendable {
  private let channel: TransportChannel
  private let token: String

  /// Comes to a plane over TLS; without a token as nobody.
  init(_ mesh: TestMesh, _ plane: Plane, token: String = "") throws {
    let trust = TLSTrust.only(.text(mesh.authority.certificatePEM))
    channel = TransportChannel(
      ChannelConfig(
        target: try Target(parsing: "\(mesh.address(of: plane))"),
        tls: try TLSContext(TLSConfiguration(role: .client(trust: trust, identity: nil))),
        serverName: "localhost"),
      loops: try TestLoops.shared.loops)
    self.token = token
  }

  private init(_ channel: TransportChannel, _ token: String) {
    self.channel = channel
    self.token = token
  }

  /// The same way in with another credential.
  func with(_ token: String) -> Visitor { Visitor(channel, token) }

  /// What the calls carry.
  var options: CallOptions {
    var metadata = Metadata()
    if !token.isEmpty { metadata.add("Bearer \(token)", for: "authorization") }
    return .timeout(.seconds(20), metadata: metadata)
  }

  var identity: IdentityV1.IdentityServiceClient { .init(channel) }
  var members: IdentityV1.MemberServiceClient { .init(channel) }
  var tokens: IdentityV1.TenantTokenServiceClient { .init(channel) }
  var apps: TenantsV1.AppServiceClient { .init(channel) }
  var tenants: TenantsV1.TenantServiceClient { .init(channel) }
  var pools: PoolsV1.PoolServiceClient { .init(channel) }
  var audit: AuditV1.AuditServiceClient { .init(channel) }
}

/// A mesh with its first operator and one app.
struct Scene: Sendable {
  static let password = "correct horse battery staple"

  let mesh: TestMesh
  let ada: Visitor
  let app: String

  /// Runs `body` with a mesh that Ada has set up.
  static func run(_ body: (Scene) async throws -> Void) async throws {
    try await TestMesh.run { mesh in
      let door = try Visitor(mesh, .operators)
      // Privileged methods open with the first sign of the ledger.
      var setup: IdentityV1.SignInResponse?
      try await eventually {
        setup = try await whenAvailable {
          try await door.identity.setup(
            .init(email: "ada@example.com", name: "Ada Lovelace", password: password),
            door.options)
        }
        return setup != nil
      }
      let ada = door.with(setup?.token ?? "")
      var app: TenantsV1.App?
      try await eventually {
        app = try await whenAvailable {
          try await ada.apps.createApp(.init(name: "Acme CRM"), ada.options)
        }
        return app != nil
      }
      // The pool router too must have heard of the ledger, or a tenant gets its pools later, from a
      // worker. The pool is in a region that no tenant here is in.
      try await eventually {
        try await whenAvailable {
          try await ada.pools.createPool(
            .init(kind: .app, region: "us-east-1"), ada.options)
        } != nil
      }
      try await body(Scene(mesh: mesh, ada: ada, app: app?.appID ?? ""))
    }
  }

  /// An active tenant.
  func makeTenant(_ name: String = "Globex") async throws -> String {
    let tenant = try await ada.tenants.createTenant(
      .init(appID: app, displayName: name, region: "eu-west-1"), ada.options)
    return try await ada.tenants.activateTenant(.init(tenantID: tenant.tenantID), ada.options)
      .tenantID
  }

  /// A member of a tenant, signed in.
  func makeMember(of tenant: String) async throws -> Visitor {
    _ = try await ada.members.createMember(
      .init(
        tenantID: tenant, email: "bob@globex.example", name: "Bob Ross", password: Self.password),
      ada.options)
    let door = try Visitor(mesh, .tenants)
    let session = try await door.identity.signIn(
      .init(email: "bob@globex.example", password: Self.password, tenantID: tenant), door.options)
    return door.with(session.token)
  }

  /// The types of the entries in a tenant's ledger, once there are `count` of them.
  func entries(of tenant: String, count: Int) async throws -> [AuditV1.Entry] {
    var entries: [AuditV1.Entry] = []
    try await eventually {
      entries = try await ada.audit.listEntries(
        .init(tenantID: tenant, pageSize: 1000), ada.options
      ).entries
      return entries.count >= count
    }
    return entries
  }
}

/// What `call` answers; nil where it is refused only for now.
func whenAvailable<Answer>(_ call: () async throws -> Answer) async throws -> Answer? {
  do {
    return try await call()
  } catch let error as RPCError where error.code == .unavailable {
    return nil
  }
}
