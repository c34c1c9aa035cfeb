import MeshAPI
import MeshKit
import MeshRPC
import MeshTestKit
import Testing

@testable import Edge

@Suite("The edge's look at its neighbours")
struct NeighbourProbeTests {
  @Test("lets the edge serve once every neighbour has answered that it does")
  func firstAnswer() async throws {
    let callers = try TestCallers()
    let (tenants, edge) = (Health(), Health())
    let loop = try TestLoops.shared.loops[0]
    let process = ProcessService(
      name: "tenants", health: tenants, database: nil,
      tap: ProcessTap(process: "tenants", hub: TapHub(), loop: loop))
    let status = StatusService(
      subjects: [
        .init(name: "tenants", address: "", client: .init(callers.channel(to: process)))
      ], timeout: .seconds(5), own: { OpsV1.Process() })
    let probe = NeighbourProbe(status, health: edge)
    #expect(edge.problems == ["tenants: has not answered yet"])
    tenants.report("postgresql", problem: "is away")
    _ = try await probe.runOnce()
    #expect(!edge.isServing)
    tenants.report("postgresql", problem: nil)
    _ = try await probe.runOnce()
    #expect(edge.isServing)
  }
}
