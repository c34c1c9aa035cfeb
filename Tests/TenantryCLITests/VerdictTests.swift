import MeshAPI
import MeshCrypto
import MeshRPC
import Testing

@testable import TenantryCLI

@Suite("Some answers say that not all is well")
struct VerdictTests {
  private func verifying(_ answer: AuditV1.VerifyLedgerResponse) throws -> Scene {
    try Scene { router in
      router.unary(AuditV1.AuditServiceMethods.verifyLedger) {
        (_: AuditV1.VerifyLedgerRequest, _) in answer
      }
    }
  }

  private func status(_ processes: [OpsV1.Process]) throws -> Scene {
    try Scene { router in
      router.unary(OpsV1.StatusServiceMethods.getStatus) {
        (_: OpsV1.GetStatusRequest, _) in OpsV1.Status(processes: processes)
      }
    }
  }

  @Test("an intact ledger shows its range, count and head")
  func intact() async throws {
    let scene = try verifying(
      .init(
        tenantID: "T1", intact: true, firstSequence: 1, lastSequence: 42, entryCount: 42,
        headHash: "ab12"))
    let ending = await scene.run("audit verify --tenant T1")
    #expect(ending.code == .ok)
    #expect(
      ending.output == """
        tenant id       T1
        intact          yes
        first sequence  1
        last sequence   42
        entry count     42
        head hash       ab12

        """)
    #expect(ending.messages == "the ledger is intact\n")
  }

  @Test("a damaged ledger ends with 8 and names the place and the kind, in JSON too")
  func damaged() async throws {
    let scene = try verifying(
      .init(
        tenantID: "T1", firstSequence: 1, lastSequence: 42, entryCount: 7,
        damage: .init(sequence: 7, kind: .edited, description: "leaf hash")))
    let ending = await scene.run("audit verify --tenant T1")
    #expect(ending.code == .verificationFailed)
    #expect(ending.messages == "the ledger is damaged at sequence 7: edited\n")
    let json = await scene.run("audit verify --tenant T1 -o json")
    #expect(json.code == .verificationFailed)
    #expect(json.output.contains("\"intact\": false"))
  }

  @Test("a mesh whose processes all serve is fine")
  func serving() async throws {
    let ending = try await status([.init(name: "tenants", health: .serving)]).run("status")
    #expect(ending.code == .ok && ending.messages == "")
  }

  @Test("a process that does not serve is named, and the run ends with 7")
  func missing() async throws {
    let scene = try status([
      .init(name: "tenants", health: .serving),
      .init(name: "audit", health: .notServing, problems: ["postgresql: connection refused"]),
      .init(name: "edge", health: .unreachable),
    ])
    let ending = await scene.run("status")
    #expect(ending.code == .unavailable)
    #expect(ending.output.split(separator: "\n").count == 4)
    #expect(
      ending.messages
        == "error: audit is not serving: postgresql: connection refused\n"
        + "error: edge is unreachable\n")
  }

  private func healthy(_ skew: Int64 = 0) throws -> Scene {
    try Scene { router in
      router.unary(GrpcHealthV1.HealthMethods.check) {
        (_: GrpcHealthV1.HealthCheckRequest, _) in
        GrpcHealthV1.HealthCheckResponse(status: .serving)
      }
      router.unary(IdentityV1.IdentityServiceMethods.whoAmI) {
        (_: IdentityV1.WhoAmIRequest, call) -> IdentityV1.WhoAmIResponse in
        guard call.metadata.first("authorization") == "Bearer \(Scene.token)" else {
          throw RPCError(.unauthenticated, "You don't have access")
        }
        let id = UUIDv7.make(milliseconds: UInt64(Scene.milliseconds + skew))
        call.addInitial(id.description, for: "tenantry-request-id")
        return .init(email: "ada@example.com")
      }
    }
  }

  @Test("the doctor finds a healthy mesh healthy")
  func doctor() async throws {
    let ending = try await healthy().run("doctor")
    #expect(ending.code == .ok)
    #expect(ending.output.contains("health     serving\n"))
    #expect(ending.output.contains("clock      agrees with the server's\n"))
    #expect(ending.output.contains("signed in  as ada@example.com\n"))
  }

  @Test("the doctor needs no sign-in, but tells a refused one")
  func doctorSession() async throws {
    let scene = try healthy()
    let nobody = await scene.run("doctor", signedIn: false)
    #expect(nobody.code == .ok && nobody.output.contains("signed in  no; sign in: "))
    let refused = await scene.run("doctor", environment: ["TENANTRY_TOKEN": "old"])
    #expect(refused.code == .notSignedIn)
  }

  @Test("the doctor sees a wrong clock")
  func doctorClock() async throws {
    let ending = try await healthy(-90_000).run("doctor")
    #expect(ending.output.contains("clock      1m30s ahead of the server's\n"))
  }

  @Test("the doctor says that nobody answers")
  func doctorAlone() async throws {
    let ending = try await Scene(unreachable: true).run("doctor")
    #expect(ending.code == .unavailable)
    #expect(ending.messages.hasPrefix("error: cannot reach https://mesh.test:3001"))
  }
}
