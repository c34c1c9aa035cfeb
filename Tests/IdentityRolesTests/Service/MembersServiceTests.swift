import MeshAPI
import MeshRPC
import Testing

@testable import IdentityRoles

@Suite("Members over the wire", .timeLimit(.minutes(2)))
struct MembersServiceTests {
  @Test("the first member is admin, those after it are members, unless the request says")
  func roles() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let first = try await service.makeMember("a@globex.example", by: ada)
      let second = try await service.makeMember("b@globex.example", by: ada)
      let third = try await service.makeMember("c@globex.example", role: .admin, by: ada)
      let elsewhere = try await service.makeMember(
        "a@globex.example", of: TestService.initech, role: .member, by: ada)
      #expect([first, second, third, elsewhere].map(\.role) == [.admin, .member, .admin, .member])
      let event = try #require(
        try await service.ledger.events().first { $0.target?.id == first.memberID })
      #expect(event.type == "member.created.v1" && event.tenantID == TestService.globex)
      #expect(event.details == [.init(name: "role", value: "admin")])
    }
  }

  @Test("of two first members at once, one is admin")
  func firstRace() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let roles = try await withThrowingTaskGroup(of: IdentityV1.MemberRole.self) { group in
        for number in 0..<6 {
          group.addTask {
            try await service.makeMember("m\(number)@globex.example", by: ada).role
          }
        }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(roles.count { $0 == .admin } == 1)
    }
  }

  @Test("a tenant's admin adds members to its own tenant and to no other")
  func byAdmin() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("a@globex.example", by: try await service.asAda())
      let token = try await service.signIn("a@globex.example", to: TestService.globex).token
      let admin = try await service.with(token, on: .tenant)
      let added = try await service.makeMember("b@globex.example", of: "", by: admin)
      #expect(added.tenantID == TestService.globex && added.role == .member)
      let error = await #expect(throws: RPCError.self) {
        try await service.makeMember("b@globex.example", of: TestService.initech, by: admin)
      }
      #expect(error?.code == .notFound)
      let list = try await service.members.listMembers(.init(), admin)
      #expect(list.members.map(\.email) == ["b@globex.example", "a@globex.example"])
    }
  }

  @Test("a plain member lists and does not add")
  func byMember() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      _ = try await service.makeMember("a@globex.example", by: ada)
      _ = try await service.makeMember("b@globex.example", by: ada)
      let token = try await service.signIn("b@globex.example", to: TestService.globex).token
      let member = try await service.with(token, on: .tenant)
      #expect(try await service.members.listMembers(.init(), member).members.count == 2)
      let error = await #expect(throws: RPCError.self) {
        try await service.makeMember("c@globex.example", of: "", by: member)
      }
      #expect(error?.code == .permissionDenied)
    }
  }

  @Test("an address belongs to one member of a tenant")
  func emailTaken() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      _ = try await service.makeMember("a@globex.example", by: ada)
      let error = await #expect(throws: RPCError.self) {
        try await service.makeMember("A@globex.example", by: ada)
      }
      #expect(error?.code == .alreadyExists)
    }
  }

  @Test("a tenant that is none or gone has no members, one without members an empty list")
  func missingTenant() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      let missing = "01940000-0000-7000-8000-00000000ffff"
      service.tenants.set(TestService.initech, .offboarded)
      for tenant in [missing, TestService.initech] {
        let adding = await #expect(throws: RPCError.self) {
          try await service.makeMember("a@globex.example", of: tenant, by: ada)
        }
        let listing = await #expect(throws: RPCError.self) {
          try await service.members.listMembers(.init(tenantID: tenant), ada)
        }
        #expect(adding?.code == .notFound && listing?.code == .notFound)
      }
      let empty = try await service.members.listMembers(.init(tenantID: TestService.globex), ada)
      #expect(empty.members.isEmpty && empty.nextPageToken.isEmpty)
    }
  }

  @Test("pages follow one another without a gap or a repetition")
  func pages() async throws {
    try await TestService.run { service in
      let ada = try await service.asAda()
      for number in 0..<5 {
        _ = try await service.makeMember("m\(number)@globex.example", by: ada)
      }
      _ = try await service.makeMember("x@initech.example", of: TestService.initech, by: ada)
      var emails: [String] = []
      var token = ""
      repeat {
        let page = try await service.members.listMembers(
          .init(tenantID: TestService.globex, pageSize: 2, pageToken: token), ada)
        emails += page.members.map(\.email)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(emails == (0..<5).reversed().map { "m\($0)@globex.example" })
    }
  }
}
