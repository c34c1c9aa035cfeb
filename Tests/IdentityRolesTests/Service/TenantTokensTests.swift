import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import IdentityRoles

@Suite("Tokens for one tenant", .timeLimit(.minutes(2)))
struct TenantTokensTests {
  private static let lifecycle = [
    "tenants.activate", "tenants.offboard", "tenants.read", "tenants.suspend",
  ]

  private static func request(
    _ tenant: String = TestService.globex, seconds: Int64? = nil, _ permissions: [String] = []
  ) -> IdentityV1.CreateTenantTokenRequest {
    .init(
      tenantID: tenant, reason: "dunning job",
      lifetime: seconds.map { .init(.seconds($0)) }, permissions: permissions)
  }

  @Test("a token is its maker's, confined to the tenant and to its lifecycle, for a quarter hour")
  func create() async throws {
    try await TestService.run { service in
      let setup = try await service.setUp()
      let ada = try await service.with(setup.token)
      let token = try await service.tokens.createTenantToken(Self.request(), ada)
      #expect(token.permissions == Self.lifecycle && token.tenantID == TestService.globex)
      let found = try await service.introspect(token.token)
      let caller = try #require(found.caller)
      #expect(caller.kind == .operator && caller.id == setup.accountID)
      #expect(caller.tenantID == TestService.globex && caller.credential == .tenantToken)
      #expect(caller.permissions == Self.lifecycle && caller.sessionID == token.tokenID)
      #expect(found.sessionExpiresAt == token.expiresAt)
      let session = try await service.introspect(setup.token).caller
      #expect(session?.credential == .session && session?.tenantID == "")

      let event = try #require(try await service.ledger.events().last)
      #expect(event.type == "tenant.token.created.v1" && event.tenantID == TestService.globex)
      #expect(event.reason == "dunning job" && event.target?.id == token.tokenID)
      #expect(event.actor?.credential == .session)
      #expect(!event.details.contains { $0.value.contains(token.token) })
    }
  }

  @Test("a token ends at its time, however much it is used")
  func expiry() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let token = try await service.tokens.createTenantToken(Self.request(seconds: 3600), ada)
      service.clock.advance(by: 3590 * TestService.second)
      let late = try await service.introspect(token.token)
      #expect(late.caller?.kind == .operator && late.maxAge?.seconds ?? 30 < 10)
      service.clock.advance(by: 10 * TestService.second)
      #expect(try await service.introspect(token.token).caller?.kind == .anonymous)
    }
  }

  @Test("a token can be narrowed, and never does more than its maker may at the moment")
  func permissions() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("grace@example.com", [.admin], by: ada)
      let asGrace = try await service.with(try await service.signIn("grace@example.com").token)
      let narrow = try await service.tokens.createTenantToken(
        Self.request(TestService.globex, ["tenants.suspend"]), asGrace)
      #expect(try await service.introspect(narrow.token).caller?.permissions == ["tenants.suspend"])
      let wide = try await service.tokens.createTenantToken(Self.request(), asGrace)
      for (role, isGrant) in [(IdentityV1.Role.viewer, true), (.admin, false)] {
        if isGrant {
          _ = try await service.operators.grantRole(
            .init(operatorID: grace.operatorID, role: role, reason: "moves on"), ada)
        } else {
          _ = try await service.operators.revokeRole(
            .init(operatorID: grace.operatorID, role: role, reason: "moves on"), ada)
        }
      }
      #expect(try await service.introspect(wide.token).caller?.permissions == ["tenants.read"])
      #expect(try await service.introspect(narrow.token).caller?.permissions == [])
    }
  }

  @Test("a revoked token is nobody's, with one event however often it is revoked")
  func revoke() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let token = try await service.tokens.createTenantToken(Self.request(), ada)
      for _ in 0..<2 {
        _ = try await service.tokens.revokeTenantToken(.init(tokenID: token.tokenID), ada)
      }
      #expect(try await service.introspect(token.token).caller?.kind == .anonymous)
      let events = try await service.ledger.events().suffix(2)
      #expect(events.map(\.type) == ["tenant.token.created.v1", "tenant.token.revoked.v1"])
      #expect(events.allSatisfy { $0.tenantID == TestService.globex })
    }
  }

  @Test("its holder can end it, and is told what it is")
  func holder() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let token = try await service.tokens.createTenantToken(Self.request(), ada)
      let holder = try await service.with(token.token)
      let me = try await service.identity.whoAmI(.init(), holder)
      #expect(me.tenantID == TestService.globex && me.permissions == Self.lifecycle)
      _ = try await service.identity.signOut(.init(), holder)
      #expect(try await service.introspect(token.token).caller?.kind == .anonymous)
      #expect(try await service.ledger.events().last?.tenantID == TestService.globex)
    }
  }

  @Test("a session is not revoked as a token, and tokens do not count as sessions")
  func sessions() async throws {
    try await TestService.run { service in
      let setup = try await service.setUp()
      let ada = try await service.with(setup.token)
      _ = try await service.tokens.createTenantToken(Self.request(), ada)
      let error = await #expect(throws: RPCError.self) {
        try await service.tokens.revokeTenantToken(.init(tokenID: setup.sessionID), ada)
      }
      #expect(error?.code == .notFound)
      let operators = try await service.operators.listOperators(.init(), ada).operators
      #expect(operators.map(\.activeSessionCount) == [1])
    }
  }

  @Test(
    "a bad request names the field and the rule",
    arguments: [
      (request(seconds: 59), "lifetime is 59 seconds; at least 60 are needed"),
      (request(seconds: 3601), "lifetime is 3601 seconds; the limit is 3600"),
      (
        request(TestService.globex, ["roles.grant"]),
        "permissions may be tenants.activate, tenants.offboard, tenants.read, tenants.suspend"
      ),
      (.init(tenantID: TestService.globex), "reason is required"),
      (.init(tenantID: "globex", reason: "why"), "tenant_id is not a UUID: \"globex\""),
    ])
  func badRequest(_ request: IdentityV1.CreateTenantTokenRequest, _ rule: String) async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let error = await #expect(throws: RPCError.self) {
        try await service.tokens.createTenantToken(request, ada)
      }
      #expect(error?.code == .invalidArgument && error?.message == rule)
    }
  }

  @Test("a tenant that does not exist gets no token")
  func unknownTenant() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let error = await #expect(throws: RPCError.self) {
        try await service.tokens.createTenantToken(
          Self.request("01940000-0000-7000-8000-00000000dead"), ada)
      }
      #expect(error?.code == .notFound)
    }
  }
}
