import MeshAPI
import MeshKit
import MeshRPC
import MeshTransport

/// One plane's front door: gRPC calls, JSON calls, and health, which needs no credential.
struct Front: Sendable {
  /// Serves the plane's gRPC calls.
  let router: Router
  private let json: JSONGateway
  private let health: Health

  /// Opens `plane`; `observatory` watches what passes.
  init(
    plane: OptionsV1.Plane, gate: Gate, upstreams: Upstreams, health: Health,
    errors: OutwardErrors, observatory: Observatory, callTimeout: Duration
  ) {
    self.health = health
    json = JSONGateway(
      gate: gate, upstreams: upstreams, plane: plane, errors: errors, observatory: observatory,
      timeout: callTimeout)
    let passage = Passage(
      policy: nil, plane: plane, gate: gate, forwarder: Forwarder(upstreams: upstreams),
      errors: errors)
    var router = Router(interceptors: [CallObserver(observatory)])
    HealthService(health, services: []).register(on: &router)
    // Registered so that they are counted by name; what is not on this plane is one like another.
    for policy in PolicyTable.all where Authorization.serves(policy.plane, plane) {
      router.register(policy.method, handler: passage.bound(to: policy).pass)
    }
    router.fallback = passage.pass
    self.router = router
  }

  /// Answers one request that is no gRPC call.
  func servePlain(_ request: PlainRequest) async -> PlainResponse {
    guard request.path != "/healthz" else {
      let text = health.isServing ? "serving" : "not serving"
      return PlainResponse(
        status: health.isServing ? 200 : 503, headers: [("content-type", "text/plain")],
        body: Array("\(text)\n".utf8))
    }
    return await json.serve(request)
  }
}

/// The way of a gRPC call through the gate to its service.
private struct Passage: Sendable {
  /// The policy of the method that this is bound to; nil for what is not on this plane.
  var policy: MethodPolicy?
  let plane: OptionsV1.Plane
  let gate: Gate
  let forwarder: Forwarder
  let errors: OutwardErrors

  /// This way for the calls of one method.
  func bound(to policy: MethodPolicy) -> Passage {
    var bound = self
    bound.policy = policy
    return bound
  }

  /// Serves one call; throws what its caller is told.
  func pass(_ call: ServerCall) async throws {
    var requestID: String?
    do {
      let admission = try await gate.admit(
        policy, path: call.path, metadata: call.metadata, plane: plane, ip: call.peer.host)
      requestID = admission.requestID
      call.setContext(admission.caller, admission.policy, requestID: admission.requestID)
      call.addInitial(admission.requestID, for: CallerHeaders.requestID, neverIndexed: true)
      try await forwarder.forward(call, admission)
    } catch {
      throw errors.error(error, path: call.path, requestID: requestID)
    }
  }
}
