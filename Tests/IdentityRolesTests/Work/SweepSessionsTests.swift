import Testing

@testable import IdentityRoles

@Suite("Forgetting old sessions", .timeLimit(.minutes(2)))
struct SweepSessionsTests {
  @Test("sessions are forgotten after their retention, on both planes, in any number")
  func sweep() async throws {
    try await TestService.run { service in
      _ = try await service.makeMember("bob@globex.example", by: try await service.asAda())
      for _ in 0..<3 {
        _ = try await service.signIn()
        _ = try await service.signIn("bob@globex.example", to: TestService.globex)
      }
      let worker = SweepSessions(
        store: service.desk.sessions, retention: 90 * 86_400 * TestService.second, batch: 2,
        now: { service.clock.now })
      #expect(try await worker.runOnce() == 0)
      service.clock.advance(by: 90 * 86_400 * TestService.second)
      let token = try await service.signIn().token
      #expect(try await worker.runOnce() == 7)
      #expect(try await worker.runOnce() == 0)
      #expect(try await service.introspect(token).caller?.kind == .operator)
    }
  }
}
