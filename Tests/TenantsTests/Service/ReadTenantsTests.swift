import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import Tenants

@Suite("Reading tenants", .timeLimit(.minutes(2)))
struct ReadTenantsTests {
  @Test("an operator's look is in the tenant's ledger, a list in the platform's")
  func reported() async throws {
    try await TestService.run { service in
      let tenant = try await service.makeTenant()
      _ = try await service.tenants.getTenant(
        .init(tenantID: tenant.tenantID), try service.asOperator)
      _ = try await service.tenants.listTenants(
        .init(filter: "state = PROVISIONED"), try service.asOperator)
      let events = try await service.ledger.events().suffix(2)
      #expect(events.map(\.type) == ["tenant.viewed.v1", "tenant.listed.v1"])
      #expect(events.map(\.tenantID) == [tenant.tenantID, ""])
      #expect(events.last?.details.map(\.value) == ["state = PROVISIONED", "1"])
    }
  }

  @Test("a member reads its own tenant, unreported, and any other is like a missing one")
  func member() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      let own = try await service.makeTenant(app: app.appID)
      let other = try await service.makeTenant("Initech", app: app.appID)
      let asMember = try service.callers.options(TestCallers.member(of: own.tenantID))
      let before = try await service.ledger.events().count
      #expect(try await service.tenants.getTenant(.init(), asMember) == own)
      #expect(try await service.ledger.events().count == before)
      let missing = "01940000-0000-7000-8000-000000000404"
      for id in [other.tenantID, missing] {
        let error = await #expect(throws: RPCError.self) {
          try await service.tenants.getTenant(.init(tenantID: id), asMember)
        }
        #expect(error?.code == .notFound)
        #expect(error?.message == "tenant \(id) not found")
      }
      let denied = await #expect(throws: RPCError.self) {
        try await service.tenants.listTenants(.init(), asMember)
      }
      #expect(denied?.code == .permissionDenied)
    }
  }

  @Test("pages run newest first, each tenant once, and end")
  func pages() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      var created: [String] = []
      for number in 1...5 {
        created.append(try await service.makeTenant("Customer \(number)", app: app.appID).tenantID)
      }
      var seen: [String] = []
      var token = ""
      repeat {
        let page = try await service.tenants.listTenants(
          .init(pageSize: 2, pageToken: token), try service.asOperator)
        #expect(page.tenants.count <= 2)
        seen += page.tenants.map(\.tenantID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(seen == created.reversed())
    }
  }

  @Test("a filter finds by what it names")
  func filters() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      _ = try await service.makeTenant(app: app.appID)
      _ = try await service.makeTenant("Initech", app: app.appID, region: "us-east-1", tier: .p)
      let expected: KeyValuePairs<String, [String]> = [
        #"display_name : "glob""#: ["Globex"], "region = us-east-1": ["Initech"],
        "state = SUSPENDED": [], "state = PROVISIONED AND tier = TIER_P": ["Initech"],
        "sandbox = false AND NOT region = us-east-1": ["Globex"],
        "brand_domain = crm.globex.example": [], "app_id = \(app.appID)": ["Initech", "Globex"],
        #"created_at > "2000-01-01T00:00:00Z""#: ["Initech", "Globex"],
      ]
      for (filter, names) in expected {
        let found = try await service.tenants.listTenants(
          .init(filter: filter), try service.asOperator)
        #expect(found.tenants.map(\.displayName) == names, "\(filter)")
      }
      let error = await #expect(throws: RPCError.self) {
        try await service.tenants.listTenants(.init(filter: "color = red"), try service.asOperator)
      }
      #expect(error?.code == .invalidArgument)
    }
  }

  @Test("a token of another list or filter is refused")
  func foreignToken() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      _ = try await service.makeApp("Second")
      _ = try await service.makeTenant(app: app.appID)
      let apps = try await service.apps.listApps(.init(pageSize: 1), try service.asOperator)
      #expect(apps.apps.map(\.name) == ["Second"])
      for filter in ["", "sandbox = false"] {
        let error = await #expect(throws: RPCError.self) {
          try await service.tenants.listTenants(
            .init(filter: filter, pageToken: apps.nextPageToken), try service.asOperator)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message.contains("page_token belongs to another list") == true)
      }
    }
  }

  @Test("apps and resellers are listed newest first and found by id")
  func appsAndResellers() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let app = try await service.makeApp()
      #expect(try await service.apps.getApp(.init(appID: app.appID), asOperator) == app)
      var names: [String] = []
      for name in ["A", "B", "C"] {
        let reseller = try await service.resellers.createReseller(.init(name: name), asOperator)
        #expect(
          try await service.resellers.getReseller(
            .init(resellerID: reseller.resellerID), asOperator) == reseller)
        names.insert(name, at: 0)
      }
      let first = try await service.resellers.listResellers(.init(pageSize: 2), asOperator)
      let rest = try await service.resellers.listResellers(
        .init(pageSize: 2, pageToken: first.nextPageToken), asOperator)
      #expect((first.resellers + rest.resellers).map(\.name) == names)
      #expect(rest.nextPageToken.isEmpty)
      let error = await #expect(throws: RPCError.self) {
        try await service.apps.getApp(.init(appID: "7"), asOperator)
      }
      #expect(error?.message == "app_id is not a UUID: \"7\"")
      let long = await #expect(throws: RPCError.self) {
        try await service.makeApp(String(repeating: "x", count: 81))
      }
      #expect(long?.message == "name is 81 characters; the limit is 80")
    }
  }
}
