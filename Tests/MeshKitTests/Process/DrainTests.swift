import MeshAPI
import MeshIO
import MeshRPC
import MeshTransport
import Synchronization
import Testing

@testable import MeshKit

@Suite("A process that leaves", .timeLimit(.minutes(1)))
struct DrainTests {
  private static let echo = MethodDescriptor(service: "test.Echo", method: "Say", kind: .unary)

  /// One of several processes that serve the same.
  private struct Replica {
    let health = Health()
    let server: Server

    init(_ address: SocketAddress, on loop: EventLoop) async throws {
      var router = Router()
      router.unary(DrainTests.echo) { (request: GoogleProtobuf.StringValue, _) in
        // Suspends, so that calls are open whenever the process is told to leave.
        await Task.yield()
        return request
      }
      HealthService(health, services: ["test.Echo"]).register(on: &router)
      server = Server(
        ServerConfig(endpoints: [.init(address)]), loops: [loop], router: router)
      bound = try await server.start()[0]
    }

    let bound: SocketAddress

    func drain(_ propagation: Duration, on loop: EventLoop) async {
      await Drain(
        health: health, servers: [server], propagation: propagation, grace: .seconds(30)
      ).run(on: loop)
    }
  }

  private static func config(_ addresses: [SocketAddress]) throws -> ChannelConfig {
    let list = addresses.map(\.description).joined(separator: ",")
    return ChannelConfig(target: try Target(parsing: list), serverName: "test")
  }

  /// What became of the calls.
  private final class Tally: Sendable {
    let calls = Mutex(0)
    let failures = Mutex<[RPCError]>([])
  }

  private func onLoops<Result>(
    _ body: ([EventLoop]) async throws -> Result
  ) async throws -> Result {
    let group = try EventLoopGroup(count: 2, name: "test")
    try group.start()
    do {
      let result = try await body(group.loops)
      await group.stop()
      return result
    } catch {
      await group.stop()
      throw error
    }
  }

  @Test("tells those who watch its health first, and ends their watches")
  func health() async throws {
    try await onLoops { loops in
      let replica = try await Replica(.loopback(port: 0), on: loops[0])
      let channel = TransportChannel(
        try Self.config([replica.bound]), loops: [loops[1]])
      let watch = try await GrpcHealthV1.HealthClient(channel).watch(.init())
      var answers = watch.responses.makeAsyncIterator()
      #expect(try await answers.next()?.status == .serving)
      let draining = Task { await replica.drain(.milliseconds(50), on: loops[0]) }
      #expect(try await answers.next()?.status == .notServing)
      #expect(try await answers.next() == nil)
      await draining.value
      #expect(await replica.server.connectionCount() == 0)
    }
  }

  @Test("one after another fails no call of a client that knows them all")
  func rollingRestart() async throws {
    try await onLoops { loops in
      var replicas: [Replica] = []
      for _ in 0..<3 {
        replicas.append(try await Replica(.loopback(port: 0), on: loops[0]))
      }
      let channel = TransportChannel(
        try Self.config(replicas.map(\.bound)), loops: [loops[1]])
      let tally = Tally()
      let load = Task {
        await withTaskGroup(of: Void.self) { group in
          for number in 0..<16 {
            group.addTask {
              let text = GoogleProtobuf.StringValue(value: "\(number)")
              while !Task.isCancelled {
                do throws(RPCError) {
                  let answer: GoogleProtobuf.StringValue = try await RPCClient(channel).unary(
                    Self.echo, text, CallOptions())
                  #expect(answer == text)
                  tally.calls.withLock { $0 += 1 }
                } catch  where error.code == .cancelled {
                  // Open when the load was told to stop.
                } catch {
                  tally.failures.withLock { $0.append(error) }
                }
              }
            }
          }
        }
      }
      for index in replicas.indices {
        let before = tally.calls.withLock { $0 }
        while tally.calls.withLock({ $0 }) < before + 200 { await Task.yield() }
        await replicas[index].drain(.milliseconds(10), on: loops[0])
        replicas[index] = try await Replica(replicas[index].bound, on: loops[0])
        // As a deployment does: the next one goes when this one is in use again.
        while await replicas[index].server.connectionCount() == 0 { await Task.yield() }
      }
      load.cancel()
      await load.value
      #expect(tally.failures.withLock { $0 } == [])
      for replica in replicas { await replica.server.stop() }
    }
  }
}
