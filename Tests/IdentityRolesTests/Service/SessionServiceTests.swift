import MeshAPI
import MeshCrypto
import MeshRPC
import MeshTestKit
import Synchronization
import Testing

@testable import IdentityRoles

@Suite("Sessions over the wire", .timeLimit(.minutes(2)))
struct SessionServiceTests {
  @Test("introspection tells the edge who calls, what they may do and until when")
  func introspect() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      let found = try await service.introspect(answer.token)
      let caller = try #require(found.caller)
      #expect(caller.kind == .operator && caller.plane == .operator)
      #expect(caller.id == answer.accountID && caller.sessionID == answer.sessionID)
      #expect(caller.name == "ada@example.com" && caller.tenantID.isEmpty && caller.ip.isEmpty)
      #expect(Set(caller.permissions) == RoleTable.contract.permissions(of: [.superuser]))
      #expect(found.maxAge?.seconds == 30)
      #expect(found.sessionExpiresAt != nil)
    }
  }

  @Test("a token that is none, or of the other plane, is nobody's")
  func nobody() async throws {
    try await TestService.run { service in
      let ada = try await service.setUp()
      _ = try await service.makeMember(
        "bob@globex.example", by: try await service.with(ada.token))
      let bob = try await service.signIn("bob@globex.example", to: TestService.globex)
      let garbage = try await service.introspect("tny_nonsense")
      #expect(garbage.caller?.kind == .anonymous && garbage.caller?.id == "")
      #expect(try await service.introspect(ada.token, on: .tenant).caller?.kind == .anonymous)
      #expect(try await service.introspect(bob.token, on: .operator) == garbage)
    }
  }

  @Test("a session ends unused, and is kept by use")
  func idle() async throws {
    try await TestService.run { service in
      let token = try await service.setUp().token
      for _ in 0..<3 {
        service.clock.advance(by: 1000 * TestService.second)
        #expect(try await service.introspect(token).caller?.kind == .operator)
      }
      service.clock.advance(by: 1801 * TestService.second)
      #expect(try await service.introspect(token).caller?.kind == .anonymous)
    }
  }

  @Test("a session ends at its absolute limit, however much it is used")
  func absolute() async throws {
    try await TestService.run { service in
      let token = try await service.setUp().token
      for _ in 0..<(24 * 4 - 1) {
        service.clock.advance(by: 900 * TestService.second)
        #expect(try await service.introspect(token).caller?.kind == .operator)
      }
      service.clock.advance(by: 900 * TestService.second)
      #expect(try await service.introspect(token).caller?.kind == .anonymous)
    }
  }

  @Test("an edge remembers an answer no longer than the session lives")
  func maxAge() async throws {
    try await TestService.run { service in
      let token = try await service.setUp().token
      service.clock.advance(by: 1790 * TestService.second)
      // Touched, so its idle clock starts anew; near the absolute end it does not help.
      #expect(try await service.introspect(token).maxAge?.seconds == 30)
      for _ in 0..<47 {
        service.clock.advance(by: 1790 * TestService.second)
        _ = try await service.introspect(token)
      }
      service.clock.advance(by: (24 * 3600 - 48 * 1790 - 10) * TestService.second)
      let last = try await service.introspect(token)
      #expect(last.caller?.kind == .operator)
      #expect(try #require(last.maxAge).seconds < 10)
    }
  }

  @Test("after sign-out the token is nobody's, once and with one event")
  func signOut() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      let options = try await service.with(answer.token)
      _ = try await service.identity.signOut(.init(), options)
      _ = try await service.identity.signOut(.init(), options)
      #expect(try await service.introspect(answer.token).caller?.kind == .anonymous)
      #expect(
        try await service.eventTypes().suffix(2) == ["session.started.v1", "session.ended.v1"])
      let error = await #expect(throws: RPCError.self) {
        try await service.identity.whoAmI(.init(), options)
      }
      #expect(error?.code == .unauthenticated)
    }
  }

  @Test("other sessions of the account go on")
  func others() async throws {
    try await TestService.run { service in
      let first = try await service.setUp()
      let second = try await service.signIn()
      _ = try await service.identity.signOut(.init(), try await service.with(first.token))
      #expect(try await service.introspect(second.token).caller?.kind == .operator)
    }
  }

  @Test("a member finds out who it is")
  func member() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("bob@globex.example", by: try await service.asAda())
      let token = try await service.signIn("bob@globex.example", to: TestService.globex).token
      let whoAmI = try await service.identity.whoAmI(
        .init(), try await service.with(token, on: .tenant))
      #expect(whoAmI.kind == .member && whoAmI.memberRole == .admin && whoAmI.roles.isEmpty)
      #expect(whoAmI.tenantID == TestService.globex && whoAmI.email == "bob@globex.example")
      #expect(whoAmI.permissions.contains("members.create"))
    }
  }

  @Test("whoever has lost is_system_admin is nobody on the operator plane")
  func systemAdmin() async throws {
    try await TestService.run { service in
      let token = try await service.setUp().token
      try await service.database.execute("UPDATE accounts.identity SET is_system_admin = FALSE")
      #expect(try await service.introspect(token).caller?.kind == .anonymous)
      let error = await #expect(throws: RPCError.self) { try await service.signIn() }
      #expect(error?.code == .unauthenticated)
      // And nobody may be first again.
      let again = await #expect(throws: RPCError.self) { try await service.setUp() }
      #expect(again?.code == .failedPrecondition)
    }
  }

  @Test("a malformed question is refused")
  func faults() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.sessions.introspect(.init(tokenHash: [1, 2]))
      }
      #expect(
        error?.message == "token_hash is 2 bytes; 32 are needed; "
          + "plane is neither PLANE_OPERATOR nor PLANE_TENANT")
    }
  }
}

@Suite("Edges that watch sessions", .timeLimit(.minutes(2)))
struct WatchSessionsTests {
  @Test("a sign-out is answered after the watcher has acknowledged it")
  func signOut() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      let options = try await service.with(answer.token)
      let change = try await Self.acknowledged(service) {
        _ = try await service.identity.signOut(.init(), options)
      }
      #expect(change.sessionID == answer.sessionID && change.accountID.isEmpty)
    }
  }

  @Test("a granted and a revoked role are answered after the watcher has acknowledged them")
  func roles() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("grace@example.com", by: ada)
      let granted = try await Self.acknowledged(service) {
        _ = try await service.operators.grantRole(
          .init(operatorID: grace.operatorID, role: .viewer, reason: "new"), ada)
      }
      #expect(granted.accountID == grace.operatorID && granted.sessionID.isEmpty)
      let revoked = try await Self.acknowledged(service) {
        _ = try await service.operators.revokeRole(
          .init(operatorID: grace.operatorID, role: .viewer, reason: "left"), ada)
      }
      #expect(revoked.accountID == grace.operatorID)
    }
  }

  /// Watches, makes a change, and acknowledges it; answers the change.
  private static func acknowledged(
    _ service: TestService, _ change: @escaping @Sendable () async throws -> Void
  ) async throws -> IdentityV1.SessionChange {
    let watch = try await service.sessions.watchSessions()
    try await watch.write(.init(appliedPosition: 0))
    var messages = watch.responses.makeAsyncIterator()
    let first = try #require(try await messages.next())
    #expect(first.sessionID.isEmpty && first.accountID.isEmpty && first.lease?.seconds == 60)

    let order = Mutex<[String]>([])
    let task = Task {
      try await change()
      order.withLock { $0.append("answered") }
    }
    var message = IdentityV1.SessionChange()
    while message.sessionID.isEmpty, message.accountID.isEmpty {
      message = try #require(try await messages.next())
    }
    order.withLock { $0.append("applied") }
    try await watch.write(.init(appliedPosition: message.position))
    try await task.value
    #expect(order.withLock { $0 } == ["applied", "answered"])
    watch.cancel()
    return message
  }
}
