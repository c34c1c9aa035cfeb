import MeshAPI
import MeshRPC
import Testing

@testable import IdentityRoles

@Suite("Signing in over the wire", .timeLimit(.minutes(2)))
struct SignInServiceTests {
  @Test("an operator signs in, with an event that names account and address")
  func success() async throws {
    try await TestService.run { service in
      let account = try await service.setUp().accountID
      let answer = try await service.signIn("Ada@Example.com")
      #expect(answer.accountID == account)
      #expect(answer.expiresAt != nil)
      let event = try #require(try await service.ledger.events().last)
      #expect(event.type == "session.started.v1")
      #expect(
        event.actor
          == .init(id: account, kind: .operator, name: "ada@example.com", credential: .session))
      #expect(event.target == .init(kind: "operator", id: account, name: "ada@example.com"))
      #expect(event.ip == "192.0.2.9")
      #expect(event.details == [.init(name: "session_id", value: answer.sessionID)])
    }
  }

  @Test("an unknown account and a wrong password fail alike, with an event each")
  func failures() async throws {
    try await TestService.run { service in
      let account = try await service.setUp().accountID
      let wrong = await #expect(throws: RPCError.self) {
        try await service.signIn("ada@example.com", "wrong")
      }
      let unknown = await #expect(throws: RPCError.self) {
        try await service.signIn("eve@example.com", "wrong")
      }
      #expect(wrong?.code == .unauthenticated)
      #expect(wrong == unknown)
      let events = try await service.ledger.events().suffix(2)
      #expect(events.map(\.type) == ["session.refused.v1", "session.refused.v1"])
      #expect(events.map { $0.actor?.kind } == [.anonymous, .anonymous])
      #expect(events.map { $0.target?.id } == [account, ""])
      #expect(events.map { $0.target?.name } == ["ada@example.com", "eve@example.com"])
      #expect(events.map { $0.details.first?.value } == ["wrong_password", "unknown_account"])
      #expect(events.allSatisfy { $0.ip == "192.0.2.9" })
    }
  }

  @Test("five failures pause sign-in, even with the right password, and a success forgets them")
  func pause() async throws {
    try await TestService.run { service in
      _ = try await service.setUp()
      for _ in 0..<5 {
        await #expect(throws: RPCError.self) {
          try await service.signIn("ada@example.com", "wrong")
        }
      }
      let paused = await #expect(throws: RPCError.self) { try await service.signIn() }
      let unknown = await #expect(throws: RPCError.self) {
        try await service.signIn("eve@example.com", "wrong")
      }
      #expect(paused == unknown)
      #expect(
        try await service.ledger.events().map { $0.details.first?.value }.suffix(2)
          == ["paused", "unknown_account"])
      service.clock.advance(by: 30 * TestService.second)
      _ = try await service.signIn()
      for _ in 0..<4 {
        await #expect(throws: RPCError.self) {
          try await service.signIn("ada@example.com", "wrong")
        }
      }
      _ = try await service.signIn()
    }
  }

  @Test("failures that come at once are all counted")
  func concurrentFailures() async throws {
    try await TestService.run { service in
      _ = try await service.setUp()
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<12 {
          group.addTask {
            await #expect(throws: RPCError.self) {
              try await service.signIn("ada@example.com", "wrong")
            }
          }
        }
      }
      let reasons = try await service.ledger.events().dropFirst(3).map { $0.details[0].value }
      #expect(reasons.count { $0 == "wrong_password" } == 5)
      #expect(reasons.count { $0 == "paused" } == 7)
    }
  }

  @Test("a password of any size and script is checked, and too many at once are sent away")
  func limits() async throws {
    try await TestService.run(passwordQueue: 1) { service in
      _ = try await service.setUp()
      let error = await #expect(throws: RPCError.self) {
        try await service.signIn("ada@example.com", String(repeating: "🔑", count: 1_000))
      }
      #expect(error?.code == .unauthenticated)
      let codes = await withTaskGroup(of: StatusCode?.self) { group in
        for _ in 0..<50 {
          group.addTask {
            do {
              _ = try await service.signIn()
              return nil
            } catch {
              return (error as? RPCError)?.code
            }
          }
        }
        return await group.reduce(into: Set()) { $0.insert($1) }
      }
      #expect(codes.isSubset(of: [nil, .resourceExhausted]))
      #expect(codes.contains(nil))
    }
  }

  @Test("a hash of other parameters is replaced at the next sign-in")
  func rehash() async throws {
    try await TestService.run { service in
      _ = try await service.setUp()
      let old = try PasswordHashes.encoded(TestService.password, logN: 5)
      try await service.database.execute(
        "UPDATE dashboard_auth.dashboard_users SET password_hash = \(old)")
      _ = try await service.signIn()
      let stored = try await service.database.query(
        "SELECT password_hash FROM dashboard_auth.dashboard_users"
      ).one().decode(String.self)
      #expect(stored.hasPrefix("$scrypt$ln=4,"))
      _ = try await service.signIn()
    }
  }

  @Test("bad input is refused with field and rule")
  func faults() async throws {
    try await TestService.run { service in
      let blank = await #expect(throws: RPCError.self) { try await service.signIn("", "") }
      #expect(blank?.message == "email is required; password is required")
      let tenant = await #expect(throws: RPCError.self) {
        try await service.signIn("bob@globex.example", to: "globex")
      }
      #expect(tenant?.message == "tenant_id is not a UUID: \"globex\"")
    }
  }

  @Test("neither token nor password is stored or reported anywhere")
  func secrets() async throws {
    try await TestService.run { service in
      let token = try await service.setUp().token
      let rows = try await service.database.query(
        """
        SELECT row_to_json(t)::text FROM dashboard_auth.sessions AS t
        UNION ALL SELECT row_to_json(t)::text FROM dashboard_auth.dashboard_users AS t
        UNION ALL SELECT encode(event, 'escape') FROM outbox
        UNION ALL SELECT row_to_json(t)::text FROM idempotency AS t
        """)
      for row in rows {
        let text = try row.decode(String.self)
        #expect(!text.contains(token) && !text.contains(TestService.password))
      }
    }
  }
}

@Suite("Signing in to a tenant", .timeLimit(.minutes(2)))
struct TenantSignInTests {
  @Test("a member signs in to its tenant, in the tenant's ledger")
  func success() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let bob = try await service.makeMember("bob@globex.example", by: ada)
      let answer = try await service.signIn("bob@globex.example", to: TestService.globex)
      #expect(answer.accountID == bob.memberID)
      let caller = try #require(try await service.introspect(answer.token, on: .tenant).caller)
      #expect(caller.kind == .member && caller.tenantID == TestService.globex)
      let event = try #require(try await service.ledger.events().last)
      #expect(event.type == "session.started.v1" && event.tenantID == TestService.globex)
      #expect(event.actor?.kind == .member)
    }
  }

  @Test("the account of one plane or tenant is unknown on every other")
  func apart() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      _ = try await service.makeMember("bob@globex.example", by: ada)
      let unknown = await #expect(throws: RPCError.self) {
        try await service.signIn("nobody@example.com")
      }
      let member = await #expect(throws: RPCError.self) {
        try await service.signIn("bob@globex.example")
      }
      let account = await #expect(throws: RPCError.self) {
        try await service.signIn("ada@example.com", to: TestService.globex)
      }
      let elsewhere = await #expect(throws: RPCError.self) {
        try await service.signIn("bob@globex.example", to: TestService.initech)
      }
      #expect(unknown?.code == .unauthenticated)
      #expect(member == unknown && account == unknown && elsewhere == unknown)
      // Nobody outside starts a ledger by naming a tenant.
      #expect(try await service.ledger.events().suffix(2).allSatisfy { $0.tenantID.isEmpty })
    }
  }

  private static let blocks: [(TenantsV1.TenantState, String)] = [
    (.suspended, "this workspace is suspended; contact support: https://support.example"),
    (.offboarding, "this workspace is being closed; contact support: https://support.example"),
    (.offboarded, "this workspace is closed; contact support: https://support.example"),
  ]

  @Test("a blocked tenant's member is told so, if the password is right")
  func blocked() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("bob@globex.example", by: try await service.asAda())
      for (state, message) in Self.blocks {
        service.tenants.set(TestService.globex, state)
        let error = await #expect(throws: RPCError.self) {
          try await service.signIn("bob@globex.example", to: TestService.globex)
        }
        #expect(error?.code == .permissionDenied && error?.message == message)
        #expect(
          try await service.ledger.events().last?.details.first?.value == "tenant_blocked")
        let stranger = await #expect(throws: RPCError.self) {
          try await service.signIn("bob@globex.example", to: TestService.globex, "wrong")
        }
        #expect(stranger?.code == .unauthenticated)
      }
    }
  }

  @Test("members of a tenant that is provisioned or on trial may sign in")
  func open() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("bob@globex.example", by: try await service.asAda())
      for state in [TenantsV1.TenantState.provisioned, .trial] {
        service.tenants.set(TestService.globex, state)
        _ = try await service.signIn("bob@globex.example", to: TestService.globex)
      }
    }
  }

  @Test("when the tenant's state is not known, nobody signs in to it")
  func failClosed() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("bob@globex.example", by: try await service.asAda())
      service.tenants.goDown()
      let error = await #expect(throws: RPCError.self) {
        try await service.signIn("bob@globex.example", to: TestService.globex)
      }
      #expect(error?.code == .unavailable)
    }
  }
}
