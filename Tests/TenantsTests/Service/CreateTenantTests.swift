import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import Tenants

@Suite("Creating tenants", .timeLimit(.minutes(2)))
struct CreateTenantTests {
  private static let unknownID = "01940000-0000-7000-8000-000000000404"

  @Test("a tenant is provisioned in tier S, reported, and placed in the operator's name")
  func created() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      let tenant = try await service.makeTenant(" Globex ", app: app.appID)
      #expect(tenant.displayName == "Globex")
      #expect(tenant.state == .provisioned)
      #expect(tenant.tier == .s)
      #expect(tenant.epoch == 1)
      #expect(tenant.createdAt == tenant.updatedAt)
      #expect(
        try await service.tenants.getTenant(
          .init(tenantID: tenant.tenantID), try service.asOperator) == tenant)
      #expect(
        service.pools.placed == [
          .init(
            tenantID: tenant.tenantID, tier: .s, region: "eu-west-1", caller: "ada@example.com")
        ])
      #expect(try await service.waiting() == 0)

      let event = try #require(try await service.ledger.events().dropFirst().first)
      #expect(event.type == "tenant.created.v1")
      #expect(event.source == "tenants")
      #expect(event.tenantID == tenant.tenantID)
      #expect(event.actor?.name == "ada@example.com")
      #expect(event.target?.id == tenant.tenantID)
      #expect(event.target?.name == "Globex")
      #expect(event.requestID == TestCallers.requestID)
      #expect(event.ip == "192.0.2.1")
    }
  }

  @Test("an app that does not exist is named, with what to do")
  func unknownApp() async throws {
    try await TestService.run { service in
      let error = await #expect(throws: RPCError.self) {
        try await service.makeTenant(app: Self.unknownID)
      }
      #expect(error?.code == .notFound)
      #expect(error?.message == "App \(Self.unknownID) not found; create the App first")
      let events = try await service.ledger.events()
      #expect(events.isEmpty)
    }
  }

  @Test("a reseller that does not exist is named, with what to do")
  func unknownReseller() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      let error = await #expect(throws: RPCError.self) {
        try await service.tenants.createTenant(
          .init(
            appID: app.appID, displayName: "Globex", region: "eu-west-1",
            resellerID: Self.unknownID), try service.asOperator)
      }
      #expect(error?.code == .notFound)
      #expect(error?.message == "Reseller \(Self.unknownID) not found; create the Reseller first")
    }
  }

  @Test("a brand domain belongs to one tenant, in whatever case it is written")
  func brandDomain() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      let reseller = try await service.resellers.createReseller(
        .init(name: "Hank's"), try service.asOperator)
      func create(_ domain: String) async throws -> TenantsV1.Tenant {
        try await service.tenants.createTenant(
          .init(
            appID: app.appID, displayName: "Globex", region: "eu-west-1",
            resellerID: reseller.resellerID, brandDomain: domain, sandbox: true),
          try service.asOperator)
      }
      let first = try await create("CRM.globex.example")
      #expect(first.brandDomain == "crm.globex.example")
      #expect(first.resellerID == reseller.resellerID)
      #expect(first.sandbox)
      let error = await #expect(throws: RPCError.self) {
        _ = try await create("crm.globex.example")
      }
      #expect(error?.code == .alreadyExists)
      #expect(error?.message == "brand_domain crm.globex.example belongs to another tenant")
      _ = try await create("")
      _ = try await create("")
    }
  }

  @Test("a bad request is told everything that is wrong with it")
  func badRequest() async throws {
    try await TestService.run { service in
      for (request, text) in Self.badRequests {
        let error = await #expect(throws: RPCError.self) {
          try await service.tenants.createTenant(request, try service.asOperator)
        }
        #expect(error?.code == .invalidArgument)
        #expect(error?.message == text)
      }
      let tenants = try await service.database.query("SELECT FROM tenant.tenant")
      #expect(tenants.isEmpty)
    }
  }

  private static let badRequests: [(TenantsV1.CreateTenantRequest, String)] = [
    (.init(), "app_id is required; display_name is required; region is required"),
    (
      .init(appID: "abc", displayName: String(repeating: "x", count: 81), region: "eu-west-1"),
      "app_id is not a UUID: \"abc\"; display_name is 81 characters; the limit is 80"
    ),
    (
      .init(appID: unknownID, displayName: "Globex", region: "eu-wset-1"),
      "region is not known: \"eu-wset-1\"; the regions are eu-west-1, us-east-1, us-gov-west-1"
    ),
    (
      .init(appID: unknownID, displayName: "Globex", region: "eu-west-1", tier: .g),
      "region eu-west-1 is not sovereign; tier G requires a sovereign region"
    ),
    (
      .init(
        appID: unknownID, displayName: "Globex", region: "eu-west-1", tier: .unrecognized(9),
        resellerID: "r", brandDomain: "localhost"),
      "tier 9 is not known; reseller_id is not a UUID: \"r\"; "
        + "brand_domain is not a host name: \"localhost\""
    ),
  ]

  @Test("the same request id answers the same tenant, which is placed once more")
  func repeated() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      let request = TenantsV1.CreateTenantRequest(
        appID: app.appID, displayName: "Globex", region: "eu-west-1",
        requestID: "01940000-0000-7000-8000-0000000000aa")
      let first = try await service.tenants.createTenant(request, try service.asOperator)
      let again = try await service.tenants.createTenant(request, try service.asOperator)
      #expect(again == first)
      #expect(Set(service.pools.placed.map(\.tenantID)) == [first.tenantID])
      #expect(
        try await service.ledger.events().map(\.type) == ["app.created.v1", "tenant.created.v1"])

      var other = request
      other.displayName = "Initech"
      let error = await #expect(throws: RPCError.self) {
        try await service.tenants.createTenant(other, try service.asOperator)
      }
      #expect(error?.code == .alreadyExists)
    }
  }

  @Test("a tenant whose placement fails is there all the same and waits for it")
  func placementFails() async throws {
    try await TestService.run { service in
      service.pools.refuse(with: RPCError(.unavailable, "nobody there"))
      let tenant = try await service.makeTenant()
      #expect(tenant.state == .provisioned)
      #expect(try await service.waiting() == 1)
    }
  }

  @Test("without a ledger nothing is created")
  func noLedger() async throws {
    try await TestService.run { service in
      let app = try await service.makeApp()
      service.ledger.fallSilent()
      let error = await #expect(throws: RPCError.self) {
        try await service.makeTenant(app: app.appID)
      }
      #expect(error?.code == .unavailable)
      #expect(try await service.database.query("SELECT FROM tenant.tenant").isEmpty)
    }
  }
}
