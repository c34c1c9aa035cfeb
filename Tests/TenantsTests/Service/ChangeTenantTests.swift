import MeshAPI
import MeshRPC
import MeshTestKit
import Testing

@testable import Tenants

@Suite("Changing a tenant's state", .timeLimit(.minutes(2)))
struct ChangeTenantTests {
  @Test("a tenant goes through its life, each step reported with its reason")
  func life() async throws {
    try await TestService.run { service in
      let (tenants, asOperator) = (service.tenants, try service.asOperator)
      let id = try await service.makeTenant().tenantID
      #expect(try await tenants.startTrial(.init(tenantID: id), asOperator).state == .trial)
      let suspended = try await tenants.suspendTenant(
        .init(tenantID: id, reason: "chargeback abuse, ticket 4711", cause: .chargebackAbuse),
        asOperator)
      #expect(suspended.state == .suspended)
      #expect(suspended.reason == "chargeback abuse, ticket 4711")
      #expect(suspended.epoch == 3)
      let state = try await tenants.getTenantState(.init(tenantID: id), asOperator)
      #expect(state.state == .suspended && state.reason == suspended.reason && state.epoch == 3)
      #expect(try await tenants.reinstateTenant(.init(tenantID: id), asOperator).state == .trial)
      #expect(try await tenants.activateTenant(.init(tenantID: id), asOperator).state == .active)

      let events = try await service.ledger.events().dropFirst(2)
      #expect(
        events.map(\.type) == [
          "tenant.trial.started.v1", "tenant.suspended.v1", "tenant.reinstated.v1",
          "tenant.activated.v1",
        ])
      #expect(events.allSatisfy { $0.tenantID == id })
      let suspension = events[events.startIndex + 1]
      #expect(suspension.reason == "chargeback abuse, ticket 4711")
      #expect(suspension.details.map(\.value) == ["trial", "suspended", "chargeback_abuse"])
    }
  }

  @Test("a credential for one tenant changes that one, and is recorded as what it is")
  func tenantToken() async throws {
    try await TestService.run { service in
      let tenants = service.tenants
      let own = try await service.makeTenant().tenantID
      let other = try await service.makeTenant().tenantID
      var caller = TestCallers.ada
      caller.tenantID = own
      caller.credential = .tenantToken
      let withToken = try service.callers.options(caller)
      #expect(try await tenants.activateTenant(.init(tenantID: own), withToken).state == .active)
      let suspension = TenantsV1.SuspendTenantRequest(tenantID: "", reason: "unpaid")
      #expect(try await tenants.suspendTenant(suspension, withToken).tenantID == own)
      let credentials = try await service.ledger.events().suffix(2).map { $0.actor?.credential }
      #expect(credentials == [.tenantToken, .tenantToken])

      let missing = "01940000-0000-7000-8000-00000000dead"
      for id in [other, missing] {
        let error = await #expect(throws: RPCError.self) {
          try await tenants.activateTenant(.init(tenantID: id), withToken)
        }
        #expect(error?.code == .notFound && error?.message == "tenant \(id) not found")
      }
    }
  }

  @Test("an offboarding has 30 days of grace and can be cancelled within them")
  func offboarding() async throws {
    try await TestService.run { service in
      let (tenants, asOperator) = (service.tenants, try service.asOperator)
      let id = try await service.makeTenant().tenantID
      let leaving = try await tenants.offboardTenant(
        .init(tenantID: id, reason: "contract ended"), asOperator)
      #expect(leaving.state == .offboarding)
      let started = try #require(leaving.updatedAt?.micros)
      #expect(leaving.deadlineAt?.micros == started + 30 * 86_400 * 1_000_000)
      let back = try await tenants.cancelOffboarding(.init(tenantID: id), asOperator)
      #expect(back.state == .provisioned && back.deadlineAt == nil && back.reason.isEmpty)
    }
  }

  @Test("after the grace there is no way back")
  func graceEnded() async throws {
    try await TestService.run { service in
      let (tenants, asOperator) = (service.tenants, try service.asOperator)
      let id = try await service.makeTenant().tenantID
      _ = try await tenants.offboardTenant(
        .init(tenantID: id, reason: "contract ended", grace: .init(seconds: 86_400)), asOperator)
      service.clock.advance(by: 86_400 * 1_000_000)
      let error = await #expect(throws: RPCError.self) {
        try await tenants.cancelOffboarding(.init(tenantID: id), asOperator)
      }
      #expect(error?.code == .failedPrecondition)
      #expect(
        error?.message == "the grace period has ended; the offboarding can no longer be cancelled")
    }
  }

  @Test("a wrong state is refused with the state and the rule, and nothing is reported")
  func wrongState() async throws {
    try await TestService.run { service in
      let id = try await service.makeTenant().tenantID
      let before = try await service.ledger.events().count
      let error = await #expect(throws: RPCError.self) {
        try await service.tenants.reinstateTenant(.init(tenantID: id), try service.asOperator)
      }
      #expect(error?.code == .failedPrecondition)
      #expect(
        error?.message
          == "the tenant is provisioned; only a suspended tenant can be reinstated")
      #expect(try await service.ledger.events().count == before)
    }
  }

  @Test("a bad request is told everything that is wrong with it")
  func badRequests() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let suspend = await #expect(throws: RPCError.self) {
        try await service.tenants.suspendTenant(.init(tenantID: "abc", reason: "  "), asOperator)
      }
      #expect(suspend?.message == "tenant_id is not a UUID: \"abc\"; reason is required")
      let id = "01940000-0000-7000-8000-000000000404"
      let offboard = await #expect(throws: RPCError.self) {
        try await service.tenants.offboardTenant(
          .init(
            tenantID: id, reason: String(repeating: "x", count: 501), grace: .init(seconds: 60)),
          asOperator)
      }
      #expect(
        offboard?.message
          == "reason is 501 characters; the limit is 500; "
          + "grace is 60 seconds; it must be 1 to 365 days")
      let missing = await #expect(throws: RPCError.self) {
        try await service.tenants.activateTenant(.init(tenantID: id), asOperator)
      }
      #expect(missing?.code == .notFound)
      #expect(missing?.message == "tenant \(id) not found")
    }
  }

  @Test("the same request id changes a tenant once")
  func repeated() async throws {
    try await TestService.run { service in
      let id = try await service.makeTenant().tenantID
      let request = TenantsV1.ActivateTenantRequest(
        tenantID: id, requestID: "01940000-0000-7000-8000-0000000000aa")
      let first = try await service.tenants.activateTenant(request, try service.asOperator)
      #expect(try await service.tenants.activateTenant(request, try service.asOperator) == first)
      #expect(try await service.ledger.events().count { $0.type == "tenant.activated.v1" } == 1)
    }
  }

  @Test("of many who suspend at once exactly one does")
  func concurrent() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let id = try await service.makeTenant().tenantID
      _ = try await service.tenants.activateTenant(.init(tenantID: id), asOperator)
      let outcomes = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<8 {
          group.addTask {
            let done = try? await service.tenants.suspendTenant(
              .init(tenantID: id, reason: "operator \(number)"), asOperator)
            return done != nil
          }
        }
        return await group.reduce(into: []) { $0.append($1) }
      }
      #expect(outcomes.count { $0 } == 1)
      #expect(try await service.ledger.events().count { $0.type == "tenant.suspended.v1" } == 1)
    }
  }
}
