import MeshAPI
package import MeshRPC

/// Lets a call through to its handler only with a verified caller whom the method's policy allows.
///
/// The edge has decided already; services decide again, because the edge is not trusted alone.
package struct CallerInterceptor: ServerInterceptor {
  private let verifier: CallerVerifier
  private let peers: PeerRules
  /// The policy of the method that this is bound to.
  private var binding: Binding?

  private struct Binding: Sendable { let policy: MethodPolicy? }

  /// Verifies with `verifier`; `peers` says which certificates may call what between services,
  /// beside the processes on this machine's mesh sockets.
  package init(verifier: CallerVerifier, peers: PeerRules = PeerRules()) {
    self.verifier = verifier
    self.peers = peers
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
    // Health is for anybody who may connect. gRPC's other protocols show the inside of the process
    // and have no policy, so they are for peers as everything else is.
    guard peers.allow(call.peer, call.path) || HealthService.serves(call.path) else {
      throw Denial.signInFirst
    }
    guard let policy = policy(of: call) else { return try await next(call) }
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
    guard let header = call.metadata.withFirst(CallerHeaders.caller, { [UInt8]($0) }) else {
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

  private func serviceName(_ peer: Peer) -> String {
    if case .certificate(let name) = peer.trust { name } else { "mesh" }
  }
}
