import MeshAPI
package import MeshRPC

/// Lets a call through to its handler only with a verified caller whom the method's policy allows.
///
/// The edge has decided already; services decide again, because the edge is not trusted alone.
package struct CallerInterceptor: ServerInterceptor {
  private let verifier: CallerVerifier
  private let trustedPeers: Set<String>
  /// The policy of the method that this is bound to.
  private var binding: Binding?

  private struct Binding: Sendable { let policy: MethodPolicy? }

  /// Verifies with `verifier`; `trustedPeers` are the certificate names that may call between
  /// services beside the processes on this machine's mesh sockets.
  package init(verifier: CallerVerifier, trustedPeers: Set<String> = []) {
    self.verifier = verifier
    self.trustedPeers = trustedPeers
  }

  /// Decides by the policy of `method`.
  package func bound(to method: MethodDescriptor?) -> any ServerInterceptor {
    var bound = self
    bound.binding = Binding(policy: method.flatMap { PolicyTable.byPath[$0.path] })
    return bound
  }

  /// Refuses the call, or runs it with its caller, its policy and its request id set.
  package func intercept(
    _ call: ServerCall, _ next: (ServerCall) async throws -> Void
  ) async throws {
    guard let policy = policy(of: call) else {
      // Our own contract does not compile without a policy, so this is one of gRPC's protocols
      // (`grpc.…`) or nothing at all. Health is for anybody who may connect; the others show the
      // inside of the process and are for the mesh.
      guard HealthService.serves(call.path) || isTrusted(call.peer) else {
        throw Denial.signInFirst
      }
      return try await next(call)
    }
    guard isTrusted(call.peer) else { throw Denial.signInFirst }
    let caller = try caller(of: call, policy)
    call.setContext(
      caller, policy, requestID: call.metadata.first(CallerHeaders.requestID) ?? NewID.make())
    try await next(call)
  }

  /// Unbound, it looks the policy up: no call passes because nobody bound it.
  private func policy(of call: ServerCall) -> MethodPolicy? {
    if let binding { binding.policy } else { PolicyTable.byPath[call.path] }
  }

  private func caller(of call: ServerCall, _ policy: MethodPolicy) throws -> Caller {
    guard let header = call.metadata.firstBinary(CallerHeaders.caller) else {
      // Acting for somebody is optional between services.
      guard policy.plane == .service else { throw Denial.signInFirst }
      return .service(serviceName(call.peer))
    }
    guard let caller = verifier.verify(header) else { throw Denial.signInFirst }
    guard policy.plane != .service else { return caller }
    switch Authorization.decide(policy, caller) {
    case .allow: return caller
    case .signInFirst: throw Denial.signInFirst
    case .deny: throw Denial.denied
    }
  }

  private func isTrusted(_ peer: Peer) -> Bool {
    switch peer.trust {
    case .localSocket: true
    case .certificate(let name): trustedPeers.contains(name)
    case .unknown: false
    }
  }

  private func serviceName(_ peer: Peer) -> String {
    if case .certificate(let name) = peer.trust { name } else { "mesh" }
  }
}
