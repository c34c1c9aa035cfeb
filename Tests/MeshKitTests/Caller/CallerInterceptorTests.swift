import MeshAPI
import MeshKit
import MeshRPC
import Testing

@Suite("The caller interceptor and its peers")
struct CallerInterceptorTests {
  private static let append = AuditV1.AuditServiceMethods.appendEvents
  private static let reflection = MethodDescriptor(
    service: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo", kind: .unary)
  private static let nobodyKnows = MethodDescriptor(
    service: "tenantry.no.v1.Such", method: "Thing", kind: .unary)

  /// How a call of `method` by `peer` ends, on a process that serves health, `reflection` and
  /// `append`.
  private static func code(
    of method: MethodDescriptor, by peer: Peer.Trust
  ) async throws -> StatusCode {
    let rules = try PeerRules(
      parsing: "spiffe://mesh/edge, spiffe://mesh/tenants \(append.path.dropFirst())")
    var router = Router(interceptors: [
      CallerInterceptor(verifier: CallerVerifier(keys: []), peers: rules)
    ])
    HealthService(Health(), services: []).register(on: &router)
    for method in [reflection, append] {
      router.unary(method) { (request: GoogleProtobuf.Empty, _) in request }
    }
    let channel = InProcessChannel(router, peer: Peer(address: "192.0.2.1:1", trust: peer))
    do {
      let _: GoogleProtobuf.Empty = try await RPCClient(channel).unary(
        method, GoogleProtobuf.Empty(), CallOptions())
      return .ok
    } catch {
      return error.code
    }
  }

  @Test(
    "anybody who may connect may ask for health",
    arguments: [Peer.Trust.unknown, .localSocket, .certificate("spiffe://mesh/other")])
  func health(_ peer: Peer.Trust) async throws {
    #expect(try await Self.code(of: GrpcHealthV1.HealthMethods.check, by: peer) == .ok)
  }

  @Test(
    "the mesh may use gRPC's other protocols, which have no policy",
    arguments: [Peer.Trust.localSocket, .certificate("spiffe://mesh/edge")])
  func trusted(_ peer: Peer.Trust) async throws {
    #expect(try await Self.code(of: Self.reflection, by: peer) == .ok)
    #expect(try await Self.code(of: Self.nobodyKnows, by: peer) == .unimplemented)
  }

  @Test(
    "to a stranger a protocol that is served looks like one that is not",
    arguments: [reflection, nobodyKnows], [Peer.Trust.unknown, .certificate("spiffe://mesh/other")])
  func strangers(_ method: MethodDescriptor, _ peer: Peer.Trust) async throws {
    #expect(try await Self.code(of: method, by: peer) == .unauthenticated)
  }

  @Test(
    "a peer may call what its rule names and nothing else",
    arguments: [
      ("edge", append, StatusCode.ok), ("tenants", append, .ok),
      ("tenants", reflection, .unauthenticated), ("tenants", nobodyKnows, .unauthenticated),
      ("other", append, .unauthenticated),
    ])
  func rules(name: String, method: MethodDescriptor, outcome: StatusCode) async throws {
    let peer = Peer.Trust.certificate("spiffe://mesh/\(name)")
    #expect(try await Self.code(of: method, by: peer) == outcome)
  }

  @Test("without an identity nobody may call anything of ours")
  func nobody() async throws {
    #expect(try await Self.code(of: Self.append, by: .unknown) == .unauthenticated)
    #expect(try await Self.code(of: Self.append, by: .localSocket) == .ok)
  }
}
