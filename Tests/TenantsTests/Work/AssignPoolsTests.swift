import MeshRPC
import MeshTestKit
import Testing

@testable import Tenants

@Suite("The placement worker", .timeLimit(.minutes(2)))
struct AssignPoolsTests {
  @Test("places whoever was left without pools, in the service's own name")
  func places() async throws {
    try await TestService.run { service in
      service.pools.refuse(with: RPCError(.unavailable, "nobody there"))
      let app = try await service.makeApp()
      var left: [String] = []
      for _ in 0..<5 { left.append(try await service.makeTenant(app: app.appID).tenantID) }
      service.pools.refuse(with: nil)
      service.clock.advance(by: 10)
      #expect(try await service.worker.runOnce() == .init(placed: 5, failed: 0))
      #expect(service.pools.placed.map(\.tenantID) == left)
      #expect(service.pools.placed.allSatisfy { $0.caller != "ada@example.com" })
      #expect(try await service.waiting() == 0)
      #expect(try await service.worker.runOnce() == .init(placed: 0, failed: 0))
    }
  }

  @Test("leaves a tenant to the call that provisions it for a while")
  func patience() async throws {
    try await TestService.run { service in
      service.pools.refuse(with: RPCError(.unavailable, "nobody there"))
      _ = try await service.makeTenant()
      service.pools.refuse(with: nil)
      #expect(try await service.worker.runOnce() == .init(placed: 0, failed: 0))
    }
  }

  @Test("goes on with the others when one cannot be placed")
  func oneFails() async throws {
    try await TestService.run { service in
      service.pools.refuse(with: RPCError(.unavailable, "nobody there"))
      let app = try await service.makeApp()
      var left: [String] = []
      for _ in 0..<5 { left.append(try await service.makeTenant(app: app.appID).tenantID) }
      service.pools.refuse(with: nil)
      service.pools.refuse(left[1], with: RPCError(.failedPrecondition, "no pool is active"))
      service.clock.advance(by: 10)
      #expect(try await service.worker.runOnce() == .init(placed: 4, failed: 1))
      #expect(try await service.waiting() == 1)
    }
  }

  @Test("gives the round up when nobody is there")
  func unavailable() async throws {
    try await TestService.run { service in
      service.pools.refuse(with: RPCError(.unavailable, "nobody there"))
      _ = try await service.makeTenant()
      service.clock.advance(by: 10)
      let error = await #expect(throws: RPCError.self) { try await service.worker.runOnce() }
      #expect(error?.code == .unavailable)
      #expect(try await service.waiting() == 1)
    }
  }
}
