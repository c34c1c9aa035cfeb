import MeshAPI
import MeshCrypto
import MeshKit
import MeshRPC
import MeshSQL
import MeshTestKit
import Testing

@testable import IdentityRoles

/// The service on a database of its own, called over the in-process transport as the edge would.
struct TestService: Sendable {
  let database: Database
  let desk: FrontDesk
  let identity: IdentityV1.IdentityServiceClient
  let operators: IdentityV1.OperatorServiceClient
  let members: IdentityV1.MemberServiceClient
  let tokens: IdentityV1.TenantTokenServiceClient
  let sessions: IdentityV1.SessionServiceClient
  let tenants: FakeTenants
  let ledger: TestLedger
  let clock: TestClock
  let callers: TestCallers

  static let globex = "01940000-0000-7000-8000-000000000001"
  static let initech = "01940000-0000-7000-8000-000000000002"
  static let password = "correct horse battery staple"
  static let second: Micros = 1_000_000

  /// Runs `body` with a service that has no operator; `globex` and `initech` are active tenants.
  static func run(
    setupEmail: String = "", passwordQueue: Int = 64,
    _ body: (TestService) async throws -> Void
  ) async throws {
    try await TestPostgres.shared.withFreshDatabase { config in
      var config = config
      config.schema = "accounts"
      try await open(config) { database in
        try await Main.definition.steps(in: "accounts").run(on: database)
        try await body(try TestService(database, setupEmail, passwordQueue))
      }
    }
  }

  private init(_ database: Database, _ setupEmail: String, _ passwordQueue: Int) throws {
    let clock = TestClock()
    let callers = try TestCallers()
    let tenants = FakeTenants()
    tenants.set(Self.globex, .active)
    tenants.set(Self.initech, .active)
    let ledger = TestLedger(database, source: "identity-roles", clock: clock)
    let limits = SessionLimits(absolute: 24 * 3600 * Self.second, idle: 1800 * Self.second)
    let rules = IdentityRules(
      setup: SetupRule(reservedFor: EmailAddress(rawValue: setupEmail)),
      throttle: ThrottleLimits(
        threshold: 5, firstPause: 30 * Self.second, longestPause: 3600 * Self.second,
        memory: 86_400 * Self.second),
      sessions: SessionRules(operators: limits, members: limits), table: .contract,
      tokens: TokenLimits(standard: 900, longest: 3600), nameLimit: 80, reasonLimit: 500)
    desk = FrontDesk(
      database, ledger: ledger.ledger, rules: rules,
      // Far below what is safe, and fast.
      passwords: Passwords(
        parameters: try ScryptParameters(logN: 4, r: 8, p: 1), limit: passwordQueue),
      tenants: TenantDirectory(
        tenants: TenantsV1.TenantGateServiceClient(callers.channel(to: tenants)),
        timeout: .seconds(30), supportURL: "https://support.example"),
      hub: WatchHub(
        loop: try TestLoops.shared.loops[0], lease: .seconds(60), heartbeat: .seconds(60)),
      maxAge: 30 * Self.second, now: { clock.now })
    let channel = callers.channel(
      to: desk.identity, desk.operators, desk.members, desk.tokens, desk.gates)
    self.database = database
    identity = IdentityV1.IdentityServiceClient(channel)
    operators = IdentityV1.OperatorServiceClient(channel)
    members = IdentityV1.MemberServiceClient(channel)
    tokens = IdentityV1.TenantTokenServiceClient(channel)
    sessions = IdentityV1.SessionServiceClient(channel)
    self.tenants = tenants
    self.ledger = ledger
    self.clock = clock
    self.callers = callers
  }

  /// What a call carries before anybody has signed in.
  func asNobody(_ plane: OptionsV1.Plane = .operator) throws -> CallOptions {
    try callers.options(IdentityV1.Caller(kind: .anonymous, plane: plane, ip: "192.0.2.9"))
  }

  /// What the calls with a token carry: whatever introspection says, as at the edge.
  func with(
    _ token: String, on plane: OptionsV1.Plane = .operator
  ) async throws -> CallOptions {
    var caller = try #require(try await introspect(token, on: plane).caller)
    caller.ip = "192.0.2.9"
    return try callers.options(caller)
  }

  /// Asks whose token it is.
  func introspect(
    _ token: String, on plane: OptionsV1.Plane = .operator
  ) async throws -> IdentityV1.IntrospectResponse {
    try await sessions.introspect(
      .init(tokenHash: SHA256.digest(of: token).bytes, plane: plane))
  }

  /// Makes Ada the first operator.
  func setUp(email: String = "ada@example.com") async throws -> IdentityV1.SignInResponse {
    try await identity.setup(
      .init(email: email, name: "Ada Lovelace", password: Self.password), try asNobody())
  }

  /// Signs an operator in.
  func signIn(
    _ email: String = "ada@example.com", _ password: String = TestService.password
  ) async throws -> IdentityV1.SignInResponse {
    try await identity.signIn(.init(email: email, password: password), try asNobody())
  }

  /// Signs a member in to a tenant.
  func signIn(
    _ email: String, to tenant: String, _ password: String = TestService.password
  ) async throws -> IdentityV1.SignInResponse {
    try await identity.signIn(
      .init(email: email, password: password, tenantID: tenant), try asNobody(.tenant))
  }

  /// Sets up and answers what Ada's calls carry.
  func asAda() async throws -> CallOptions { try await with(try await setUp().token) }

  /// Adds an operator with these roles.
  func makeOperator(
    _ email: String, _ roles: [IdentityV1.Role] = [], by options: CallOptions
  ) async throws -> IdentityV1.Operator {
    var account = try await operators.createOperator(
      .init(email: email, name: "Grace Hopper", password: Self.password), options)
    for role in roles {
      account = try await operators.grantRole(
        .init(operatorID: account.operatorID, role: role, reason: "needed"), options)
    }
    return account
  }

  /// Adds a member to a tenant.
  func makeMember(
    _ email: String, of tenant: String = TestService.globex,
    role: IdentityV1.MemberRole = .unspecified, by options: CallOptions
  ) async throws -> IdentityV1.Member {
    try await members.createMember(
      .init(
        tenantID: tenant, email: email, name: "Bob Ross", role: role, password: Self.password),
      options)
  }

  /// The types of the events that wait for the relay, in order.
  func eventTypes() async throws -> [String] { try await ledger.events().map(\.type) }
}
