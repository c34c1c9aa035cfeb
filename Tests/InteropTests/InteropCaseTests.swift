import Interop
import MeshIO
import MeshRPC
import MeshTransport
import Testing

@Suite("An interop case", .timeLimit(.minutes(2)))
struct InteropCaseTests {
  @Test("passes between our client and our server", arguments: InteropCase.allCases)
  func passes(test: InteropCase) async throws {
    try await withServer(TestService.router()) { run in try await run.run(test) }
  }

  @Test("fails when the server does not do what it must", arguments: InteropCase.allCases)
  func fails(test: InteropCase) async throws {
    // What cannot be told from a server that implements nothing.
    let blind: Set<InteropCase> = [
      .unimplementedMethod, .unimplementedService, .cancelAfterBegin,
    ]
    guard !blind.contains(test) else { return }
    try await withServer(Router()) { run in
      await #expect(throws: (any Error).self) { try await run.run(test) }
    }
  }

  private func withServer(
    _ router: Router, _ body: (CaseRun) async throws -> Void
  ) async throws {
    let group = try EventLoopGroup(count: 1, name: "interop")
    try group.start()
    let server = Server(
      ServerConfig(endpoints: [.init(.loopback(port: 0))]), loops: group.loops,
      router: router)
    let addresses = try await server.start()
    let soak = Soak(
      iterations: 20, failures: 0, latency: .seconds(20), timeout: .seconds(60), pause: .zero)
    let config = ChannelConfig(
      target: try Target(parsing: "ipv4:\(addresses[0])"), serverName: "test")
    let run = CaseRun(soak: soak) { TransportChannel(config, loops: group.loops) }
    let outcome: Result<Void, any Error>
    do {
      outcome = .success(try await body(run))
    } catch {
      outcome = .failure(error)
    }
    await server.stop()
    await group.stop()
    try outcome.get()
  }
}
