import MeshAPI
import MeshKit
import MeshRPC
import Testing

/// What the interceptor answers to calls without a policy.
@Suite struct CallerInterceptorTests {
  private static let reflection = MethodDescriptor(
    service: "grpc.reflection.v1.ServerReflection", method: "ServerReflectionInfo", kind: .unary)
  private static let nobodyKnows = MethodDescriptor(
    service: "tenantry.no.v1.Such", method: "Thing", kind: .unary)

  /// How a call of `method` by `peer` ends, on a process that serves health and `reflection`.
  private static func code(of method: MethodDescriptor, by peer: Peer.Trust) async -> StatusCode {
    var router = Router(interceptors: [
      CallerInterceptor(verifier: CallerVerifier(keys: []), trustedPeers: ["spiffe://mesh/edge"])
    ])
    HealthService(Health(), services: []).register(on: &router)
    router.unary(reflection) { (request: GoogleProtobuf.Empty, _) in request }
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
  func health(_ peer: Peer.Trust) async {
    #expect(await Self.code(of: GrpcHealthV1.HealthMethods.check, by: peer) == .ok)
  }

  @Test(
    "the mesh may use gRPC's other protocols, which have no policy",
    arguments: [Peer.Trust.localSocket, .certificate("spiffe://mesh/edge")])
  func trusted(_ peer: Peer.Trust) async {
    #expect(await Self.code(of: Self.reflection, by: peer) == .ok)
    #expect(await Self.code(of: Self.nobodyKnows, by: peer) == .unimplemented)
  }

  @Test(
    "to a stranger a protocol that is served looks like one that is not",
    arguments: [reflection, nobodyKnows], [Peer.Trust.unknown, .certificate("spiffe://mesh/other")])
  func strangers(_ method: MethodDescriptor, _ peer: Peer.Trust) async {
    #expect(await Self.code(of: method, by: peer) == .unauthenticated)
  }
}
