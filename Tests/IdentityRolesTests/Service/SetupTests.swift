import MeshAPI
import MeshRPC
import Testing

@testable import IdentityRoles

@Suite("Setup over the wire", .timeLimit(.minutes(2)))
struct SetupTests {
  @Test("the first operator is superuser and signed in")
  func first() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      #expect(answer.token.hasPrefix("tny_"))
      let whoAmI = try await service.identity.whoAmI(.init(), try await service.with(answer.token))
      #expect(whoAmI.kind == .operator)
      #expect(whoAmI.email == "ada@example.com")
      #expect(whoAmI.name == "Ada Lovelace")
      #expect(whoAmI.roles == [.superuser])
      #expect(whoAmI.id == answer.accountID)
      #expect(whoAmI.sessionID == answer.sessionID)
    }
  }

  @Test("its events name the new operator as their actor, and the address")
  func events() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      let events = try await service.ledger.events()
      #expect(
        events.map(\.type) == ["operator.created.v1", "role.granted.v1", "session.started.v1"])
      for event in events {
        #expect(event.actor?.id == answer.accountID)
        #expect(event.target?.id == answer.accountID)
        #expect(event.ip == "192.0.2.9")
        #expect(event.tenantID.isEmpty)
      }
    }
  }

  @Test("with an operator it always fails, whoever asks")
  func over() async throws {
    try await TestService.run { service in
      _ = try await service.setUp()
      for email in ["ada@example.com", "eve@example.com"] {
        let error = await #expect(throws: RPCError.self) { try await service.setUp(email: email) }
        #expect(error?.code == .failedPrecondition)
      }
      #expect(try await service.eventTypes().count == 3)
    }
  }

  @Test("of many who race, exactly one becomes the first operator")
  func race() async throws {
    try await TestService.run { service in
      let winners = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask {
            // Half of them under one address.
            let email = number.isMultiple(of: 2) ? "ada@example.com" : "op\(number)@example.com"
            do {
              _ = try await service.setUp(email: email)
              return true
            } catch {
              #expect((error as? RPCError)?.code == .failedPrecondition)
              return false
            }
          }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(winners == 1)
      let counts = try await service.database.query(
        """
        SELECT (SELECT count(*) FROM accounts.identity), (SELECT count(*) FROM accounts.user_roles),
          (SELECT count(*) FROM dashboard_auth.sessions)
        """
      ).one().decode(Int64.self, Int64.self, Int64.self)
      #expect(counts == (1, 1, 1))
    }
  }

  @Test("where an address is configured, only that one may")
  func reserved() async throws {
    try await TestService.run(setupEmail: "ada@example.com") { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.setUp(email: "eve@example.com")
      }
      #expect(error?.code == .permissionDenied)
      _ = try await service.setUp(email: "ADA@example.com")
    }
  }

  private static let malformed: [(IdentityV1.SetupRequest, String)] = [
    (.init(name: "Ada", password: TestService.password), "email is required"),
    (
      .init(email: "ada", name: "Ada", password: TestService.password),
      "email is not an e-mail address: \"ada\""
    ),
    (.init(email: "ada@example.com", password: TestService.password), "name is required"),
    (.init(email: "ada@example.com", name: "Ada"), "password is required"),
    (
      .init(email: "ada@example.com", name: "Ada", password: "short"),
      "password is 5 characters; at least 12 are needed"
    ),
    (
      .init(
        email: "ada@example.com", name: String(repeating: "x", count: 81),
        password: TestService.password), "name is 81 characters; the limit is 80"
    ),
    (.init(), "email is required; name is required; password is required"),
  ]

  @Test("bad input is refused with field and rule")
  func faults() async throws {
    try await TestService.run { service in
      for (request, message) in Self.malformed {
        let error = await #expect(throws: RPCError.self) {
          try await service.identity.setup(request, try service.asNobody())
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == message)
      }
    }
  }

  @Test("without the ledger nobody is set up")
  func failClosed() async throws {
    try await TestService.run { service in
      service.ledger.fallSilent()
      let error = await #expect(throws: RPCError.self) { try await service.setUp() }
      #expect(error?.code == .unavailable)
      let isSetUp = try await service.desk.identity.operators.isSetUp()
      #expect(!isSetUp)
    }
  }
}
