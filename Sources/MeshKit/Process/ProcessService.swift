import Glibc
package import MeshAPI
package import MeshRPC
package import MeshSQL

/// How this process is, for the mesh's status.
package struct ProcessService: OpsV1.ProcessServiceHandler {
  private let name: String
  private let health: Health
  private let database: Database?
  private let tap: ProcessTap
  private let startedAt = Timestamps.now()

  /// Describes the process named `name` and shows its calls through `tap`.
  package init(name: String, health: Health, database: Database?, tap: ProcessTap) {
    self.tap = tap
    self.name = name
    self.health = health
    self.database = database
  }

  /// Answers the description over the mesh.
  package func getProcess(
    _ request: OpsV1.GetProcessRequest, _ call: ServerCall
  ) async throws -> OpsV1.Process {
    await describe()
  }

  /// Shows the process's calls to another process of the mesh.
  package func tapProcess(
    _ request: OpsV1.TapRequest, _ responses: ResponseWriter<OpsV1.TappedCall>, _ call: ServerCall
  ) async throws {
    try await tap.serve(request, responses)
  }

  /// The description as of now.
  package func describe() async -> OpsV1.Process {
    var process = OpsV1.Process()
    process.name = name
    process.health = health.isServing ? .serving : .notServing
    process.version = Version.text
    process.pid = getpid()
    process.startedAt = .init(micros: startedAt)
    process.problems = health.problems
    if let database {
      // An outbox that cannot be counted is already a problem of the database's own.
      let rows = try? await database.read("SELECT count(*) FROM outbox")
      process.outboxDepth = (try? rows?.one().decode(Int64.self)) ?? 0
    }
    return process
  }
}
