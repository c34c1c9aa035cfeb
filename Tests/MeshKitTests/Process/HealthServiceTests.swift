import MeshAPI
import MeshRPC
import Testing

@testable import MeshKit

@Suite("The health service", .timeLimit(.minutes(1)))
struct HealthServiceTests {
  private typealias Status = GrpcHealthV1.HealthCheckResponse.ServingStatus

  private func client(_ health: Health) -> GrpcHealthV1.HealthClient {
    var router = Router()
    HealthService(health, services: ["a.B", "c.D"]).register(on: &router)
    return .init(InProcessChannel(router))
  }

  @Test("checks the process and each of its services", arguments: ["", "a.B", "c.D"])
  func check(_ service: String) async throws {
    let health = Health()
    let client = client(health)
    #expect(try await client.check(.init(service: service)).status == .serving)
    health.report("postgresql", problem: "connection refused")
    #expect(try await client.check(.init(service: service)).status == .notServing)
    health.report("postgresql", problem: nil)
    #expect(try await client.check(.init(service: service)).status == .serving)
  }

  @Test("does not know a service that it does not host")
  func unknown() async throws {
    let client = client(Health())
    let error = await #expect(throws: RPCError.self) { try await client.check(.init(service: "x")) }
    #expect(error?.code == .notFound)
    let watch = try await client.watch(.init(service: "x"))
    var answers = watch.responses.makeAsyncIterator()
    #expect(try await answers.next()?.status == .serviceUnknown)
    watch.cancel()
  }

  @Test("lists the process and its services")
  func list() async throws {
    let health = Health()
    health.report("audit", problem: "cannot be reached")
    let list = try await client(health).list(.init())
    #expect(list.statuses.keys.sorted() == ["", "a.B", "c.D"])
    #expect(list.statuses.values.allSatisfy { $0.status == .notServing })
  }

  @Test("tells a watcher now and at every change, and ends when the process does")
  func watch() async throws {
    let health = Health()
    let watch = try await client(health).watch(.init(service: "a.B"))
    var answers = watch.responses.makeAsyncIterator()
    #expect(try await answers.next()?.status == .serving)
    health.report("postgresql", problem: "gone")
    #expect(try await answers.next()?.status == .notServing)
    health.report("postgresql", problem: nil)
    #expect(try await answers.next()?.status == .serving)
    health.startDraining()
    #expect(try await answers.next()?.status == .notServing)
    health.endWatches()
    #expect(try await answers.next() == nil)
    #expect(await watch.status().code == .ok)
  }

  @Test("ends a watch of an unknown service too when the process does, and not before")
  func unknownWatch() async throws {
    let health = Health()
    let watch = try await client(health).watch(.init(service: "x"))
    var answers = watch.responses.makeAsyncIterator()
    #expect(try await answers.next()?.status == .serviceUnknown)
    health.report("postgresql", problem: "gone")
    health.report("postgresql", problem: nil)
    health.startDraining()
    health.endWatches()
    #expect(try await answers.next() == nil)
  }
}
