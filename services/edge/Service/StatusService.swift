import MeshAPI
import MeshKit
import MeshRPC

/// Gathers how every process of the mesh is.
struct StatusService: OpsV1.StatusServiceHandler {
  /// A process to ask.
  struct Subject: Sendable {
    /// Its name, for example `tenants`.
    let name: String
    /// Where it listens, for people.
    let address: String
    /// The way to ask it.
    let client: OpsV1.ProcessServiceClient
  }

  private let subjects: [Subject]
  private let own: @Sendable () async -> OpsV1.Process
  private let timeout: Duration

  /// Asks `subjects`, each for `timeout` at most, and adds what `own` says of this process.
  init(
    subjects: [Subject], timeout: Duration, own: @escaping @Sendable () async -> OpsV1.Process
  ) {
    self.subjects = subjects
    self.timeout = timeout
    self.own = own
  }

  func getStatus(
    _ request: OpsV1.GetStatusRequest, _ call: ServerCall
  ) async throws -> OpsV1.Status {
    var status = OpsV1.Status()
    status.processes = await neighbours(call.onward(limit: timeout)) + [await own()]
    status.processes.sort { $0.name < $1.name }
    return status
  }

  /// The names of the other processes.
  var names: [String] { subjects.map(\.name) }

  /// How the other processes are.
  func neighbours(_ options: CallOptions) async -> [OpsV1.Process] {
    await withTaskGroup(of: OpsV1.Process.self) { group in
      for subject in subjects { group.addTask { await ask(subject, options) } }
      var processes: [OpsV1.Process] = []
      for await process in group { processes.append(process) }
      return processes
    }
  }

  private func ask(_ subject: Subject, _ options: CallOptions) async -> OpsV1.Process {
    do {
      var process = try await subject.client.getProcess(OpsV1.GetProcessRequest(), options)
      process.address = subject.address
      return process
    } catch {
      var process = OpsV1.Process()
      process.name = subject.name
      process.address = subject.address
      process.health = .unreachable
      process.problems = [RPCError(thrown: error).message]
      return process
    }
  }
}
