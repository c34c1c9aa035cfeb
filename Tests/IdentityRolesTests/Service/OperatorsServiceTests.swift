import MeshAPI
import MeshRPC
import Testing

@testable import IdentityRoles

@Suite("Operators and their roles over the wire", .timeLimit(.minutes(2)))
struct OperatorsServiceTests {
  @Test("a new operator has no role, signs in, and may do nothing")
  func create() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("Grace@Example.com", by: ada)
      #expect(grace.email == "grace@example.com" && grace.roles.isEmpty)
      #expect(grace.lastSignInAt == nil && grace.activeSessionCount == 0)
      let token = try await service.signIn("grace@example.com").token
      #expect(try await service.introspect(token).caller?.permissions == [])
      let event = try #require(
        try await service.ledger.events().first { $0.target?.id == grace.operatorID })
      #expect(event.type == "operator.created.v1" && event.actor?.name == "ada@example.com")
    }
  }

  @Test("an address belongs to one operator")
  func emailTaken() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let error = await #expect(throws: RPCError.self) {
        try await service.makeOperator("ada@example.com", by: ada)
      }
      #expect(error?.code == .alreadyExists)
      #expect(error?.message == "email ada@example.com belongs to another account")
    }
  }

  @Test("the same request id makes one operator, another body with it is refused")
  func idempotent() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      var request = IdentityV1.CreateOperatorRequest(
        email: "grace@example.com", name: "Grace Hopper", password: TestService.password,
        requestID: "01940000-0000-7000-8000-00000000aaaa")
      let first = try await service.operators.createOperator(request, ada)
      #expect(try await service.operators.createOperator(request, ada) == first)
      request.name = "Grace Brewster Hopper"
      let error = await #expect(throws: RPCError.self) {
        try await service.operators.createOperator(request, ada)
      }
      #expect(error?.code == .alreadyExists)
    }
  }

  @Test("the password policy holds for new operators too")
  func policy() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let error = await #expect(throws: RPCError.self) {
        try await service.operators.createOperator(
          .init(email: "grace@example.com", name: "Grace", password: "Password1234"), ada)
      }
      #expect(error?.code == .invalidArgument)
      #expect(error?.message.hasPrefix("password is made of common passwords") == true)
    }
  }

  @Test("the list shows roles, sign-ins and live sessions, newest first, page by page")
  func list() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      for name in ["b", "c", "d"] {
        _ = try await service.makeOperator("\(name)@example.com", [.viewer], by: ada)
      }
      _ = try await service.signIn("d@example.com")
      _ = try await service.signIn("d@example.com")
      var emails: [String] = []
      var token = ""
      repeat {
        let page = try await service.operators.listOperators(
          .init(pageSize: 3, pageToken: token), ada)
        emails += page.operators.map(\.email)
        token = page.nextPageToken
        if let dora = page.operators.first(where: { $0.email == "d@example.com" }) {
          #expect(dora.roles == [.viewer] && dora.activeSessionCount == 2)
          #expect(dora.lastSignInAt != nil)
        }
      } while !token.isEmpty
      #expect(emails == ["d@example.com", "c@example.com", "b@example.com", "ada@example.com"])
      service.clock.advance(by: 3600 * TestService.second)
      let later = try await service.operators.listOperators(.init(), ada)
      #expect(later.operators.allSatisfy { $0.activeSessionCount == 0 })
    }
  }

  @Test("a role holds from the next call, and so does its loss")
  func atOnce() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("grace@example.com", by: ada)
      let token = try await service.signIn("grace@example.com").token
      let granted = try await service.operators.grantRole(
        .init(operatorID: grace.operatorID, role: .admin, reason: "head of support"), ada)
      #expect(granted.roles == [.admin])
      let permissions = try #require(try await service.introspect(token).caller).permissions
      #expect(Set(permissions) == RoleTable.contract.permissions(of: [.admin]))
      _ = try await service.operators.revokeRole(
        .init(operatorID: grace.operatorID, role: .admin, reason: "left"), ada)
      #expect(try await service.introspect(token).caller?.permissions == [])
      let events = try await service.ledger.events().suffix(2)
      #expect(events.map(\.type) == ["role.granted.v1", "role.revoked.v1"])
      #expect(events.map(\.reason) == ["head of support", "left"])
      #expect(events.allSatisfy { $0.target?.id == grace.operatorID })
      #expect(events.allSatisfy { $0.details == [.init(name: "role", value: "admin")] })
    }
  }

  @Test("only a superuser grants and revokes superuser")
  func superuserOnly() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("grace@example.com", [.admin], by: ada)
      let asGrace = try await service.with(try await service.signIn("grace@example.com").token)
      let first = try await service.operators.listOperators(.init(), ada).operators.last
      let adaID = try #require(first).operatorID
      for change in [
        {
          try await service.operators.grantRole(
            .init(operatorID: grace.operatorID, role: .superuser, reason: "x"), asGrace)
        },
        {
          try await service.operators.revokeRole(
            .init(operatorID: adaID, role: .superuser, reason: "x"), asGrace)
        },
      ] as [@Sendable () async throws -> IdentityV1.Operator] {
        let error = await #expect(throws: RPCError.self) { try await change() }
        #expect(error?.code == .permissionDenied)
        #expect(error?.message == "only a superuser grants or revokes superuser")
      }
      // The other roles are an admin's to grant.
      _ = try await service.operators.grantRole(
        .init(operatorID: grace.operatorID, role: .viewer, reason: "x"), asGrace)
    }
  }

  @Test("the last superuser stays, also when two revoke each other at once")
  func lastSuperuser() async throws {
    try await TestService.run { service in
      let answer = try await service.setUp()
      let ada = try await service.with(answer.token)
      let error = await #expect(throws: RPCError.self) {
        try await service.operators.revokeRole(
          .init(operatorID: answer.accountID, role: .superuser, reason: "x"), ada)
      }
      #expect(error?.code == .failedPrecondition)
      let grace = try await service.makeOperator("grace@example.com", [.superuser], by: ada)
      let asGrace = try await service.with(try await service.signIn("grace@example.com").token)
      async let one: Void? = {
        // One of the two is refused.
        _ = try? await service.operators.revokeRole(
          .init(operatorID: grace.operatorID, role: .superuser, reason: "x"), ada)
      }()
      async let other: Void? = {
        _ = try? await service.operators.revokeRole(
          .init(operatorID: answer.accountID, role: .superuser, reason: "x"), asGrace)
      }()
      _ = await (one, other)
      let left = try await service.database.query(
        "SELECT count(*) FROM accounts.user_roles WHERE role = 'superuser'"
      ).one().decode(Int64.self)
      #expect(left == 1)
    }
  }

  @Test("what cannot be granted or revoked is refused with the rule")
  func refusals() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let grace = try await service.makeOperator("grace@example.com", [.viewer], by: ada)
      func grant(_ request: IdentityV1.GrantRoleRequest) async -> RPCError? {
        await #expect(throws: RPCError.self) {
          try await service.operators.grantRole(request, ada)
        }
      }
      let held = await grant(
        .init(operatorID: grace.operatorID, role: .viewer, reason: "again"))
      #expect(held?.code == .alreadyExists)
      let missing = await grant(
        .init(operatorID: TestService.globex, role: .viewer, reason: "x"))
      #expect(missing?.code == .notFound)
      let blank = await grant(.init())
      #expect(
        blank?.message == "operator_id is required; role is required; reason is required")
      let unknown = await grant(
        .init(operatorID: grace.operatorID, role: .unrecognized(9), reason: "x"))
      #expect(unknown?.message == "role 9 is not known")
      let notHeld = await #expect(throws: RPCError.self) {
        try await service.operators.revokeRole(
          .init(operatorID: grace.operatorID, role: .admin, reason: "x"), ada)
      }
      #expect(notHeld?.code == .failedPrecondition)
    }
  }
}

@Suite("Roles against the contract")
struct RoleContractTests {
  private static let operatorPlane = PolicyTable.all.filter {
    ($0.plane == .operator || $0.plane == .both) && !$0.permission.isEmpty
  }

  @Test("a permission opens methods that read or methods that change, not both")
  func pure() {
    for (permission, policies) in Dictionary(grouping: Self.operatorPlane, by: \.permission) {
      #expect(Set(policies.map { $0.effect == .read }).count == 1, "\(permission)")
    }
  }

  @Test("a viewer passes every read but the tap, and no change, on every method of the contract")
  func viewer() {
    let held = RoleTable.contract.permissions(of: [.viewer])
    for policy in Self.operatorPlane {
      let passes = policy.effect == .read && policy.permission != "calls.tap"
      #expect(held.contains(policy.permission) == passes, "\(policy.method)")
    }
  }

  @Test("an operator passes the reads, triggers runs, pauses flows and rotates keys")
  func operators() {
    let held = RoleTable.contract.permissions(of: [.operator])
    let operations: Set = ["runs.trigger", "flows.pause", "keys.rotate"]
    for policy in Self.operatorPlane {
      let passes = policy.effect == .read || operations.contains(policy.permission)
      #expect(held.contains(policy.permission) == passes, "\(policy.method)")
    }
    #expect(held.isSuperset(of: operations))
  }

  @Test("an admin passes every method", arguments: [Role.admin, .superuser])
  func admin(_ role: Role) {
    let held = RoleTable.contract.permissions(of: [role])
    #expect(Self.operatorPlane.allSatisfy { held.contains($0.permission) })
  }

  @Test("a member changes nothing, a tenant's admin adds members")
  func members() {
    let member = RoleTable.contract.permissions(of: MemberRole.member)
    let admin = RoleTable.contract.permissions(of: MemberRole.admin)
    #expect(member.contains("tenants.read") && !member.contains("audit.read"))
    #expect(!member.contains("members.create") && admin.contains("members.create"))
    #expect(admin.contains("audit.verify") && !admin.contains("tenants.suspend"))
  }
}
