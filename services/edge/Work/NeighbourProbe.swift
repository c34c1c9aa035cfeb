import MeshKit

/// Asks every process of the mesh how it is, and reports those that cannot serve to the edge's own
/// health: an edge without its services is no edge.
struct NeighbourProbe: Worker {
  let name = "neighbour probe"
  private let status: StatusService
  private let health: Health

  /// Asks through `status`; until a neighbour has answered for the first time, the edge does not
  /// serve.
  init(_ status: StatusService, health: Health) {
    self.status = status
    self.health = health
    for name in status.names { health.report(name, problem: "has not answered yet") }
  }

  func runOnce() async throws -> Int {
    let processes = await status.neighbours(.timeout(.seconds(2)))
    for process in processes {
      let problem: String? =
        switch process.health {
        case .serving: nil
        case .unreachable: "cannot be reached"
        default: process.problems.joined(separator: "; ")
        }
      health.report(process.name, problem: problem)
    }
    return processes.count
  }
}
