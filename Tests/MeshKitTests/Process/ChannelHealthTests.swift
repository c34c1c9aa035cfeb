import MeshAPI
import MeshIO
import MeshRPC
import MeshTestKit
import MeshTransport
import Testing

@testable import MeshKit

@Suite("A service's channel to the replicas of another", .timeLimit(.minutes(1)))
struct ChannelHealthTests {
  private static let who = MethodDescriptor(service: "test.Back", method: "Who", kind: .unary)

  /// Replicas of a service with their health, and a channel to them as every service makes it.
  private struct Bench {
    let healths = [Health(), Health()]
    let servers: [Server]
    let client: RPCClient

    init() async throws {
      let loops = Array(try TestLoops.shared.loops.prefix(1))
      var (servers, addresses): ([Server], [String]) = ([], [])
      for (number, health) in healths.enumerated() {
        var router = Router()
        router.unary(ChannelHealthTests.who) { (_: Text, _) -> Text in Text("\(number)") }
        HealthService(health, services: []).register(on: &router)
        let server = Server(
          .trusted(endpoints: [.init(.loopback(port: 0))]), loops: loops, router: router)
        addresses.append("\(try await server.start()[0])")
        servers.append(server)
      }
      self.servers = servers
      let definition = ServiceDefinition(name: "front", summary: "", calls: ["back"])
      let lines = [
        "listen = 127.0.0.1:0", "caller-keys = none", "back-address = mesh:back",
        "mesh-names = back=v1*100@\(addresses.joined(separator: "|"))",
      ]
      let settings = try Settings(
        declared: definition.declared, file: lines.joined(separator: "\n"), environment: [:])
      let host = try ServiceHost(
        definition, settings: settings, log: Log(service: "front", write: { _ in }), loops: loops)
      client = RPCClient(try host.channel(to: "back"))
    }

    /// Calls until every one of the replicas in `wanted` has answered, and nobody else any more.
    func settle(on wanted: Set<String>) async throws {
      var streak: [String] = []
      while Set(streak.suffix(40)) != wanted || streak.count < 40 {
        let answer: Text = try await client.unary(
          ChannelHealthTests.who, Text(""), .timeout(.seconds(10)))
        streak.append(answer.value)
      }
    }

    func stop() async {
      for server in servers { await server.stop() }
    }
  }

  @Test("gives no new call to one that says NOT_SERVING while another serves")
  func notServing() async throws {
    let bench = try await Bench()
    try await bench.settle(on: ["0", "1"])
    bench.healths[0].report("postgresql", problem: "away")
    try await bench.settle(on: ["1"])
    bench.healths[0].report("postgresql", problem: nil)
    try await bench.settle(on: ["0", "1"])
    bench.healths[1].startDraining()
    try await bench.settle(on: ["0"])
    await bench.stop()
  }

  @Test("still asks those that do not serve when nobody does, for they can say why")
  func nobodyServes() async throws {
    let bench = try await Bench()
    for health in bench.healths { health.report("postgresql", problem: "away") }
    try await bench.settle(on: ["0", "1"])
    bench.healths[1].report("postgresql", problem: nil)
    try await bench.settle(on: ["1"])
    await bench.stop()
  }
}
