import MeshAPI
import MeshRPC
import MeshTestKit
import Synchronization
import Testing

@testable import Tenants

@Suite("Gates that watch the tenants' states", .timeLimit(.minutes(2)))
struct TenantGatesTests {
  @Test("the snapshot has those whose members may be kept out, and an end")
  func snapshot() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let app = try await service.makeApp()
      _ = try await service.makeTenant(app: app.appID)
      let suspended = try await service.makeTenant(app: app.appID)
      let leaving = try await service.makeTenant(app: app.appID)
      _ = try await service.tenants.activateTenant(
        .init(tenantID: suspended.tenantID), asOperator)
      _ = try await service.tenants.suspendTenant(
        .init(tenantID: suspended.tenantID, reason: "abuse"), asOperator)
      _ = try await service.tenants.offboardTenant(
        .init(tenantID: leaving.tenantID, reason: "left"), asOperator)

      let watch = try await service.gates.watchTenantStates()
      var states: [String: TenantsV1.TenantState] = [:]
      for try await message in watch.responses {
        #expect(message.lease?.seconds == 60)
        if message.snapshotEnd { break }
        states[message.tenantID] = message.state
      }
      #expect(states == [suspended.tenantID: .suspended, leaving.tenantID: .offboarding])
      watch.cancel()
    }
  }

  @Test("a suspension is answered after the gates have acknowledged it")
  func acknowledged() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let id = try await service.makeTenant().tenantID
      _ = try await service.tenants.activateTenant(.init(tenantID: id), asOperator)
      let watch = try await service.gates.watchTenantStates()
      try await watch.write(.init(appliedPosition: 0))
      var messages = watch.responses.makeAsyncIterator()
      while let message = try await messages.next(), !message.snapshotEnd {}

      let order = Mutex<[String]>([])
      let suspension = Task {
        _ = try await service.tenants.suspendTenant(
          .init(tenantID: id, reason: "abuse"), asOperator)
        order.withLock { $0.append("answered") }
      }
      var change = TenantsV1.TenantStateChange()
      while change.tenantID.isEmpty { change = try #require(try await messages.next()) }
      #expect(change.tenantID == id && change.state == .suspended && change.epoch == 3)
      order.withLock { $0.append("applied") }
      try await watch.write(.init(appliedPosition: change.position))
      try await suspension.value
      #expect(order.withLock { $0 } == ["applied", "answered"])
      watch.cancel()
    }
  }

  @Test("a call that is repeated after others tells the gates what holds now")
  func repeatedLater() async throws {
    try await TestService.run { service in
      let asOperator = try service.asOperator
      let id = try await service.makeTenant().tenantID
      _ = try await service.tenants.activateTenant(.init(tenantID: id), asOperator)
      let suspension = TenantsV1.SuspendTenantRequest(
        tenantID: id, reason: "abuse", requestID: "01940000-0000-7000-8000-0000000000aa")
      let first = try await service.tenants.suspendTenant(suspension, asOperator)
      _ = try await service.tenants.reinstateTenant(.init(tenantID: id), asOperator)

      let watch = try await service.gates.watchTenantStates()
      var messages = watch.responses.makeAsyncIterator()
      while let message = try await messages.next(), !message.snapshotEnd {}
      let again = Task { try await service.tenants.suspendTenant(suspension, asOperator) }
      var change = TenantsV1.TenantStateChange()
      while change.tenantID.isEmpty { change = try #require(try await messages.next()) }
      #expect(change.state == .active && change.epoch == 4)
      try await watch.write(.init(appliedPosition: change.position))
      #expect(try await again.value == first)
      watch.cancel()
    }
  }

  @Test("a gate without a watch asks for one tenant")
  func check() async throws {
    try await TestService.run { service in
      let tenant = try await service.makeTenant()
      let state = try await service.gates.checkTenant(.init(tenantID: tenant.tenantID))
      #expect(state.state == .provisioned && state.epoch == 1)
      let error = await #expect(throws: RPCError.self) {
        try await service.gates.checkTenant(
          .init(tenantID: "01940000-0000-7000-8000-000000000404"))
      }
      #expect(error?.code == .notFound)
    }
  }
}
